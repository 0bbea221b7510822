import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Format } from "../../../src/model/format.ts";
import { PROTOCOLS, type Protocol } from "../../../src/model/label-values.ts";
import type { LogKind, Row, RowPosition } from "../../../src/model/row.ts";
import { toLedgerRecord } from "../../../src/reading/ledger.ts";
import { LineReader, startOfLines } from "../../../src/reading/line-reader.ts";
import { createFormats } from "../../../src/sources/index.ts";
import { agentPatterns } from "../../../src/sources/noise/agent-pattern.ts";
import { repetitions } from "../../soak.ts";
import { FORMATS } from "../plain-formats.ts";
import { usedScanner } from "./used-scanner.ts";

/** The back end's CSV logs: the scanner and `parse()` have the same result, for any bytes. */

type BackEndFormat = "ews" | "mapi_http";

interface Reading {
  readonly bytes: Buffer;
  readonly format: Format;
  /** Protocols whose rows count only when they carry a reason. */
  readonly plain: ReadonlySet<Protocol>;
  readonly cuts?: readonly number[];
  readonly horizonMs?: number;
  readonly sinceMs?: number;
  readonly maxLineBytes?: number;
}

/** What the engine knows of worker processes: their spans, and every row that showed one earlier than any row before. */
class Processes {
  readonly spans = new Map<number, { firstMs: number; lastMs: number }>();
  readonly first: unknown[] = [];

  note(row: Row, offset: number): void {
    if ((row.kind !== "request" && row.kind !== "worker") || row.processId === 0) return;
    const span = this.spans.get(row.processId);
    if (span !== undefined && row.atMs > span.lastMs) span.lastMs = row.atMs;
    if (span !== undefined && row.atMs >= span.firstMs) return;
    if (span === undefined) this.spans.set(row.processId, { firstMs: row.atMs, lastMs: row.atMs });
    else span.firstMs = row.atMs;
    this.first.push([row.kind, row.processId, row.appPool, row.atMs, offset]);
  }
}

interface Outcome {
  readonly rows: readonly unknown[];
  readonly processes: Processes;
  readonly ledger: unknown;
  readonly position: unknown;
  readonly seen: readonly number[];
  /** Rows that the sink got one by one. */
  readonly handed: number;
}

function read(reading: Reading, isScanned: boolean): Omit<Outcome, "handed"> & { handed?: number } {
  const { format, plain } = reading;
  const log: LogKind = { format: format.name, protocol: null, isBackEnd: false, encoding: "utf8" };
  const rows: unknown[] = [];
  const processes = new Processes();
  let [oldest, newest, handed] = [Infinity, -Infinity, 0];
  const see = (...times: readonly number[]): void => {
    oldest = Math.min(oldest, ...times);
    newest = Math.max(newest, ...times);
  };
  const sink = {
    row: (_: string, row: Row, { offset }: RowPosition): void => {
      handed += 1;
      processes.note(row, offset);
      if (row.kind !== "request") return;
      see(row.atMs);
      // With the front end's logs at hand, other rows have no effect but that of their process.
      if (!plain.has(row.protocol) || row.status === 401 || row.category !== null) rows.push({ row, offset });
    },
    advance: (): void => undefined,
    protocolsSettledByOneLog: () => plain,
    scanned: (
      _: string,
      { count, oldestAtMs, newestAtMs }: { count: number; oldestAtMs: number; newestAtMs: number },
    ) => {
      expect(count).toBe(0);
      see(oldestAtMs, newestAtMs);
    },
  };
  const { sinceMs = -Infinity, horizonMs = Infinity, maxLineBytes = 4_096 } = reading;
  const source = { server: "EX01", fileKey: 1, format, log, sinceMs, untilMs: Infinity };
  const rules = { sink, maxLineBytes, scanner: isScanned ? usedScanner(format) : null };
  const reader = new LineReader(source, rules, startOfLines());
  for (const cut of reading.cuts ?? []) {
    if (cut > reader.offset && cut <= reading.bytes.length)
      reader.consume({ bytes: reading.bytes, start: reader.offset, end: cut, isEnd: false }, horizonMs);
  }
  reader.finish({ bytes: reading.bytes, start: reader.offset, end: reading.bytes.length, isEnd: true }, horizonMs);
  const { offset, bodyStart, lastAtMs, newestAtMs, aheadAtMs, schema } = reader;
  return {
    rows,
    processes,
    ledger: toLedgerRecord(reader.ledger),
    position: { offset, bodyStart, lastAtMs, newestAtMs, aheadAtMs, header: schema?.header },
    seen: [oldest, newest],
    handed,
  };
}

