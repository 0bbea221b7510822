import { readFileSync } from "node:fs";
import { classifyPath } from "../../src/sources/index.ts";
import { FORMATS } from "./plain-formats.ts";
import { idsKeyOf } from "../../src/sources/text/query.ts";
import type { Format } from "../../src/model/format.ts";
import type { LogKind, ParsedLine, Schema } from "../../src/model/row.ts";
import { textKeyOf } from "../../src/model/text-key.ts";

/** A sample log of `fixtures/` and the expected result for each line. */
export interface Fixture {
  readonly format: Format;
  readonly log: LogKind;
  readonly lines: readonly string[];
  readonly expected: readonly ParsedLine[];
}

/**
 * Reads `fixtures/<name>`: the log, and its JSON file. In the JSON, keys are texts (`key:…`), times are ISO 8601, and defaults are omitted.
 */
export function readFixture(name: string): Fixture {
  const url = new URL(`fixtures/${name}`, import.meta.url);
  const meaning = JSON.parse(readFileSync(new URL(url.href.replace(/\.\w+$/, ".json")), "utf8"));
  const log = classifyPath(meaning.path)!;
  const lines = readFileSync(url, "utf8").trimEnd().split(/\r?\n/);
  return { format: FORMATS[log.format], log, lines, expected: meaning.lines.map(meant) };
}

/** Parses lines one after the other, like a reader. For a header, only whether it has columns is kept. */
export function parseLines(format: Format, log: LogKind, lines: readonly (string | Buffer)[]): ParsedLine[] {
  let schema: Schema | null = null;
  return lines.map((line) => {
    const bytes = Buffer.from(line as string);
    const parsed = format.parse(bytes, 0, bytes.length, schema, log);
    if (parsed.kind === "header" && parsed.schema !== null) schema = parsed.schema;
    return bare(parsed);
  });
}

const A_SCHEMA: Schema = { header: "columns", missing: [] };

/** Removes a header's schema, which is a new object each time. */
export function bare(parsed: ParsedLine): ParsedLine {
  return parsed.kind === "header" && parsed.schema !== null ? { kind: "header", schema: A_SCHEMA } : parsed;
}

type Meant = Record<string, unknown> & { kind: string; at: string };

function meant(line: Meant): ParsedLine {
  const atMs = Date.parse(line.at);
  switch (line.kind) {
    case "header":
      return { kind: "header", schema: line["columns"] === true ? A_SCHEMA : null };
    case "noise":
      return { kind: "noise", atMs, ...workerOf(line, atMs) };
    case "ignored":
      return { kind: "ignored", atMs };
    case "request":
      return { kind: "row", row: { ...defaultsOf(line), ...fieldsOf(line), atMs } as never };
    case "worker":
    case "abandoned":
      return { kind: "row", row: { ...fieldsOf(line), atMs } as never };
    case "event":
      return { kind: "row", row: { ...fieldsOf(line), atMs, eventKey: eventKeyOf(line, atMs) } as never };
    default:
      return line as never;
  }
}

function workerOf(line: Meant, atMs: number): object {
  if (line["worker"] === undefined) return {};
  return { worker: { kind: "worker", atMs, appPool: "MSExchangeServicesAppPool", processId: line["worker"] } };
}

const REQUEST = {
  requestKey: 0,
  backEndStatus: 0,
  category: null,
  isBackEndReason: false,
  showsReasons: false,
  hasUser: false,
  ipKey: 0,
  userAgentKey: 0,
  idsKey: 0,
  processId: 0,
  peerServer: "",
};

/** IIS logs sub-status and Win32 status, the Exchange logs do not. */
function defaultsOf(line: Meant): object {
  const status = String(line["source"]).startsWith("iis") ? 0 : null;
  const ids = Array.isArray(line["idsKey"]) ? line["idsKey"] : [];
  return {
    ...REQUEST,
    subStatus: status,
    win32Status: status,
    takesBearer: line["protocol"] !== "rpc_http" && line["protocol"] !== "powershell",
    namesDevice: typeof ids[2] === "string",
  };
}

function fieldsOf({ at: _, ...fields }: Meant): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, valueOf(name, value)]));
}

function valueOf(name: string, value: unknown): unknown {
  if (name === "idsKey") {
    const [clientId, mailboxId, deviceId, user] = (value as (string | null)[]).map((id) => textKeyOf(id ?? ""));
    return idsKeyOf({ clientId: clientId!, mailboxId: mailboxId!, deviceId: deviceId!, user: user! });
  }
  return typeof value === "string" && value.startsWith("key:") ? textKeyOf(value.slice(4)) : value;
}

/** Sample: `event:System|100|EX01.contoso.example|Microsoft-Windows-WAS|5011` */
function eventKeyOf(line: Meant, atMs: number): number {
  const [channel, recordId, computer, provider, id] = String(line["eventKey"]).slice("event:".length).split("|");
  return textKeyOf([channel, recordId, atMs, computer, provider, id].join("|"));
}
