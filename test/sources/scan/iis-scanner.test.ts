import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { requestFacts } from "../../../src/detectors/request-result.ts";
import { toLedgerRecord } from "../../../src/reading/ledger.ts";
import { LineReader, startOfLines } from "../../../src/reading/line-reader.ts";
import type { RowSink } from "../../../src/reading/row-sink.ts";
import { agentPatterns } from "../../../src/sources/noise/agent-pattern.ts";
import { createFormats } from "../../../src/sources/index.ts";
import { FORMATS } from "../plain-formats.ts";
import { PROTOCOLS, SCHEMES, type Protocol } from "../../../src/model/label-values.ts";
import { HAS_USER, HAS_FULL_ROW } from "../../../src/model/row-scanner.ts";
import type { Format } from "../../../src/model/format.ts";
import type { LogKind, RequestRow } from "../../../src/model/row.ts";
import { repetitions } from "../../soak.ts";
import { usedScanner } from "./used-scanner.ts";

/** Result for a text: relevant rows in order, and the file's accounting. */
interface Outcome {
  readonly rows: readonly unknown[];
  readonly ledger: unknown;
  readonly position: unknown;
  readonly seen: readonly number[];
}

interface Reading {
  readonly bytes: Buffer;
  readonly isBackEnd?: boolean;
  readonly folder?: Protocol | null;
  readonly format?: Format;
  readonly plain: ReadonlySet<Protocol>;
  readonly cuts?: readonly number[];
  readonly horizonMs?: number;
  readonly sinceMs?: number;
  readonly maxLineBytes?: number;
}

/** Served rows as returned by the scanner; other rows in full. */
function sketch(row: RequestRow, offset: number, reading: Reading): unknown {
  const isServed =
    (row.source === "iis_front" || (row.source === "http_proxy" && row.category === null)) &&
    row.status >= 200 &&
    row.status < 400 &&
    reading.plain.has(row.protocol);
  if (!isServed) return { row, offset };
  return {
    scheme: row.scheme,
    atMs: row.atMs,
    client: requestFacts({ iis: row, httpProxy: null, backEnd: null }).client,
    protocol: row.protocol,
    appPool: row.appPool,
    hasUser: row.hasUser === true,
    offset,
  };
}

/** True for a back-end row without a refusal. */
function isOfNoConsequence(row: RequestRow): boolean {
  return row.source === "iis_back" && row.status !== 401 && row.category === null;
}

function read(reading: Reading, isScanned: boolean): Outcome {
  const format = reading.format ?? FORMATS.iis;
  const log: LogKind = {
    format: format.name,
    protocol: reading.folder ?? null,
    isBackEnd: reading.isBackEnd ?? false,
    encoding: "utf8",
  };
  const rows: unknown[] = [];
  let [oldest, newest] = [Infinity, -Infinity];
  const see = (atMs: number): void => {
    oldest = Math.min(oldest, atMs);
    newest = Math.max(newest, atMs);
  };
  const sink: RowSink = {
    row: (_, row, { offset }) => {
      see(row.atMs);
      if (row.kind === "request" && !isOfNoConsequence(row)) rows.push(sketch(row, offset, reading));
      // A row of the exporter's own probe is noise that shows a worker's first Bearer request.
      if (row.kind === "worker") rows.push({ row, offset });
    },
    advance: () => undefined,
    protocolsSettledByOneLog: () => reading.plain,
    scanned: (_, scanned, { offset }) => {
      see(scanned.oldestAtMs);
      see(scanned.newestAtMs);
      for (let index = 0; index < scanned.count; index++) {
        if ((scanned.urlCodes[index]! & HAS_FULL_ROW) !== 0) {
          rows.push({ row: scanned.fullRow(index), offset: offset + scanned.starts[index]! });
          continue;
        }
        const scheme = scanned.source === "iis_front" ? "unknown" : SCHEMES[scanned.schemes[index]!];
        const url = scanned.urls[scanned.urlCodes[index]! & ~HAS_USER]!;
        rows.push({
          scheme,
          atMs: scanned.atMs[index],
          client: scanned.clients[index],
          ...url,
          hasUser: (scanned.urlCodes[index]! & HAS_USER) !== 0,
          offset: offset + scanned.starts[index]!,
        });
      }
    },
  };
  const source = {
    server: "EX01",
    fileKey: 1,
    format,
    log,
    sinceMs: reading.sinceMs ?? -Infinity,
    untilMs: Infinity,
  };
  const rules = {
    sink,
    maxLineBytes: reading.maxLineBytes ?? 4_096,
    scanner: isScanned ? usedScanner(format) : null,
  };
  const reader = new LineReader(source, rules, startOfLines());
  const horizonMs = reading.horizonMs ?? Infinity;
  for (const cut of reading.cuts ?? []) {
    if (cut > reader.offset && cut <= reading.bytes.length)
      reader.consume({ bytes: reading.bytes, start: reader.offset, end: cut, isEnd: false }, horizonMs);
  }
  reader.finish({ bytes: reading.bytes, start: reader.offset, end: reading.bytes.length, isEnd: true }, horizonMs);
  const { offset, bodyStart, lastAtMs, newestAtMs, aheadAtMs, schema } = reader;
  return {
    rows,
    ledger: toLedgerRecord(reader.ledger),
    position: { offset, bodyStart, lastAtMs, newestAtMs, aheadAtMs, header: schema?.header },
    seen: [oldest, newest],
  };
}

