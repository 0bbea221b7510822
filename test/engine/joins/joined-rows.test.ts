import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { acceptRow } from "../../../src/engine/accept-row.ts";
import { createEngine, LIVE_LIMITS, type Engine, type EngineLimits } from "../../../src/engine/create-engine.ts";
import { advance, notePresent } from "../../../src/engine/engine.ts";
import { fitsRecord } from "../../../src/engine/requests/settled-record.ts";
import { acceptScanned, keepServed, protocolsSettledByOneLog } from "../../../src/engine/scanned-requests.ts";
import type { LogKind } from "../../../src/model/row.ts";
import { DEFAULT_RULES } from "../../../src/model/rules.ts";
import { textKeyOf } from "../../../src/model/text-key.ts";
import { LineReader, startOfLines } from "../../../src/reading/line-reader.ts";
import type { RowSink } from "../../../src/reading/row-sink.ts";
import { FORMATS } from "../../sources/plain-formats.ts";
import { repetitions } from "../../soak.ts";
import { outcomeOf } from "../outcome.ts";
import { requestRow } from "../rows.ts";

const T0 = Date.UTC(2026, 10, 22, 8);
const MINUTE_MS = 60_000;
const IIS: LogKind = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };
const EWS_PROXY: LogKind = { format: "http_proxy", protocol: "ews", isBackEnd: false, encoding: "utf8" };
const OWA_PROXY: LogKind = { ...EWS_PROXY, protocol: "owa" };
const EWS: LogKind = { format: "ews", protocol: "ews", isBackEnd: true, encoding: "utf8" };

const IIS_FIELDS =
  "date time cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status";
const PROXY_FIELDS =
  "DateTime,RequestId,Protocol,UrlStem,AuthenticationType,AuthenticatedUser,UserAgent,ClientIpAddress,HttpStatus,BackEndStatus," +
  "TargetServer,UrlQuery,GenericInfo,GenericErrors";

/** A scanner reads no lines of the last 1,024 bytes. */
const LAST_LINE = `#Remark: ${"x".repeat(1_024)}`;

/** A request as a client sends it; each of its rows may be missing, twice, late, or of the other server. */
interface Sketch {
  /** Seconds after the request before. */
  readonly pause: number;
  readonly id: number;
  readonly client: number;
  readonly isEws: boolean;
  readonly isDevice: boolean;
  readonly hasClientId: boolean;
  readonly answer: (typeof ANSWERS)[number];
  /** Of each row: server, and seconds after the request; -1 for none. */
  readonly iis: readonly Seen[];
  readonly proxy: readonly Seen[];
  readonly back: readonly Seen[];
}

interface Seen {
  readonly server: number;
  readonly delay: number;
}

/** Of IIS: status, sub-status, Win32 status, user. Of HttpProxy: scheme, status, status of the back end, reason. */
const ANSWERS = [
  { iis: "200 0 0 -", proxy: ["Bearer", "200", "200", ""] },
  { iis: "200 0 0 CONTOSO\\a", proxy: ["Negotiate", "200", "200", ""] },
  { iis: "200 0 0 -", proxy: ["", "200", "", ""] },
  { iis: "401 0 0 -", proxy: ["Bearer", "401", "", ""] },
  { iis: "401 0 0 -", proxy: ["Anonymous", "401", "", ""] },
  { iis: "401 1 2148074254 -", proxy: ["Negotiate", "401", "", ""] },
  { iis: "401 2 5 -", proxy: ["Anonymous", "401", "", ""] },
  { iis: "401 0 0 -", proxy: ["Bearer", "401", "401", ""] },
  { iis: "401 0 0 -", proxy: ["Bearer", "401", "", '2000003;reason=""expired"";error_category=""token_expired""'] },
  { iis: "401 0 0 -", proxy: ["Bearer", "401", "", '2000005;reason=""key"";error_category=""invalid_signature""'] },
  { iis: "401 0 0 -", proxy: ["Bearer", "401", "", '4000000;reason=""none"";error_category=""oauth_not_available""'] },
  { iis: "500 0 0 -", proxy: ["Bearer", "500", "", ""] },
  { iis: "503 0 0 -", proxy: ["Bearer", "503", "503", ""] },
  { iis: "404 0 0 CONTOSO\\a", proxy: ["Basic", "404", "404", ""] },
] as const;

