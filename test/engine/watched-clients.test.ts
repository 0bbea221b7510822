import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createEngine, LIVE_LIMITS, type Engine, type EngineLimits } from "../../src/engine/create-engine.ts";
import { acceptRow } from "../../src/engine/accept-row.ts";
import { advance, notePresent } from "../../src/engine/engine.ts";
import { acceptScanned, keepServed, protocolsSettledByOneLog } from "../../src/engine/scanned-requests.ts";
import type { LogKind } from "../../src/model/row.ts";
import { DEFAULT_RULES, type LoopRules } from "../../src/model/rules.ts";
import { LineReader, startOfLines } from "../../src/reading/line-reader.ts";
import type { RowSink } from "../../src/reading/row-sink.ts";
import { FORMATS } from "../sources/plain-formats.ts";
import { repetitions } from "../soak.ts";
import { outcomeOf } from "./outcome.ts";

const LOG: LogKind = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };
const T0 = Date.UTC(2026, 10, 22, 8);
const MINUTE_MS = 60_000;
const FIELDS =
  "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status";

interface Line {
  /** Seconds after the line before, mostly. */
  readonly pause: number;
  readonly file: number;
  readonly client: number;
  readonly stem: string;
  readonly answer: string;
  readonly id: number;
  readonly isDevice: boolean;
}

/** Status, sub-status, Win32 status, user and x-ms-diagnostics. */
const ANSWERS = [
  "200 0 0 - -",
  "200 0 0 CONTOSO\\a -",
  "401 0 0 - -",
  "401 0 0 - -",
  "401 0 0 - -",
  "401 1 2148074254 - -",
  "401 1 1326 CONTOSO\\a -",
  "401 2 5 - -",
  '401 0 0 - 2000003;reason="expired";error_category="token_expired"',
  "500 0 0 - -",
  "503 0 0 CONTOSO\\a -",
  "404 0 0 - -",
] as const;

const anyLine: fc.Arbitrary<Line> = fc.record({
  pause: fc.oneof(
    { weight: 8, arbitrary: fc.nat(20) },
    { weight: 2, arbitrary: fc.nat(400) },
    { weight: 1, arbitrary: fc.integer({ min: -30, max: 1_500 }) },
  ),
  file: fc.nat(1),
  client: fc.nat(3),
  stem: fc.constantFrom("/ews/exchange.asmx", "/mapi/emsmdb/", "/owa/", "/mapi/emsmdb/"),
  answer: fc.constantFrom(...ANSWERS),
  id: fc.oneof(fc.nat(30), fc.nat(100_000)),
  isDevice: fc.boolean(),
});

interface Case {
  readonly lines: readonly Line[];
  readonly showsReasons: boolean;
  readonly loop: Partial<LoopRules>;
  readonly limits: Partial<EngineLimits>;
  /** A second file is found after so many steps. */
  readonly laterFile: number;
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  lines: fc.array(anyLine, { minLength: 1, maxLength: 200 }),
  showsReasons: fc.boolean(),
  loop: fc.constantFrom(
    {},
    { threshold: 2, minSpanMs: 1_000 },
    { threshold: 8, unanswered: 3, unansweredSpanMs: 1_000 },
  ),
  limits: fc.constantFrom({}, {}, { refusedClients: 2 }, { refusedClients: 130 }, { openRequests: 6 }),
  laterFile: fc.nat(10),
});