function expectSame(reading: Reading): void {
  const [{ handed: _few, ...scanned }, { handed: _all, ...parsed }] = [read(reading, true), read(reading, false)];
  expect(scanned).toEqual(parsed);
}

/** A configuration with noise of its own. */
const NOISY = createFormats({
  noise: {
    addresses: ["10.32.0.0/24", "192.0.2.10", "2001:db8::/32"],
    agents: agentPatterns(["^macoutlook", "^outlook", "^0123456789abcdef$"]),
  },
});

const HEADERS: Readonly<Record<BackEndFormat, readonly string[]>> = {
  ews: [
    "DateTime,RequestId,AuthenticationType,AuthenticatedUser,UserAgent,ClientIpAddress,FrontEndServer,HttpStatus,ErrorCode," +
      "ImpersonatedUser,ProxyAsUser,ActAsUser,AuthenticationErrors,GenericInfo,GenericErrors,StartTime,ProcessId,Other",
    "HttpStatus,DateTime,ProcessId,UserAgent",
    "DateTime,HttpStatus,ClientIpAddress,AuthenticatedUser",
    "DateTime,RequestId",
  ],
  mapi_http: [
    "DateTime,RequestId,HttpStatusCode,AuthenticatedUserEmail,UPN,AuthenticatedUser,ActAsUserEmail,MailboxId,ClientIp," +
      "SourceCafeServer,ClientSoftware,MapiClientInfo,AuthenticationType,OAuthError,OAuthErrorCategory,OAuthExtraInfo," +
      "GenericInfo,GenericErrors,Other",
    "DateTime,HttpStatusCode",
    "ClientSoftware,HttpStatusCode,DateTime,ClientIp,ProcessId",
  ],
};

const STATUS = ["200", "200", "401", "403", "500", "503", "600", "", "-", "20", "2000", "2x0", "404"] as const;
const USER = [
  "user1@contoso.example",
  "",
  "CONTOSO\\HealthMailbox4f1c2e7",
  "SMTP~HEALTHMAILBOXabc",
  "xHealthMailbox",
  "Anonymous",
  '"a,b"',
] as const;
const ADDRESS = [
  "10.32.0.60",
  "192.0.2.10",
  "127.0.0.1",
  "1127.0.0.1",
  "::1",
  "fe80::1%3",
  "::ffff:10.0.0.1",
  "::FFFF:127.0.0.1",
  "[::1]:443",
  "10.0.0.1:443",
  "::1 10.0.0.1",
  "127.0.0.1; ::1",
  " 10.0.0.1",
  "-",
  "",
  "<empty>",
  "2001:db8:1234:5678:9abc:def0:1234:5678",
] as const;
const AGENT = [
  "MacOutlook/16.89.24090815 (Intelx64 Mac OS X)",
  "OUTLOOK.EXE",
  "Ews_AM_Probe/Local (ExchangeServicesClient/15.01)",
  "AMProbe/Local",
  "MapiHttpClient",
  "xxxxxxxxxxxxxxActiveMonitorxxxx",
  "ActiveMonito",
  "hma-exporter/1.0.0 (probe)",
  "0123456789abcdef",
  "-",
  "",
  "A",
] as const;
const REASON = [
  "",
  "[C]",
  "OAuthErrorCategory=InvalidSignature",
  "invalid_token",
  "InvalidLifetime",
  '"2000000;reason=""x"""',
] as const;