const anySeen: fc.Arbitrary<readonly Seen[]> = fc.array(
  fc.record({
    server: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
    delay: fc.oneof(
      { weight: 9, arbitrary: fc.nat(4) },
      { weight: 2, arbitrary: fc.nat(300) },
      { weight: 1, arbitrary: fc.integer({ min: 800, max: 1_000 }) },
    ),
  }),
  { minLength: 0, maxLength: 2 },
);
const usuallyOne: fc.Arbitrary<readonly Seen[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant([{ server: 0, delay: 0 }]) },
  { weight: 2, arbitrary: fc.constant([{ server: 1, delay: 0 }]) },
  { weight: 4, arbitrary: anySeen },
);

const anySketch: fc.Arbitrary<Sketch> = fc.record({
  pause: fc.oneof(
    { weight: 8, arbitrary: fc.nat(10) },
    { weight: 2, arbitrary: fc.nat(400) },
    { weight: 1, arbitrary: fc.nat(1_500) },
  ),
  id: fc.oneof({ weight: 1, arbitrary: fc.nat(20) }, { weight: 4, arbitrary: fc.nat(100_000) }),
  client: fc.nat(3),
  isEws: fc.boolean(),
  isDevice: fc.boolean(),
  hasClientId: fc.boolean(),
  answer: fc.constantFrom(...ANSWERS),
  iis: usuallyOne,
  proxy: usuallyOne,
  back: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: anySeen }),
});

interface Case {
  readonly sketches: readonly Sketch[];
  readonly limits: Partial<EngineLimits>;
  readonly servers: readonly (readonly LogKind[])[];
  /** The logs of the second server are found after so many minutes. */
  readonly laterAt: number;
}

const anyLogs = fc.constantFrom(
  [IIS, EWS_PROXY, OWA_PROXY],
  [IIS, EWS_PROXY, OWA_PROXY, EWS],
  [IIS, EWS_PROXY],
  [EWS_PROXY, OWA_PROXY],
  [IIS],
);

/** Some server's IIS log has rows that are joined and rows that are not. */
function isMixed({ servers }: Case): boolean {
  return servers.some((logs) => logs.includes(IIS) && !logs.includes(OWA_PROXY));
}

const anyCase: fc.Arbitrary<Case> = fc
  .record({
    sketches: fc.array(anySketch, { minLength: 40, maxLength: 250 }),
    limits: fc.constantFrom({}, {}, { openRequests: 6 }, { openRequests: 130 }, { refusedClients: 2 }),
    servers: fc.tuple(anyLogs, anyLogs),
    laterAt: fc.oneof(fc.constant(0), fc.nat(20)),
  })
  // Of a log with rows that are joined and rows that are not, a scanner takes the latter first: of two requests with the same id,
  // another one would count.
  .map((one) => (isMixed(one) ? { ...one, sketches: one.sketches.map((sketch, id) => ({ ...sketch, id })) } : one));

interface TimedLine {
  readonly atMs: number;
  readonly text: string;
}

/** The rows of a log of a server, in the order of their times. */
function linesOf({ sketches }: Case, server: number, log: LogKind): string[] {
  const lines: TimedLine[] = [];
  let atMs = T0;
  for (const sketch of sketches) {
    atMs += sketch.pause * 1_000;
    const { answer, isEws, id, client, isDevice, hasClientId } = sketch;
    const stem = isEws ? "/ews/exchange.asmx" : "/owa/";
    const device = isDevice ? "DeviceId=abc&" : "";
    const isIis = log.format === "iis";
    if (!isIis && (log.protocol === "ews") !== isEws) continue;
    for (const seen of isIis ? sketch.iis : sketch.proxy) {
      if (seen.server !== server) continue;
      const rowMs = atMs + seen.delay * 1_000;
      const time = new Date(rowMs).toISOString();
      const query = `${device}${hasClientId ? `ClientId=C${client}&` : ""}cafeReqId=${id}`;
      const [status = "", sub = "", win32 = "", user = ""] = answer.iis.split(" ");
      const [scheme, code, backEnd, reason] = answer.proxy;
      const text = isIis
        ? `${time.slice(0, 10)} ${time.slice(11, 19)} POST ${stem} ${query} 443 ${user} 192.0.2.${client} Outlook ${status} ${sub} ${win32}`
        : `${time},${id},Ews,${stem},${scheme},,Outlook,192.0.2.${client},${code},${backEnd},ex0${server}.x,?${device}a=b,` +
          `${reason === "" ? "" : `"${reason}"`},`;
      lines.push({ atMs: rowMs, text });
    }
  }
  return lines.sort((a, b) => a.atMs - b.atMs).map(({ text }) => text);
}

/** How rows come: through `acceptRow()`, and waiting requests are objects; so, but those are records; or by scanners. */
type Way = "objects" | "parsed" | "scanned";