const DEFAULT_FIELDS =
  "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) " +
  "sc-status sc-substatus sc-win32-status time-taken";
/** Possible noise of a configuration: the address of many rows, networks, agents by parts of their names. */
const NOISY = createFormats({
  noise: {
    addresses: ["10.32.0.0/24", "192.0.2.10", "2001:db8::/32", "10.9.8.0/24"],
    agents: agentPatterns(["^apple-", "outlook 16\\.0\\.16", "^0123456789abcdef$", "^a$"]),
  },
});

const FIELDS = [
  DEFAULT_FIELDS,
  `${DEFAULT_FIELDS} X-Forwarded-For`,
  `${DEFAULT_FIELDS} x-ms-diagnostics`,
  "date time cs-uri-stem sc-status",
  "time date c-ip cs-username cs-uri-stem cs-uri-query sc-status cs(User-Agent)",
  "date time cs-method",
  `${DEFAULT_FIELDS} X-FailureContext x-ms-diagnostics`,
  "date time cs-uri-stem cs-uri-query c-ip sc-status s-port",
  "date time cs-uri-stem cs-username c-ip sc-status sc-substatus",
];

/** Values for each field: usual ones, and those for which scanner and parser could differ. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  date: [
    "2026-11-22",
    "2026-11-23",
    "2024-02-29",
    "2023-02-29",
    "2026-13-01",
    "2026-00-10",
    "1999-12-31",
    "2000-01-01",
    "2099-12-31",
    "2100-01-01",
    "2026-11-2",
    "2026/11/22",
    "-",
  ],
  time: [
    "08:00:00",
    "08:00:01",
    "23:59:59",
    "24:00:00",
    "08:60:00",
    "08:00:60",
    "8:00:00",
    "08:00:00.123",
    "08-00-00",
    "08:00:0:",
    "0/:00:00",
    "-",
  ],
  "sc-status": [
    "200",
    "200",
    "200",
    "302",
    "304",
    "401",
    "403",
    "404",
    "500",
    "503",
    "599",
    "600",
    "199",
    "400",
    "20",
    "2000",
    "-",
    "2x0",
    ":00",
  ],
  "sc-substatus": ["0", "1", "2", "-", "", "x", "12345678901"],
  "sc-win32-status": ["0", "5", "2148074254", "-", "64", "y", "99999999999"],
  "cs-uri-stem": [
    "/EWS/Exchange.asmx",
    "/ews",
    "/ewsx",
    "/mapi/emsmdb/",
    "/MAPI/nspi",
    "/mapi",
    "/mapi/healthcheck.htm",
    "/healthcheck.htm",
    "/HealthCheck.HTM",
    "/autodiscover/autodiscover.xml",
    "/Microsoft-Server-ActiveSync/default.eas",
    "/microsoft-server-activesyncs",
    "/owa/calendar/x",
    "/owa/calendars",
    "/OWA/",
    "/ecp/",
    "/api/v2.0",
    "/rpc/rpcproxy.dll",
    "/rpcwithcert/",
    "/PowerShell-LiveId",
    "/powershell",
    "/PushNotifications/",
    "/",
    "",
    "-",
    "x",
    "/favicon.ico",
    "/oab/\u00e9.xml",
    "/EWS/Exchange.asmx/WSSecurity",
    "/autodiscover/autodiscover.svc/wssecurity/SymmetricKey",
    "/ews/exchange.asmx/WSSecurity/X509Cert",
    "/wssecurity",
    "/ews/wssecurityx",
  ],
  "cs-uri-query": [
    "-",
    "",
    "?",
    "a=b",
    "&CorrelationID=<empty>;&cafeReqId=5106046e-9864-4437-a9b6-960df2a3d5ff;",
    "mailboxId=3fb3fd5e-0948-4897-ad6e-56a3f05f7c94@contoso.example&CorrelationID=<empty>;&ClientId=3C118356BC765F315AD70B6B&RequestId=a&cafeReqId=b;",
    "User=user2122%40contoso.example&DeviceId=6EFA639299CAE654B546CC5A20&DeviceType=iPhone&Cmd=Sync",
    "?User=x",
    "user=-&USER=y",
    "ClientId=<empty>;ClientId=",
    "clientid==a=b&",
    "MailboxId=HealthMailbox1@contoso.example",
    "User=contoso\\healthMAILBOX",
    "User=xhealthmailbox",
    "User=health-healthmailbox",
    "clientApplication=ActiveMonitor",
    "clientApplication=Outlook",
    "ClientApplicatiom=a",
    "User",
    "User=",
    "&&&&&&&",
    ";=;=;=;=",
    "=User=x",
    "DeviceId=\u00fc&ClientId=A+B,c",
  ],
  "cs-username": [
    "-",
    "",
    "CONTOSO\\user1",
    "user1471@contoso.example",
    "CONTOSO\\HealthMailbox4f1c2e7",
    "HEALTHMAILBOXabc",
    "xHealthMailbox",
    "<empty>",
    "hhhhhhhhhhhhhhhhhhhhhhhhhealthmailbox",
    "a.healthmailbox",
    "Anonymous",
    "ANONYMOUS",
    "Anonymouz",
  ],
  "c-ip": [
    "10.32.0.60",
    "192.0.2.10",
    "127.0.0.1",
    "127.",
    "1127.0.0.1",
    "::1",
    "::12",
    "::1%3",
    "fe80::1234:5678:123:f95%3",
    "FE80::1",
    "fe80",
    "fe8",
    "2001:db8:1234:5678:9abc:def0:1234:5678",
    "::ffff:10.0.0.1",
    "::FFFF:127.0.0.1",
    "[::1]:443",
    "10.0.0.1:443",
    "::1,+::1",
    "::1,+10.0.0.1",
    "10.0.0.1,+10.0.0.2",
    "+10.0.0.1",
    "-",
    "",
    "<empty>",
    "10.0.0.1]",
    "\\10.0.0.1",
    "]",
    "%",
    "2001:db8::10.0.0.1:5",
  ],
  "cs(User-Agent)": [
    "-",
    "",
    "Microsoft+Office/16.0+(Windows+NT+10.0;+Microsoft+Outlook+16.0.16731;+Pro)",
    "microsoft office/16.0 (windows",
    "AMProbe/Local/ClientAccess",
    "hma-exporter/1.0.0+(probe)",
    "xxAMPROBE/",
    "Ews_AM_Probe/Local",
    "MapiHttpClient",
    "mapihttpclien",
    "Mozilla/4.0+(compatible;+MSIE+9.0;+Windows+NT+6.1;+MSEXCHMON;+ACTIVEMONITORING;+ACTIVEMONITORING)",
    "A",
    "Apple-iPad13C4/2106.95",
    "a,b+c",
    "0123456789abcdef",
    "0123456789abcdef0",
    "@[`{AZaz",
  ],
  "s-port": ["443", "444", "80", "81", "0444", "44", "4444", "-", "", "4x4"],
  "X-FailureContext": ["-", "", "FrontEnd;401;VW5hdXRob3JpemVk;;;;", "BackEnd;401;;;;;", "x"],
  "X-Forwarded-For": [
    "-",
    "",
    "10.9.8.7",
    "10.9.8.7,+10.1.1.1",
    "::1",
    "10.9.8.7:50123",
    "[2001:db8::1]:5",
    "+",
    "]",
    "\\10.9.8.7",
    "10.9.8.7:5,+10.1.1.1:6",
  ],
  "x-ms-diagnostics": [
    "-",
    "",
    "2000000",
    "2000010;rea",
    "4000000;reason=x",
    "20000001",
    "text",
    '2000000;reason="The+token+has+an+invalid+signature.";error_category="invalid_signature"',
  ],
};

/** Parameters with which Exchange begins and ends queries, some of them of unusual lengths or with marks in their values. */
const query = fc
  .array(
    fc.constantFrom(
      "mailboxId=3fb3fd5e-0948-4897-ad6e-56a3f05f7c94@contoso.example",
      "&CorrelationID=<empty>;",
      "&CorrelationID=<empty>;",
      "&ClientId=3C118356BC765F315AD70B6B3C118356",
      "&ClientId=3C118356BC765F315AD70B6B3C11835",
      "&ClientId=User=HealthMailbox1&User=y123456",
      "&clientId=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "&RequestId=5106046e-9864-4437-a9b6-960df2a3d5ff",
      "&RequestId=x;User=HealthMailbox1;User=yy-123456",
      "&cafeReqId=5106046e-9864-4437-a9b6-960df2a3d5ff;",
      "&cafeReqId=6206046e-9864-4437-a9b6-960df2a3d5ff;",
      "&cafeReqId=x&ClientId=0123456789&User=y12345678;",
      "&cafeReqId=x=clientApplication=0123456789abcdef;",
      "&User=user1",
      "&DeviceId=\u00fc",
      ";",
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

const fieldBytes = fc.oneof(
  { weight: 20, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

/** A row with those fields: mostly usual, some fields unusual, sometimes arbitrary bytes. */
function rowOf(fields: string): fc.Arbitrary<Buffer> {
  const names = fields.split(" ");
  const values = names.map((name) => {
    const known = VALUES[name] ?? ["POST", "443", "10.0.0.11", "-"];
    return fc.tuple(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(known[0]!) },
        { weight: 3, arbitrary: fc.constantFrom(...known) },
        { weight: name === "cs-uri-query" ? 10 : 0, arbitrary: query },
      ),
      fieldBytes,
    );
  });
  const end = fc.constantFrom("\r\n", "\r\n", "\n", "\r\r\n", " \n", " more\r\n");
  return fc.tuple(fc.tuple(...values), end, fc.nat({ max: 60 })).map(([cells, lineEnd, cut]) => {
    const parts = cells
      .flatMap(([text, wild]) => [Buffer.from(" "), wild === null ? Buffer.from(text) : Buffer.from(wild)])
      .slice(1);
    // Sometimes a row is short.
    return Buffer.concat([...(cut < parts.length && cut > 50 ? parts.slice(0, cut) : parts), Buffer.from(lineEnd)]);
  });
}

const stretch = fc.constantFrom(...FIELDS).chain((fields) =>
  fc.tuple(
    fc.constantFrom(
      `#Software: Microsoft Internet Information Services 10.0\r\n#Fields: ${fields}\r\n`,
      `#Fields: ${fields}\n`,
    ),
    fc.array(
      fc.oneof(
        { weight: 30, arbitrary: rowOf(fields) },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
        {
          weight: 1,
          arbitrary: fc
            .constantFrom("\n", "\r\n", "\0\0\n", "#\n", `${"1 ".repeat(400)}\n`, `2${"x".repeat(3000)}\n`)
            .map((text) => Buffer.from(text)),
        },
      ),
      { maxLength: 40 },
    ),
  ),
);
const logs = fc
  .array(stretch, { minLength: 1, maxLength: 3 })
  .map((stretches) =>
    Buffer.concat([...stretches.flatMap(([header, rows]) => [Buffer.from(header), ...rows]), Buffer.alloc(0)]),
  );

const readings = fc.record({
  bytes: logs,
  format: fc.constantFrom(FORMATS.iis, FORMATS.iis, NOISY.iis),
  isBackEnd: fc.boolean(),
  plain: fc.constantFrom<ReadonlySet<Protocol>>(new Set(PROTOCOLS), new Set(["ews", "eas", "other"]), new Set()),
  cuts: fc.array(fc.nat({ max: 8_000 }), { maxLength: 4 }).map((cuts) => cuts.sort((a, b) => a - b)),
  horizonMs: fc.constantFrom(Infinity, Date.UTC(2026, 10, 22, 8, 0, 0), Date.UTC(2026, 10, 22, 12)),
  sinceMs: fc.constantFrom(-Infinity, Date.UTC(2026, 10, 22, 8, 0, 1)),
  maxLineBytes: fc.constantFrom(4_096, 250),
});

describe("the scanner", () => {
  test("returns the same as parse() for any bytes", () => {
    fc.assert(
      fc.property(readings, (reading) => {
        expect(read(reading, true)).toEqual(read(reading, false));
      }),
      { numRuns: repetitions({ usual: 120, soak: 5_000 }) },
    );
  });

  test.each(Object.entries(VALUES).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    "agrees with parse() where %s is %p",
    (name, value) => {
      for (const fields of FIELDS.filter((list) => list.split(" ").includes(name))) {
        const row = fields
          .split(" ")
          .map((field) => (field === name ? value : (VALUES[field]?.[0] ?? "443")))
          .join(" ");
        const bytes = Buffer.from(`#Fields: ${fields}\r\n${`${row}\r\n`.repeat(20)}`);
        for (const isBackEnd of [false, true])
          for (const format of [FORMATS.iis, NOISY.iis])
            expect(read({ bytes, format, isBackEnd, plain: new Set(PROTOCOLS) }, true)).toEqual(
              read({ bytes, format, isBackEnd, plain: new Set(PROTOCOLS) }, false),
            );
      }
    },
  );

  test("reads the usual rows itself", () => {
    const usual = DEFAULT_FIELDS.split(" ")
      .map((field) => VALUES[field]?.[0] ?? "443")
      .join(" ");
    const scanner = FORMATS.iis.createScanner!();
    const schema = FORMATS.iis.schemaFrom(`#Fields: ${DEFAULT_FIELDS}`)!;
    const bytes = Buffer.from(`${usual}\r\n`.repeat(1_500));
    scanner.load(bytes, 0, bytes.length);
    const log: LogKind = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };
    expect(
      scanner.begin(schema, {
        log,
        sinceMs: 0,
        untilMs: Infinity,
        horizonMs: Infinity,
        maxLineBytes: 4_096,
        protocolsSettledByOneLog: new Set(PROTOCOLS),
        keeping: null,
      }),
    ).toBe(true);
    const half = scanner.scan(0, 0);
    expect([scanner.scanned.count, scanner.isFull, half]).toEqual([1_024, true, 1_024 * (usual.length + 2)]);
    expect([scanner.scan(half, half), scanner.scanned.count, scanner.isFull, scanner.tally.countedLines]).toEqual([
      bytes.length,
      476,
      false,
      476,
    ]);
  });
});

const PROXY_FIELDS = [
  "DateTime,RequestId,ClientRequestId,Protocol,UrlHost,UrlStem,AuthenticationType,AuthenticatedUser,AnchorMailbox,UserAgent,ClientIpAddress,HttpStatus,BackEndStatus,TargetServer,UrlQuery,GenericInfo,GenericErrors",
  "DateTime,HttpStatus,UrlStem,GenericInfo",
  "DateTime,RequestId,UrlQuery,AuthenticationType,HttpStatus,BackEndStatus,UserAgent,ClientIpAddress",
];

const PROXY_VALUES: Readonly<Record<string, readonly string[]>> = {
  DateTime: [
    "2026-11-22T08:00:05.344Z",
    "2026-11-22T08:00:06.000Z",
    "2026-11-23T23:59:59.999Z",
    "2026-11-22 08:00:05.344",
    "2026-11-22T08:00:05Z",
    "2026-02-30T08:00:05.344Z",
    "",
  ],
  RequestId: ["a36d47db-25b1-4db9-a3c7-67aa11551059", "", "-", "A36D47DB-25B1-4DB9-A3C7-67AA11551059"],
  Protocol: ["Ews", "Mapi", "OwaCalendar", ""],
  UrlHost: ["mail.contoso.example", "", "invalid.example"],
  UrlStem: VALUES["cs-uri-stem"]!.filter((stem) => !stem.includes(",")),
  AuthenticationType: [
    "Bearer",
    "BEARER",
    "OAuth",
    "OAuthPreAuth",
    "Negotiate",
    "Negotiatex",
    "Kerberos",
    "NTLM",
    "Basic",
    "FBA",
    "Forms",
    "Anonymous",
    "",
    "Logon",
    "B",
  ],
  AuthenticatedUser: [
    "user1@contoso.example",
    "Anonymous",
    "S-1-5-21-1-2-3-1142",
    "",
    "-",
    "CONTOSO\\HealthMailbox4f1c2e7",
  ],
  AnchorMailbox: ["Smtp~user1@contoso.example", "", "SMTP~HealthMailbox1@contoso.example"],
  UserAgent: [
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.16731; Pro)",
    "",
    "AMProbe/Local/ClientAccess",
    "a",
  ],
  ClientIpAddress: [
    "10.32.3.112",
    "",
    "::1",
    "10.0.0.1  10.0.0.2",
    "127.0.0.1  10.0.0.2",
    "[2001:db8::1]:5",
    "52.96.1.2:49660",
    "\\10.0.0.1",
    "::ffff:10.0.0.1",
    "fe80::1%3",
    "2001:db8:1234:5678:9abc:def0:1234:5678",
  ],
  HttpStatus: ["200", "200", "401", "401", "403", "500", "503", "302", "", "0", "20", "abc"],
  BackEndStatus: ["200", "", "401", "500", "4x1"],
  TargetServer: ["ex01.contoso.example", "", "EX02", "-", "ex03:444"],
  UrlQuery: VALUES["cs-uri-query"]!.map((query) => query.replaceAll(",", " ")),
  GenericInfo: [
    "BeginRequest=2026-11-22T08:00:05.344Z;CorrelationID=<empty>;",
    "",
    "S:ServiceCommonMetadata.OAuthErrorCategory=InvalidSignature;",
    "OAUTHERRORCATEGORY=InvalidToken-BE",
    "reaso",
    "xreasonx",
    "error%5Fcategory%3D%22invalid_token",
    "the token has expire",
    "the token has expired",
    "ErrorCode:UnexpectedHostNameInAudience",
    "ErrorCode:None",
    "tenan",
    "x-ms-diagnostics-from-backend: NoUserFoundWithGivenClaims|x",
    "Flighting is not enabled for domain",
    "x-ms-diagnostics: 2000010;rea",
    "4000000;reason=x;error=invalid_token",
    "S:ServiceCommonMetadata.OAuthErrorCategory=",
    "the token submitted with the request cannot be parsed",
  ],
  GenericErrors: ["", "WebExceptionStatus=ProtocolError;ResponseStatusCode=401", '"quoted text"', "invalid"],
};