/** Values of the columns: a usual one first, then those for which scanner and parser could differ. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  DateTime: [
    "2026-11-22T08:00:00.344Z",
    "2026-11-22T08:00:01.000Z",
    "2026-11-22T07:59:59.999Z",
    "2026-11-22T12:00:00.001Z",
    "2026-11-22 08:00:00.344Z",
    "2026-11-22T08:00:00Z",
    "2026-11-22T24:00:00.000Z",
    "2026-02-29T08:00:00.000Z",
    "1999-12-31T08:00:00.000Z",
    "2100-01-01T08:00:00.000Z",
    "2026-11-22T08:00:00.34xZ",
    "-",
  ],
  HttpStatus: STATUS,
  HttpStatusCode: STATUS,
  ProcessId: ["3284", "3284", "3285", "17", "", "0", "-", "x", "1234567890", "99999999999"],
  AuthenticatedUser: USER,
  AuthenticatedUserEmail: USER,
  UPN: USER,
  ImpersonatedUser: USER.map((user) => (user === USER[0] ? "" : user)),
  ProxyAsUser: ["", "CONTOSO\\HealthMailbox4f1c2e7"],
  ActAsUser: ["", "HealthMailbox1"],
  ActAsUserEmail: ["", "HealthMailbox1@contoso.example"],
  MailboxId: ["26e04091-f5c6-4f4c-a82f-a1a6d1a7937a", "HealthMailbox7"],
  ClientIpAddress: ADDRESS,
  ClientIp: ADDRESS,
  UserAgent: AGENT,
  ClientSoftware: AGENT,
  MapiClientInfo: AGENT,
  AuthenticationType: ["Bearer", "OAuth", "Negotiate", "", "Anonymous"],
  OAuthError: REASON,
  OAuthErrorCategory: ["", "InvalidSignature", "Unknown"],
  OAuthExtraInfo: REASON,
  AuthenticationErrors: REASON,
  GenericInfo: REASON,
  GenericErrors: REASON,
  FrontEndServer: ["EX01.CONTOSO.EXAMPLE", "", "?"],
  SourceCafeServer: ["ex01.contoso.example"],
};

/** A row with those columns: mostly usual, some values unusual, sometimes arbitrary bytes, sometimes short. */
function rowOf(header: string): fc.Arbitrary<Buffer> {
  const cells = header.split(",").map((name) => {
    const known = VALUES[name] ?? ["5106046e-9864-4437-a9b6-960df2a3d5ff"];
    return fc.oneof(
      { weight: 30, arbitrary: fc.constant(Buffer.from(known[0]!)) },
      { weight: 20, arbitrary: fc.constantFrom(...known).map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)) },
    );
  });
  const end = fc.constantFrom("\r\n", "\r\n", "\n", ",\n", " \n");
  return fc.tuple(fc.tuple(...cells), end, fc.nat({ max: 60 })).map(([fields, lineEnd, cut]) => {
    const used = cut < 3 ? fields.slice(0, cut + 1) : fields;
    return Buffer.concat([...used.flatMap((field) => [Buffer.from(","), field]).slice(1), Buffer.from(lineEnd)]);
  });
}

