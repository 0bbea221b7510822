import { LOG_FORMATS, type LogFormat } from "../../src/model/label-values.ts";
import type { Format } from "../../src/model/format.ts";
import type { ParsedLine, Row, Schema } from "../../src/model/row.ts";
import type { LogKnowledge } from "../../src/reading/log-knowledge.ts";
import type { RowPosition, RowSink } from "../../src/reading/row-sink.ts";

/**
 * A log of lines `<Unix ms> <number>`; `#Fields x` is its header, `~<ms>` noise, `!<ms>` ignored; all other lines are unreadable. The
 * number becomes the row's requestKey, and the schema's header its peerServer.
 */
export function tinyFormat(name: LogFormat = "iis"): Format {
  return {
    name,
    schemaFrom: (header) => ({ header, missing: [] }),
    parse: (bytes, start, end, schema) => parseTiny(bytes.toString("utf8", start, end).replace(/\r$/, ""), schema),
  };
}

function parseTiny(line: string, schema: Schema | null): ParsedLine {
  if (line === "") return { kind: "blank" };
  if (line.startsWith("#Fields")) return { kind: "header", schema: { header: line, missing: [] } };
  if (line.startsWith("#")) return { kind: "header", schema: null };
  if (line.startsWith("~")) return { kind: "noise", atMs: Number(line.slice(1)) };
  if (line.startsWith("!")) return { kind: "ignored", atMs: Number(line.slice(1)) };
  const parts = /^(\d+) (\d+)/.exec(line);
  if (parts === null) return { kind: "unreadable", reason: "field_count" };
  return { kind: "row", row: tinyRow(Number(parts[1]), Number(parts[2]), schema?.header ?? "") };
}

export function tinyRow(atMs: number, requestKey: number, peerServer = ""): Row {
  return {
    kind: "request",
    source: "iis_front",
    atMs,
    requestKey,
    protocol: "ews",
    appPool: "MSExchangeServicesAppPool",
    scheme: "unknown",
    status: 200,
    subStatus: 0,
    win32Status: 0,
    backEndStatus: 0,
    category: null,
    isBackEndReason: false,
    showsReasons: false,
    hasUser: false,
    takesBearer: true,
    namesDevice: false,
    ipKey: 0,
    userAgentKey: 0,
    idsKey: 0,
    processId: 0,
    peerServer,
  };
}

export const TINY_FORMATS: Readonly<Record<LogFormat, Format>> = {
  iis: tinyFormat("iis"),
  http_proxy: tinyFormat("http_proxy"),
  ews: tinyFormat("ews"),
  mapi_http: tinyFormat("mapi_http"),
  oauth_outbound: tinyFormat("oauth_outbound"),
  http_err: tinyFormat("http_err"),
  events: tinyFormat("events"),
};

/** Log kinds by folder; a name `x_<start>-<end>.log` contains its time. */
export const TINY_KNOWLEDGE: LogKnowledge = {
  formats: TINY_FORMATS,
  classifyPath: (relPath) => {
    const [folder = "", name = ""] = [
      relPath.slice(0, relPath.lastIndexOf("/")).toLowerCase(),
      relPath.slice(relPath.lastIndexOf("/") + 1),
    ];
    if (!/\.(log|xml)$/i.test(name)) return null;
    const format = folder.startsWith("logging/")
      ? folder.split("/")[1]
      : folder.startsWith("logfiles/w3svc")
        ? "iis"
        : folder === "events"
          ? "events"
          : "";
    const known = LOG_FORMATS.find((one) => one.replace("_", "") === format || one === format);
    if (known === undefined) return null;
    return { format: known, protocol: null, isBackEnd: false, encoding: known === "events" ? "detect" : "utf8" };
  },
  startOfFile: (relPath) => timesOf(relPath)?.[0] ?? null,
  endOfFile: (relPath) => timesOf(relPath)?.[1] ?? null,
};

function timesOf(relPath: string): [number, number] | null {
  const parts = /_(\d+)-(\d+)\.log/i.exec(relPath);
  return parts === null ? null : [Number(parts[1]), Number(parts[2])];
}

export interface Taken {
  readonly server: string;
  readonly atMs: number;
  readonly key: number;
  readonly position: RowPosition;
  readonly row: Row;
}

/** A sink that stores everything. */
export class RowCollector implements RowSink {
  readonly rows: Taken[] = [];
  readonly watermarks: number[] = [];

  row(server: string, row: Row, position: RowPosition): void {
    this.rows.push({ server, atMs: row.atMs, key: row.kind === "request" ? row.requestKey : -1, position, row });
  }

  advance(watermarkMs: number): void {
    this.watermarks.push(watermarkMs);
  }

  get keys(): number[] {
    return this.rows.map((taken) => taken.key);
  }
}
