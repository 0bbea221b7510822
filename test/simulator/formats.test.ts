import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { classifyPath, createFormats } from "../../src/sources/index.ts";
import type { ParsedLine, Schema } from "../../src/model/row.ts";
import {
  EWS_COLUMNS,
  HTTP_PROXY_COLUMNS,
  IIS_COLUMNS,
  MAPI_HTTP_COLUMNS,
  OAUTH_OUTBOUND_COLUMNS,
} from "../../src/simulator/lines/columns.ts";
import type { SimulatedLine } from "../../src/simulator/lines/log-book.ts";
import { startSimulation } from "../../src/simulator/simulate.ts";
import { SCENARIO_NAMES } from "../../src/simulator/scenarios/index.ts";
import { planOf } from "./small-plan.ts";

const formats = createFormats();

/** Reads lines like the product; `onLine` gets each result. */
function readLines(
  lines: Iterable<SimulatedLine>,
  onLine: (parsed: ParsedLine, line: SimulatedLine, text: string) => void,
): void {
  const schemas = new Map<string, Schema>();
  const readOne = (line: SimulatedLine, text: string): void => {
    const log = classifyPath(line.path);
    if (log === null) throw new Error(`No format reads ${line.path}`);
    const bytes = Buffer.from(text, "utf8");
    const file = `${line.server}/${line.path}`;
    const parsed = formats[log.format].parse(bytes, 0, bytes.length, schemas.get(file) ?? null, log);
    if (parsed.kind === "header" && parsed.schema !== null) schemas.set(file, parsed.schema);
    onLine(parsed, line, text);
  };
  const begun = new Set<string>();
  for (const line of lines) {
    const file = `${line.server}/${line.path}`;
    const isNew = !begun.has(file);
    begun.add(file);
    const text = (isNew ? line.header.replace("\uFEFF", "") : "") + line.text;
    for (const one of text.split("\r\n").slice(0, -1)) readOne(line, one);
  }
}

describe("simulated logs", () => {
  test.each(SCENARIO_NAMES)(
    "%s: every line is readable, every request is counted once, and the number of rows is as expected",
    (name) => {
      const simulation = startSimulation(planOf(name, { requestsPerSecond: 0.05 }, { clients: 6 }));
      const unreadable: string[] = [];
      const requests = new Map<string, Set<number>>();
      const rowsOfFront = new Map<string, number>();
      const proxied: { readonly server: string; readonly key: number }[] = [];
      readLines(simulation.lines, (parsed, line, text) => {
        if (parsed.kind === "unreadable" || parsed.kind === "blank")
          unreadable.push(`${parsed.kind} ${line.path} ${text}`);
        if (parsed.kind !== "row" || parsed.row.kind !== "request") return;
        if (parsed.row.requestKey === 0) unreadable.push(`no request id: ${text}`);
        if (parsed.row.source === "iis_front") {
          requests.set(line.server, (requests.get(line.server) ?? new Set()).add(parsed.row.requestKey));
          rowsOfFront.set(line.server, (rowsOfFront.get(line.server) ?? 0) + 1);
        } else if (parsed.row.source === "http_proxy") {
          proxied.push({ server: line.server, key: parsed.row.requestKey });
        }
      });
      expect(unreadable).toEqual([]);
      for (const [server, counts] of Object.entries(simulation.truth().requests)) {
        const sum = Object.values(counts).reduce((total, count) => total + count, 0);
        expect({ server, keys: requests.get(server)?.size, rows: rowsOfFront.get(server) }).toEqual({
          server,
          keys: sum,
          rows: sum,
        });
      }
      // IIS writes its row at the same time, before HttpProxy.
      expect(proxied.filter(({ server, key }) => requests.get(server)?.has(key) !== true)).toEqual([]);
    },
  );

  test("every row has as many columns as its header", () => {
    const wrong: string[] = [];
    const columns = new Map<string, number>();
    const seen = new Set<string>();
    readLines(startSimulation(planOf("backend-rejection", { servers: 4 })).lines, (_parsed, line, text) => {
      const file = `${line.server}/${line.path}`;
      if (line.path.startsWith("events/")) return;
      const separator = line.path.startsWith("LogFiles/") ? " " : ",";
      if (text.startsWith("#Fields: ")) columns.set(file, text.slice("#Fields: ".length).split(separator).length);
      else if (/^(?:DateTime|date-time),/.test(text)) columns.set(file, text.split(",").length);
      else if (!text.startsWith("#")) {
        seen.add(line.path.split("/").slice(0, -1).join("/"));
        if (cellsOf(text, separator) !== columns.get(file)) wrong.push(`${file} ${text}`);
      }
    });
    expect(wrong).toEqual([]);
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "LogFiles/W3SVC1",
        "LogFiles/W3SVC2",
        "LogFiles/HTTPERR",
        "Logging/HttpProxy/Mapi",
        "Logging/HttpProxy/Ews",
        "Logging/HttpProxy/Eas",
        "Logging/HttpProxy/Autodiscover",
        "Logging/HttpProxy/Owa",
        "Logging/Ews",
        "Logging/MapiHttp/Mailbox",
        "Logging/OAuthOutbound",
      ]),
    );
  });

  test("has 74, 92, 46, 18 and 15 columns", () => {
    expect(
      [HTTP_PROXY_COLUMNS, EWS_COLUMNS, MAPI_HTTP_COLUMNS, OAUTH_OUTBOUND_COLUMNS].map(
        (text) => text.split(",").length,
      ),
    ).toEqual([74, 92, 46, 18]);
    expect(IIS_COLUMNS.split(" ")).toHaveLength(15);
  });
});

/** Number of cells in a row; quoted cells may contain the separator. */
function cellsOf(text: string, separator: string): number {
  return (separator === "," ? text.replaceAll(/(?<=^|,)"(?:[^"]|"")*"(?=,|$)/g, "") : text).split(separator).length;
}

const samples = join(import.meta.dirname, "../../../shared/samples/_fields");
const realColumns = existsSync(samples) ? describe : describe.skip;

realColumns("real column lists", () => {
  test.each([
    ["httpproxy-15.1.2375.txt", HTTP_PROXY_COLUMNS],
    ["ews-15.1.2375.txt", EWS_COLUMNS],
    ["mapihttp-mailbox-SE.txt", MAPI_HTTP_COLUMNS],
    ["oauthoutbound-15.0.1497.txt", OAUTH_OUTBOUND_COLUMNS],
    ["iis-w3c-default.txt", IIS_COLUMNS],
  ])("%s matches the simulator's output", (file, columns) => {
    expect(readFileSync(join(samples, file), "utf8").trim()).toBe(columns);
  });
});