const stretch = (format: BackEndFormat): fc.Arbitrary<Buffer> =>
  fc.constantFrom(...HEADERS[format]).chain((header) =>
    fc
      .tuple(
        fc.constantFrom(`#Software: x\r\n#Fields: ${header}\r\n`, `${header}\r\n`, `#Fields: ${header}\n`),
        fc.array(
          fc.oneof(
            { weight: 40, arbitrary: rowOf(header) },
            { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
            {
              weight: 1,
              arbitrary: fc.constantFrom("\n", "\0\0\n", `2${",".repeat(300)}\n`).map((text) => Buffer.from(text)),
            },
          ),
          { maxLength: 40 },
        ),
      )
      .map(([head, rows]) => Buffer.concat([Buffer.from(head), ...rows])),
  );

const readings = fc.constantFrom<BackEndFormat>("ews", "mapi_http").chain((format) =>
  fc.record({
    bytes: fc.array(stretch(format), { minLength: 1, maxLength: 3 }).map((parts) => Buffer.concat(parts)),
    format: fc.constantFrom(FORMATS[format], FORMATS[format], NOISY[format]),
    plain: fc.constantFrom<ReadonlySet<Protocol>>(new Set(PROTOCOLS), new Set(PROTOCOLS), new Set()),
    cuts: fc.array(fc.nat({ max: 8_000 }), { maxLength: 4 }).map((cuts) => cuts.sort((a, b) => a - b)),
    horizonMs: fc.constantFrom(Infinity, Date.UTC(2026, 10, 22, 8, 0, 0, 500), Date.UTC(2026, 10, 22, 10)),
    sinceMs: fc.constantFrom(-Infinity, Date.UTC(2026, 10, 22, 8)),
    maxLineBytes: fc.constantFrom(4_096, 250),
  }),
);

describe("the scanner of the back end's logs", () => {
  test("has the result of parse() for any bytes", () => {
    fc.assert(fc.property(readings, expectSame), { numRuns: repetitions({ usual: 200, soak: 10_000 }) });
  });

  test.each(
    (["ews", "mapi_http"] as const).flatMap((format) =>
      HEADERS[format].flatMap((header) =>
        header.split(",").flatMap((name) => (VALUES[name] ?? []).map((value) => ({ format, header, name, value }))),
      ),
    ),
  )("$format: has the result of parse() where $name is $value", ({ format, header, name, value }) => {
    const usual = rowWith(header, {});
    const odd = rowWith(header, { [name]: value });
    const bytes = Buffer.from(`#Fields: ${header}\r\n${`${usual}${odd}`.repeat(30)}`);
    for (const one of [FORMATS[format], NOISY[format]]) {
      expectSame({ bytes, format: one, plain: new Set(PROTOCOLS) });
      expectSame({ bytes, format: one, plain: new Set() });
    }
  });

  test.each(["ews", "mapi_http"] as const)(
    "reads the usual rows of %s itself, but the first of a process",
    (format) => {
      const header = HEADERS[format][0]!;
      const bytes = Buffer.from(`#Fields: ${header}\r\n${rowWith(header, {}).repeat(500)}`);
      const { handed, ledger } = read({ bytes, format: FORMATS[format], plain: new Set(PROTOCOLS) }, true);
      // The first row of the process, and its newest.
      expect(handed).toBe(format === "ews" ? 2 : 0);
      expect(ledger).toMatchObject({ lines: { counted: 500 } });
    },
  );

  test("a worker process that changes is seen at its first row, at the offset of that row", () => {
    const header = HEADERS.ews[0]!;
    const of = (processId: string, minute: number): string =>
      rowWith(header, { ProcessId: processId, DateTime: `2026-11-22T08:0${minute}:00.000Z` }).repeat(10);
    const bytes = Buffer.from(`#Fields: ${header}\r\n${of("100", 1)}${of("200", 2)}${of("100", 0)}${of("200", 3)}`);
    const reading = { bytes, format: FORMATS.ews, plain: new Set(PROTOCOLS) };
    expectSame(reading);
    expect(read(reading, true).processes.first).toHaveLength(3);
  });
});

function rowWith(header: string, values: Readonly<Record<string, string>>): string {
  return `${header
    .split(",")
    .map((name) => values[name] ?? VALUES[name]?.[0] ?? "x")
    .join(",")}\r\n`;
}