/** Cells with and without quotes; the last one is not closed. */
const QUOTED: readonly ((text: string) => string)[] = [
  (text) => `"${text}"`,
  (text) => `"${text}, ${text}"`,
  (text) => `"${text}""${text}"`,
  (text) => `"${text}"${text}`,
  (text) => `${text}"`,
  (text) => `"""${text}"`,
  (text) => `"${text}`,
];

/** With quotes in few of the rows, so that some have none. */
const anyQuotes = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(2, 12) });

function proxyRowOf(fields: string): fc.Arbitrary<Buffer> {
  const cells = fields.split(",").map((name) => {
    const known = PROXY_VALUES[name] ?? ["x"];
    return fc.tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(known[0]!) },
        { weight: 4, arbitrary: fc.constantFrom(...known) },
        { weight: 1, arbitrary: fc.constantFrom("error_category=invalid_token", "x-ms-diagnostics: 2000000;rea") },
      ),
      fieldBytes,
      fc.nat({ max: 40 }),
    );
  });
  return fc
    .tuple(fc.tuple(...cells), fc.constantFrom("\r\n", "\r\n", "\n", ",more\r\n"), anyQuotes)
    .map(([parts, end, quotes]) =>
      Buffer.concat([
        ...parts
          .map(([text, wild, quoted]) => [quoted < quotes ? (QUOTED[quoted % 7]?.(text) ?? text) : text, wild] as const)
          .flatMap(([text, wild]) => [Buffer.from(","), wild === null ? Buffer.from(text) : Buffer.from(wild)])
          .slice(1),
        Buffer.from(end),
      ]),
    );
}