function engineOf(one: Case, way: Way): { engine: Engine; rows: number } {
  // Of a log with rows that are joined and rows that are not, a scanner takes the latter first: a full table then drops others.
  const limits = { ...LIVE_LIMITS, ...(isMixed(one) ? {} : one.limits) };
  const engine = createEngine({ rules: DEFAULT_RULES, limits, mode: "history" });
  const { table } = engine;
  if (way === "objects") {
    const addJudged = table.addJudged.bind(table);
    table.addJudged = (request, onForced) => {
      if (fitsRecord(request)) addJudged(request, onForced);
      else table.add(request, onForced);
    };
  }
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
      acceptScanned(engine, { server, rows: scanned, position });
    },
  };
  const [iisScanner, proxyScanner] = [FORMATS.iis.createScanner?.(), FORMATS.http_proxy.createScanner?.()];
  const files = one.servers.flatMap((logs, server) =>
    logs
      .filter(({ format }) => format !== "ews")
      .map((log, file) => {
        const [format, fields, scanner] =
          log.format === "iis"
            ? [FORMATS.iis, `#Fields: ${IIS_FIELDS}`, iisScanner]
            : [FORMATS.http_proxy, `#Fields: ${PROXY_FIELDS}`, proxyScanner];
        const bytes = Buffer.from(`${[fields, ...linesOf(one, server, log), LAST_LINE].join("\r\n")}\r\n`);
        const name = `EX0${server}`;
        const source = { server: name, fileKey: 10 * server + file + 1, format, log, sinceMs: 0, untilMs: Infinity };
        const rules = { sink, maxLineBytes: 4_096, scanner: way === "scanned" ? (scanner ?? null) : null };
        return { server, bytes, reader: new LineReader(source, rules, startOfLines()) };
      }),
  );
  const present = (server: number): void => {
    for (const log of one.servers[server] ?? []) notePresent(engine, `EX0${server}`, { log });
  };
  present(0);
  let atMs = T0;
  const backRows = one.sketches.flatMap(({ pause, back, id, client, isEws }) => {
    atMs += pause * 1_000;
    return isEws ? back.map(({ server, delay }) => ({ server, id, client, atMs: atMs + delay * 1_000 })) : [];
  });
  const endMs = atMs + 2 * 1_000_000;
  for (let step = 0; T0 + (step - 1) * MINUTE_MS <= endMs; step++) {
    if (step === one.laterAt) present(1);
    const horizonMs = T0 + step * MINUTE_MS;
    for (const { server, bytes, reader } of files) {
      if (server === 1 && step < one.laterAt) continue;
      reader.consume({ bytes, start: reader.offset, end: bytes.length, isEnd: true }, horizonMs);
    }
    for (const [index, { server, id, client, atMs: backMs }] of backRows.entries()) {
      const isNow = backMs > horizonMs - MINUTE_MS && backMs <= horizonMs;
      if (!isNow || one.servers[server]?.includes(EWS) !== true) continue;
      const sketch = { requestKey: textKeyOf(String(id)), client: String(client), status: 401 };
      const row = requestRow("ews", backMs, { ...sketch, category: "invalid_resource", isBackEndReason: true });
      acceptRow(engine, { server: `EX0${server}`, row, position: { fileKey: 99, offset: index }, clockMs: 0 });
    }
    advance(engine, horizonMs, horizonMs);
  }
  return { engine, rows };
}

describe("rows of the two front-end logs", () => {
  test("are joined, judged and counted from columns as they are from objects", () => {
    let [scannedRows, parsedRows] = [0, 0];
    fc.assert(
      fc.property(anyCase, (one) => {
        const [scanned, parsed, objects] = [
          engineOf(one, "scanned"),
          engineOf(one, "parsed"),
          engineOf(one, "objects"),
        ];
        scannedRows += scanned.rows;
        parsedRows += parsed.rows;
        const outcome = outcomeOf(parsed.engine);
        expect(outcomeOf(scanned.engine)).toEqual(outcome);
        // Of requests that are due at once, a record that became an object is judged before the others: it decides which one is dropped.
        if (Object.keys(one.limits).length > 0) return;
        // Records and objects are in the table in another order.
        expect({ ...outcomeOf(objects.engine), before: null }).toEqual({ ...outcome, before: null });
      }),
      { numRuns: repetitions({ usual: 40, soak: 5_000 }), endOnFailure: true },
    );
    expect(scannedRows).toBeLessThan(parsedRows / 4);
  });
});
