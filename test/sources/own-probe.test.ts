import { describe, expect, test } from "@jest/globals";
import { createEngine, LIVE_LIMITS, serverOf } from "../../src/engine/create-engine.ts";
import { acceptWorker } from "../../src/engine/accept-row.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import type { LogKind, ParsedLine, Schema } from "../../src/model/row.ts";
import { probeAgent } from "../../src/probe/probe-request.ts";
import { FORMATS } from "./plain-formats.ts";

const AGENT = probeAgent("1.0.0");

function parse(format: "iis" | "http_proxy", place: Partial<LogKind>, lines: readonly string[]): ParsedLine {
  const where: LogKind = { format, protocol: null, isBackEnd: false, encoding: "utf8", ...place };
  let schema: Schema | null = null;
  let last: ParsedLine = { kind: "blank" };
  for (const line of lines) {
    const bytes = Buffer.from(line);
    last = FORMATS[format].parse(bytes, 0, bytes.length, schema, where);
    if (last.kind === "header" && last.schema !== null) schema = last.schema;
  }
  return last;
}

const IIS =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) " +
  "sc-status sc-substatus sc-win32-status time-taken";
const iis = (ip: string, agent: string, place: Partial<LogKind> = {}): ParsedLine =>
  parse("iis", place, [
    IIS,
    `2026-11-28 12:00:00 10.0.0.5 POST /mapi/emsmdb/ - ${place.isBackEnd === true ? 444 : 443} - ${ip} ` +
      `${agent.replaceAll(" ", "+")} 401 0 0 3`,
  ]);

describe("a row of the exporter's own probe", () => {
  const mark = {
    kind: "noise",
    atMs: Date.UTC(2026, 10, 28, 12),
    worker: {
      kind: "worker",
      atMs: Date.UTC(2026, 10, 28, 12),
      appPool: "MSExchangeMapiFrontEndAppPool",
      processId: 0,
    },
  };
  test.each(["10.0.0.9", "127.0.0.1", "::1"])("from %s is noise that shows a Bearer request of its worker", (ip) => {
    expect(iis(ip, AGENT)).toEqual(mark);
  });

  test("of another installation's probe is noise and shows nothing", () => {
    expect(iis("10.0.0.9", "AMProbe/Local/ClientAccess")).toEqual({ kind: "noise", atMs: mark.atMs });
  });

  test("at the back end shows nothing", () => {
    expect(iis("10.0.0.9", AGENT, { isBackEnd: true })).toEqual({ kind: "noise", atMs: mark.atMs });
  });

  test("is the worker's first Bearer request, but is not counted as a request", () => {
    const limits = { ...LIVE_LIMITS, openRequests: 1_000, refusedClients: 1_000, pastIncidents: 10, pastLoops: 10 };
    const engine = createEngine({ rules: DEFAULT_RULES, limits, mode: "live" });
    const server = serverOf(engine, "EX01");
    acceptWorker(engine, {
      server: server.name,
      row: { ...mark.worker, kind: "worker", appPool: "MSExchangeMapiFrontEndAppPool" },
      clockMs: mark.atMs,
    });
    const { timeline } = server.pools.get("MSExchangeMapiFrontEndAppPool") ?? {};
    expect(timeline?.firstBearerSince(1)).toBe(mark.atMs);
    expect(timeline?.acceptedBetween(0, Infinity)).toBe(false);
    expect(server.workers.recycles()).toEqual([]);
  });
});