const proxyLogs = fc
  .constantFrom(...PROXY_FIELDS)
  .chain((fields) =>
    fc
      .array(proxyRowOf(fields), { maxLength: 60 })
      .map((rows) => Buffer.concat([Buffer.from(`#Fields: ${fields}\r\n`), ...rows])),
  );

const proxyReadings = fc.record({
  bytes: proxyLogs,
  folder: fc.constantFrom<Protocol | null>("ews", "owa", "other", null),
  format: fc.constantFrom(
    FORMATS.http_proxy,
    NOISY.http_proxy,
    createFormats({ reasonPatterns: [{ pattern: "cor+elation", category: "invalid_user" }] }).http_proxy,
  ),
  plain: fc.constantFrom<ReadonlySet<Protocol>>(new Set(PROTOCOLS), new Set()),
  cuts: fc.array(fc.nat({ max: 12_000 }), { maxLength: 3 }).map((cuts) => cuts.sort((a, b) => a - b)),
  horizonMs: fc.constantFrom(Infinity, Date.UTC(2026, 10, 22, 8, 0, 5, 500)),
  sinceMs: fc.constantFrom(-Infinity, Date.UTC(2026, 10, 22, 8, 0, 5, 400)),
});

describe("the scanner of HttpProxy logs", () => {
  test("returns the same as parse() for any bytes", () => {
    fc.assert(
      fc.property(proxyReadings, (reading) => {
        expect(read(reading, true)).toEqual(read(reading, false));
      }),
      { numRuns: repetitions({ usual: 120, soak: 5_000 }) },
    );
  });

  test.each(Object.entries(PROXY_VALUES).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    "agrees with parse() where %s is %p",
    (name, value) => {
      for (const [fields, status] of PROXY_FIELDS.flatMap((list) =>
        ["200", "401"].map((one) => [list, one] as const),
      )) {
        const row = fields
          .split(",")
          .map((field) =>
            field === name ? value : field === "HttpStatus" ? status : (PROXY_VALUES[field]?.[0] ?? "x"),
          )
          .join(",");
        const bytes = Buffer.from(`#Fields: ${fields}\r\n${`${row}\r\n`.repeat(20)}`);
        const reading = { bytes, folder: "ews" as const, format: FORMATS.http_proxy, plain: new Set(PROTOCOLS) };
        expect(read(reading, true)).toEqual(read(reading, false));
      }
    },
  );

  test("reads rows with quotes and a reason itself", () => {
    const fields = PROXY_FIELDS[0]!;
    const cells = fields.split(",").map((field) => {
      if (field === "HttpStatus") return "401";
      if (field === "UserAgent") return '"Microsoft Office/16.0 (Windows NT 10.0, ""x"")"';
      return field === "GenericInfo" ? PROXY_VALUES[field]![2]! : (PROXY_VALUES[field]?.[0] ?? "");
    });
    const row = `${cells.join(",")}\r\n`;
    const bytes = Buffer.from(row.repeat(20));
    const scanner = FORMATS.http_proxy.createScanner!();
    scanner.load(bytes, 0, bytes.length);
    const log: LogKind = { format: "http_proxy", protocol: "ews", isBackEnd: false, encoding: "utf8" };
    const schema = FORMATS.http_proxy.schemaFrom(`#Fields: ${fields}`)!;
    const times = { sinceMs: 0, untilMs: Infinity, horizonMs: Infinity };
    const plain = new Set(PROTOCOLS);
    scanner.begin(schema, { log, ...times, maxLineBytes: 4_096, protocolsSettledByOneLog: plain, keeping: null });
    expect([scanner.scan(0, 0), scanner.scanned.count]).toEqual([bytes.length, 20]);
    const parsed = FORMATS.http_proxy.parse(bytes, 0, row.length - 2, schema, log);
    expect(parsed).toMatchObject({ kind: "row", row: { category: "invalid_signature" } });
    for (let index = 0; index < 20; index++)
      expect({ kind: "row", row: scanner.scanned.fullRow(index) }).toEqual(parsed);
  });

  test("reads the usual rows itself, served requests and challenges", () => {
    const fields = PROXY_FIELDS[0]!;
    const rowWith = (status: string): string =>
      fields
        .split(",")
        .map((field) => (field === "HttpStatus" ? status : (PROXY_VALUES[field]?.[0] ?? "")))
        .join(",");
    const bytes = Buffer.from(`${rowWith("200")}\r\n${rowWith("401")}\r\n`.repeat(10));
    const scanner = FORMATS.http_proxy.createScanner!();
    scanner.load(bytes, 0, bytes.length);
    const log: LogKind = { format: "http_proxy", protocol: "ews", isBackEnd: false, encoding: "utf8" };
    scanner.begin(FORMATS.http_proxy.schemaFrom(`#Fields: ${fields}`)!, {
      log,
      sinceMs: 0,
      untilMs: Infinity,
      horizonMs: Infinity,
      maxLineBytes: 4_096,
      protocolsSettledByOneLog: new Set(PROTOCOLS),
      keeping: null,
    });
    expect([scanner.scan(0, 0), scanner.scanned.count, scanner.scanned.fullRow(1).status]).toEqual([
      bytes.length,
      20,
      401,
    ]);
  });
});