function filesOf({ lines, showsReasons }: Case): readonly Buffer[] {
  let atMs = T0;
  const texts = [0, 1].map(() => [`#Fields: ${FIELDS}${showsReasons ? " x-ms-diagnostics" : ""}`]);
  for (const { pause, file, client, stem, answer, id, isDevice } of lines) {
    atMs += pause * 1_000;
    const time = new Date(atMs).toISOString();
    const [status = "", sub = "", win32 = "", user = "", reason = ""] = answer.split(" ");
    const query = `${isDevice ? "DeviceId=abc&" : ""}cafeReqId=${id}`;
    const request = `${time.slice(0, 10)} ${time.slice(11, 19)} 10.0.0.1 POST ${stem} ${query} 443 ${user}`;
    const line = `${request} 192.0.2.${client} Outlook ${status} ${sub} ${win32}`;
    texts[file]?.push(showsReasons ? `${line} ${reason.replaceAll(" ", "+")}` : line);
  }
  return texts.map((text) => Buffer.from(`${text.join("\r\n")}\r\n`));
}

/** Reads the files minute by minute, as `analyze` does. `isWatched`: with a scanner that watches clients. */
function engineOf(one: Case, isWatched: boolean): { engine: Engine; rows: number } {
  const rules = { ...DEFAULT_RULES, loop: { ...DEFAULT_RULES.loop, ...one.loop } };
  const engine = createEngine({ rules, limits: { ...LIVE_LIMITS, ...one.limits }, mode: "history" });
  let rows = 0;
  const sink: RowSink = {
    row: (server, row, position) => {
      rows += 1;
      acceptRow(engine, { server, row, position, clockMs: 0 });
    },
    advance: () => undefined,
    protocolsSettledByOneLog: (server, log) => protocolsSettledByOneLog(engine, server, log),
    keeping: (server, memory) => keepServed(engine, server, memory),
    scanned: (server, scanned, position) => {
      rows += scanned.count;
      acceptScanned(engine, { server, rows: scanned, position });
    },
  };
  const scanner = isWatched ? FORMATS.iis.createScanner!() : null;
  const readers = filesOf(one).map((bytes, file) => {
    const source = {
      server: `EX0${file}`,
      fileKey: 1 + file,
      format: FORMATS.iis,
      log: LOG,
      sinceMs: 0,
      untilMs: Infinity,
    };
    return { bytes, reader: new LineReader(source, { sink, maxLineBytes: 4_096, scanner }, startOfLines()) };
  });
  notePresent(engine, "EX00", { log: LOG });
  const endMs = T0 + 1_000 * one.lines.reduce((sum, { pause }) => sum + Math.max(0, pause), 0);
  for (let step = 0; T0 + (step - 1) * MINUTE_MS <= endMs; step++) {
    if (step === one.laterFile) notePresent(engine, "EX01", { log: LOG });
    const horizonMs = T0 + step * MINUTE_MS;
    for (const { bytes, reader } of step < one.laterFile ? readers.slice(0, 1) : readers)
      reader.consume({ bytes, start: reader.offset, end: bytes.length, isEnd: true }, horizonMs);
    advance(engine, horizonMs, horizonMs);
  }
  return { engine, rows };
}

describe("clients that a scanner watches", () => {
  test("are followed, finalised and counted as without a scanner", () => {
    fc.assert(
      fc.property(anyCase, (one) => {
        const [watched, parsed] = [engineOf(one, true), engineOf(one, false)];
        expect(outcomeOf(watched.engine)).toEqual(outcomeOf(parsed.engine));
      }),
      { numRuns: repetitions({ usual: 60, soak: 20_000 }) },
    );
  });

  test("cause no rows while they are refused and served in turns", () => {
    const lines = Array.from({ length: 4_000 }, (_, index): Line => {
      const answer = index % 4 === 0 ? "401 0 0 - -" : "200 0 0 - -";
      return {
        pause: 1,
        file: 0,
        client: Math.floor(index / 4) % 200,
        stem: "/mapi/emsmdb/",
        answer,
        id: index,
        isDevice: false,
      };
    });
    const one: Case = { lines, showsReasons: false, loop: {}, limits: {}, laterFile: 0 };
    const [watched, parsed] = [engineOf(one, true), engineOf(one, false)];
    expect(outcomeOf(watched.engine)).toEqual(outcomeOf(parsed.engine));
    expect(watched.rows).toBeLessThan(400);
  });
});
