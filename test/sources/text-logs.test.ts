import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ColumnSchema } from "../../src/sources/text/column-schema.ts";
import { classifyPath, createFormats } from "../../src/sources/index.ts";
import { FORMATS } from "./plain-formats.ts";
import { LOG_SOURCES } from "../../src/model/logs/log-sources.ts";
import { isOutOfRange, readClock } from "../../src/sources/text/log-time.ts";
import { isProbeAgent, isProbePage, isProbeUser } from "../../src/sources/text/noise.ts";
import { NoiseFinder } from "../../src/sources/noise/noise-finder.ts";
import { NoiseRules } from "../../src/sources/noise/noise-rules.ts";
import { splitAtBlanks, splitAtCommas, splitQuotedRow } from "../../src/sources/text/split-row.ts";
import { textKeyOf } from "../../src/model/text-key.ts";
import { parseLines } from "./read-fixture.ts";

const EWS_PLACE = classifyPath("Logging/Ews/Ews_2026112208-1.LOG")!;
const IIS_PLACE = classifyPath("LogFiles/W3SVC1/u_ex261122.log")!;
const EWS_FIELDS = "DateTime,HttpStatus,GenericInfo,ProcessId";

describe("splitting", () => {
  const schemaOf = (columns: number): ColumnSchema => {
    const names = Object.values(LOG_SOURCES.ews.columns).map(({ name }) => name);
    return new ColumnSchema("ews", "", names.slice(0, columns));
  };
  const fields = (bytes: Buffer, schema: ColumnSchema, count: number): string[] =>
    Array.from({ length: count }, (_, slot) => bytes.toString("utf8", schema.startOf(slot), schema.endOf(slot)));

  test("splitAtBlanks() and splitAtCommas() split like String.split", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "+", "-", "ä", "'", "."), maxLength: 8 }), {
          minLength: 1,
          maxLength: 9,
        }),
        (cells) => {
          const schema = schemaOf(cells.length);
          for (const [split, separator] of [
            [splitAtBlanks, " "],
            [splitAtCommas, ","],
          ] as const) {
            const bytes = Buffer.from(cells.join(separator));
            expect(split(bytes, 0, bytes.length, schema)).toBe(cells.length);
            expect(fields(bytes, schema, cells.length)).toEqual(cells);
          }
        },
      ),
    );
  });

  test("splitQuotedRow() reverses CSV quoting", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", ",", '"', " ", "ü"), maxLength: 8 }), {
          minLength: 1,
          maxLength: 9,
        }),
        (cells) => {
          const schema = schemaOf(cells.length);
          const bytes = Buffer.from(cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","));
          const row = splitQuotedRow(bytes, 0, bytes.length, schema)!;
          expect(row.fields).toBe(cells.length);
          expect(fields(row.bytes, schema, cells.length)).toEqual(cells);
        },
      ),
    );
  });

  test.each([
    ['a,"b', null],
    ['"', null],
    ['"a""', null],
    ['"a"x,b', ["ax", "b"]],
    ['a"b",c', ['a"b"', "c"]],
    ['"",""', ["", ""]],
  ])("quotes: %s", (line, wanted) => {
    const schema = schemaOf(2);
    const bytes = Buffer.from(line);
    const row = splitQuotedRow(bytes, 0, bytes.length, schema);
    expect(row === null ? null : fields(row.bytes, schema, 2)).toEqual(wanted);
  });
});

describe("times", () => {
  const ewsAt = (time: string): unknown => {
    const parsed = parseLines(FORMATS.ews, EWS_PLACE, [EWS_FIELDS, `${time},200,,7`])[1]!;
    return parsed.kind === "row" ? new Date(parsed.row.atMs).toISOString() : parsed;
  };

  test.each([
    ["2026-11-22T08:00:05.344Z", "2026-11-22T08:00:05.344Z"],
    ["2026-11-22T08:00:05Z", "2026-11-22T08:00:05.000Z"],
    ["2026-11-22 08:00:05", "2026-11-22T08:00:05.000Z"],
    ["2026-11-22T08:00:05.1234567Z", "2026-11-22T08:00:05.123Z"],
    ["2026-11-22T08:00:05.5", "2026-11-22T08:00:05.500Z"],
    ["2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"],
    ["2000-01-01T00:00:00.000Z", "2000-01-01T00:00:00.000Z"],
    ["2099-12-31T23:59:59.999Z", "2099-12-31T23:59:59.999Z"],
  ])("%s", (written, instant) => {
    expect(ewsAt(written)).toBe(instant);
  });

  test.each([
    "2026-02-29T08:00:05Z",
    "2026-00-22T08:00:05Z",
    "2026-11-00T08:00:05Z",
    "2026-11-31T08:00:05Z",
    "2026-11-22T24:00:05Z",
    "2026-11-22T08:60:05Z",
    "2026-11-22T08:00:60Z",
    "2026-11-22T08:00:05.Z",
    "2026-11-22T08:00:05.34xZ",
    "2026-11-22T08:00:05+01:00",
    "2026/11/22T08:00:05Z",
    "2026-11-22X08:00:05Z",
    "20261122T080005Z",
    "22.11.2026 08:00:05",
  ])("not a time: %s", (written) => {
    expect(ewsAt(written)).toEqual({ kind: "unreadable", reason: "time" });
  });

  test.each([
    "1999-12-31T23:59:59.999Z",
    "2100-01-01T00:00:00.000Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T00:00:00Z",
    "1601-01-01T00:00:00Z",
  ])("out of range: %s", (written) => {
    expect(ewsAt(written)).toEqual({ kind: "unreadable", reason: "time_out_of_range" });
  });

  test("every valid time is read, in any order of days", () => {
    const written = fc.date({
      min: new Date("2000-01-01T00:00:00Z"),
      max: new Date("2099-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 8 }), (dates) => {
        const iso = dates.map((date) => date.toISOString());
        const rows = parseLines(FORMATS.ews, EWS_PLACE, [EWS_FIELDS, ...iso.map((time) => `${time},200,,7`)]).slice(1);
        expect(rows.map((line) => (line.kind === "row" ? line.row.atMs : line))).toEqual(
          dates.map((date) => date.getTime()),
        );
        const iisRows = parseLines(FORMATS.iis, IIS_PLACE, [
          "#Fields: date time sc-status",
          ...iso.map((time) => `${time.slice(0, 10)} ${time.slice(11, 19)} 200`),
        ]).slice(1);
        expect(iisRows.map((line) => (line.kind === "row" ? line.row.atMs : line))).toEqual(
          dates.map((date) => Math.floor(date.getTime() / 1_000) * 1_000),
        );
      }),
    );
  });

  test("readClock() refuses short texts, isOutOfRange() accepts everything in between", () => {
    expect(readClock(Buffer.from("08:00:0"), 0, 7)).toBe(-1);
    expect(isOutOfRange(Date.UTC(2026, 10, 22))).toBe(false);
  });
});

describe("noise", () => {
  const bytesOf = (text: string): [Buffer, number, number] => [
    Buffer.from(`x${text}x`),
    1,
    1 + Buffer.byteLength(text),
  ];

  test.each([
    "AMProbe/Local/ClientAccess",
    "Ews_AM_Probe/Local",
    "OWA_am_probe/1",
    "MapiHttpClient",
    "x ActiveMonitor y",
  ])("agent %s", (agent) => {
    expect(isProbeAgent(...bytesOf(agent))).toBe(true);
  });

  test.each(["", "-", "Microsoft Office/16.0", "AMProb", "ActiveMonito", "AM Probe", "MapiHttp Client"])(
    "not a probe's agent: %s",
    (agent) => {
      expect(isProbeAgent(...bytesOf(agent))).toBe(false);
    },
  );

  test.each(["HealthMailbox1", "CONTOSO\\healthmailbox1", "SMTP~HealthMailbox1@x", "MailboxGuid~HEALTHMAILBOX"])(
    "user %s",
    (user) => {
      expect(isProbeUser(...bytesOf(user))).toBe(true);
    },
  );

  test.each(["", "anna", "MyHealthMailbox", "Health Mailbox", "HealthMailbo", "1HealthMailbox"])(
    "not a probe's user: %s",
    (user) => {
      expect(isProbeUser(...bytesOf(user))).toBe(false);
    },
  );

  test.each([
    ["/owa/healthcheck.htm", true],
    ["/EWS/HealthCheck.HTM", true],
    ["/healthcheck.htm", false],
    ["/ews/healthcheck.html", false],
    ["", false],
  ])("page %s", (page, wanted) => {
    expect(isProbePage(...bytesOf(page))).toBe(wanted);
  });

  test("NoiseFinder gives the same answers about agents as isProbeAgent(), also after it dropped entries", () => {
    const remembered = new NoiseFinder(new NoiseRules({ addresses: [], agents: [] }));
    const agents = Array.from({ length: 3_000 }, (_, at) => (at % 3 === 0 ? `AMProbe/${at}` : `Outlook/${at}`));
    for (const agent of [...agents, ...agents.reverse(), ...agents]) {
      const bytes = Buffer.from(agent);
      expect(remembered.isAgent(textKeyOf(agent), bytes, 0, bytes.length)).toBe(isProbeAgent(bytes, 0, bytes.length));
    }
    expect(remembered.isAgent(0, Buffer.alloc(0), 0, 0)).toBe(false);
  });
});

describe("headers", () => {
  test("a header without a required column makes its rows unreadable until the next header", () => {
    const lines = [
      "#Fields: date time c-ip",
      "2026-11-22 08:00:00 198.51.100.7",
      "#Fields: date time sc-status",
      "2026-11-22 08:00:00 200",
    ];
    expect(
      parseLines(FORMATS.iis, IIS_PLACE, lines).map((line) => (line.kind === "unreadable" ? line.reason : line.kind)),
    ).toEqual(["header", "missing_field", "header", "row"]);
    expect(parseLines(FORMATS.ews, EWS_PLACE, ["DateTime,Else", "2026-11-22T08:00:00Z,x"])[1]).toEqual({
      kind: "unreadable",
      reason: "missing_field",
    });
  });

  test("the CR of a line does not belong to its last field", () => {
    expect(
      parseLines(FORMATS.iis, IIS_PLACE, ["#Fields: date time sc-status\r", "2026-11-22 08:00:00 200\r"])[1],
    ).toMatchObject({ row: { status: 200 } });
    expect(parseLines(FORMATS.ews, EWS_PLACE, [`${EWS_FIELDS}\r`, "2026-11-22T08:00:00Z,200,,7\r"])[1]).toMatchObject({
      row: { processId: 7 },
    });
  });

  test("the schema of another log is not accepted", () => {
    const schema = FORMATS.iis.schemaFrom("#Fields: date time sc-status");
    const row = Buffer.from("2026-11-22T08:00:00Z,200,,7");
    expect(FORMATS.ews.parse(row, 0, row.length, schema, EWS_PLACE)).toEqual({
      kind: "unreadable",
      reason: "no_schema",
    });
    expect(FORMATS.iis.parse(row, 0, row.length, { header: "#Fields: date", missing: [] }, IIS_PLACE)).toEqual({
      kind: "unreadable",
      reason: "no_schema",
    });
  });

  test("NUL bytes left by a crash before a line are skipped; a line of only NULs is not a line", () => {
    const nuls = "\0".repeat(40);
    const lines = [`${nuls}#Fields: date time sc-status`, `${nuls}2026-11-22 08:00:00 200`, nuls];
    expect(parseLines(FORMATS.iis, IIS_PLACE, lines)).toMatchObject([
      { kind: "header", schema: { header: "columns" } },
      { kind: "row" },
      { kind: "unreadable", reason: "encoding" },
    ]);
    expect(
      parseLines(FORMATS.ews, EWS_PLACE, [`${nuls}${EWS_FIELDS}`, `${nuls}2026-11-22T08:00:00Z,200,,7`, nuls]),
    ).toMatchObject([
      { kind: "header", schema: { header: "columns" } },
      { kind: "row" },
      { kind: "unreadable", reason: "encoding" },
    ]);
  });

  test.each([
    ["InvalidSignature", "invalid_signature"],
    ["InvalidUser-BE", "invalid_user"],
    ["token_expired", "token_expired"],
    ["WrongAudience: Expected", "invalid_resource"],
    ["None", null],
    ["no such name", null],
    ["", null],
  ])("a column for errors may contain only the name: %s", (text, category) => {
    const [, ews] = parseLines(FORMATS.ews, EWS_PLACE, [
      "DateTime,HttpStatus,AuthenticationErrors",
      `2026-11-22T08:00:00Z,401,${text}`,
    ]);
    const [, mapi] = parseLines(
      FORMATS.mapi_http,
      classifyPath("Logging/MapiHttp/Mailbox/MapiHttp_2026112208-1.LOG")!,
      ["DateTime,HttpStatusCode,OAuthError", `2026-11-22T08:00:00Z,401,${text}`],
    );
    expect([ews, mapi]).toMatchObject([{ row: { category } }, { row: { category } }]);
  });

  test("a short row contains nothing of the previous row", () => {
    const iis = parseLines(FORMATS.iis, IIS_PLACE, [
      "#Fields: date time sc-status cs-username c-ip cs-uri-query",
      "2026-11-22 08:00:00 200 anna 198.51.100.7 User=a",
      "2026-11-22 08:00:00 200 -",
      "2026-11-22 08:00:00 200",
    ]);
    for (const row of iis.slice(2)) expect(row).toMatchObject({ row: { hasUser: false, ipKey: 0, idsKey: 0 } });
    const ews = parseLines(FORMATS.ews, EWS_PLACE, [
      EWS_FIELDS,
      "2026-11-22T08:00:00Z,401,OAuthErrorCategory=InvalidUser,7",
      "2026-11-22T08:00:00Z,401",
      '2026-11-22T08:00:00Z,"401"',
    ]);
    for (const row of ews.slice(2)) expect(row).toMatchObject({ row: { category: null, processId: 0 } });
  });

  test("two rows are two objects, and a row does not change when later rows are read", () => {
    const [, first, second] = parseLines(FORMATS.ews, EWS_PLACE, [
      EWS_FIELDS,
      "2026-11-22T08:00:00Z,200,,7",
      "2026-11-23T08:00:00Z,401,,8",
    ]);
    expect(first).toMatchObject({ row: { atMs: Date.UTC(2026, 10, 22, 8), status: 200, processId: 7 } });
    expect(second).toMatchObject({ row: { atMs: Date.UTC(2026, 10, 23, 8), status: 401, processId: 8 } });
  });
});

describe("createFormats()", () => {
  test("reason patterns are used for every log that shows reasons", () => {
    const formats = createFormats({ reasonPatterns: [{ pattern: "jeton refuse", category: "invalid_token" }] });
    const ews = parseLines(formats.ews, EWS_PLACE, [EWS_FIELDS, "2026-11-22T08:00:00Z,401,le jeton refuse,7"])[1];
    expect(ews).toMatchObject({ row: { category: "invalid_token", isBackEndReason: true, scheme: "bearer" } });
    const iis = parseLines(formats.iis, IIS_PLACE, [
      "#Fields: date time sc-status X-MS-Diagnostics",
      "2026-11-22 08:00:00 401 jeton+refuse",
    ])[1];
    expect(iis).toMatchObject({ row: { category: "invalid_token", isBackEndReason: false, showsReasons: true } });
    expect(
      parseLines(FORMATS.ews, EWS_PLACE, [EWS_FIELDS, "2026-11-22T08:00:00Z,401,le jeton refuse,7"])[1],
    ).toMatchObject({ row: { category: null } });
  });

  test("the reason is found in rows of the back end's site, with a back-end status 401, and in any name of the custom field", () => {
    const header = "#Fields: date time sc-status sc(X-MS-Diagnostics)";
    const row = '2026-11-22 08:00:00 401 2000002;reason="x"';
    expect(parseLines(FORMATS.iis, IIS_PLACE, [header, row])[1]).toMatchObject({
      row: { category: "token_expired", isBackEndReason: false, showsReasons: true },
    });
    expect(parseLines(FORMATS.iis, { ...IIS_PLACE, isBackEnd: true }, [header, row])[1]).toMatchObject({
      row: { category: "token_expired", isBackEndReason: true },
    });
    const proxy = classifyPath("Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG")!;
    const rows = [
      "2026-11-22T08:00:00Z,503,401,2000002;reason=x",
      "2026-11-22T08:00:00Z,503,,2000002;reason=x",
      "2026-11-22T08:00:00Z,401,,2000002;reason=x",
    ];
    expect(
      parseLines(FORMATS.http_proxy, proxy, ["DateTime,HttpStatus,BackEndStatus,GenericInfo", ...rows]).slice(1),
    ).toMatchObject([
      { row: { category: "token_expired", isBackEndReason: true } },
      { row: { category: "token_expired", isBackEndReason: false } },
      { row: { category: "token_expired", isBackEndReason: false } },
    ]);
  });

  test.each([
    ["2000000", "invalid_signature"],
    ['2000010;reason="The+tok', "unknown"],
    ["4000000;rea", "oauth_not_available"],
    ["20000001;x", null],
    ["-", null],
  ])("a field of x-ms-diagnostics that contains %s", (value, category) => {
    const header = "#Fields: date time sc-status x-ms-diagnostics";
    expect(parseLines(FORMATS.iis, IIS_PLACE, [header, `2026-11-22 08:00:00 401 ${value}`])[1]).toMatchObject({
      row: { category },
    });
  });

  test.each([
    ["FrontEnd;401;VW5hdXRob3JpemVk;;;;", false],
    ["BackEnd;401;VW5hdXRob3JpemVk;;;;", true],
    ["x", false],
  ])("a field of X-FailureContext that contains %s shows the end that refused", (context, isBackEndReason) => {
    const header = "#Fields: date time sc-status x-ms-diagnostics X-FailureContext";
    const row = `2026-11-22 08:00:00 401 2000000;reason="x" ${context}`;
    expect(parseLines(FORMATS.iis, IIS_PLACE, [header, row])[1]).toMatchObject({ row: { isBackEndReason } });
  });

  test("a reason that is only in X-FailureContext", () => {
    const header = "#Fields: date time sc-status X-FailureContext";
    const text = Buffer.from("The token has an invalid signature.").toString("base64");
    expect(
      parseLines(FORMATS.iis, IIS_PLACE, [header, `2026-11-22 08:00:00 401 BackEnd;401;${text};;;;`])[1],
    ).toMatchObject({ row: { category: "invalid_signature", isBackEndReason: true } });
  });

  test.each([
    { port: "444", isBackEnd: false, source: "iis_back", appPool: "MSExchangeMapiMailboxAppPool" },
    { port: "443", isBackEnd: true, source: "iis_front", appPool: "MSExchangeMapiFrontEndAppPool" },
    { port: "8443", isBackEnd: true, source: "iis_back", appPool: "MSExchangeMapiMailboxAppPool" },
    { port: "-", isBackEnd: false, source: "iis_front", appPool: "MSExchangeMapiFrontEndAppPool" },
  ])("port $port in a log in a back-end folder: $isBackEnd", ({ port, isBackEnd, source, appPool }) => {
    const header = "#Fields: date time cs-uri-stem s-port sc-status";
    const row = `2026-11-22 08:00:00 /mapi/emsmdb/ ${port} 200`;
    expect(parseLines(FORMATS.iis, { ...IIS_PLACE, isBackEnd }, [header, row])[1]).toMatchObject({
      row: { source, appPool },
    });
  });

  test("a missing column gives null", () => {
    const header = "#Fields: date time cs-uri-stem sc-status";
    expect(parseLines(FORMATS.iis, IIS_PLACE, [header, "2026-11-22 08:00:00 /ews 401"])[1]).toMatchObject({
      row: { subStatus: null, win32Status: null, hasUser: null, requestKey: 0, ipKey: 0, userAgentKey: 0 },
    });
  });

  test.each([
    ["/EWS/Exchange.asmx/WSSecurity", false],
    ["/autodiscover/autodiscover.svc/WSSecurity/SymmetricKey", false],
    ["/EWS/Exchange.asmx/wssecurity/X509Cert", false],
    ["/rpc/rpcproxy.dll", false],
    ["/EWS/Exchange.asmx", true],
    ["/ews/wssecurityx", true],
  ])("%s accepts Bearer tokens: %s", (stem, takesBearer) => {
    const header = "#Fields: date time cs-uri-stem sc-status";
    expect(parseLines(FORMATS.iis, IIS_PLACE, [header, `2026-11-22 08:00:00 ${stem} 401`])[1]).toMatchObject({
      row: { takesBearer },
    });
  });

  test.each([
    ["ex01.contoso.example", "ex01"],
    ["EX01:444", "ex01"],
    ["Server~ex02", "server"],
    ["user1@contoso.example", ""],
    ["CONTOSO\\user1", ""],
    ["eyJhbGciOiJSUzI1NiJ9_x", ""],
    [`${"a".repeat(64)}.example`, ""],
    ["-", ""],
  ])("a server's name is a host label: %s", (cell, peerServer) => {
    const place = classifyPath("Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG")!;
    const [, row] = parseLines(FORMATS.http_proxy, place, [
      "DateTime,HttpStatus,TargetServer",
      `2026-11-22T08:00:00Z,200,${cell}`,
    ]);
    expect(row).toMatchObject({ row: { peerServer } });
  });

  test("a reason is only searched in refused requests", () => {
    const categories = [200, 302, 400, 401, 403, 404, 500, 503].map((status) => {
      const parsed = parseLines(FORMATS.ews, EWS_PLACE, [
        EWS_FIELDS,
        `2026-11-22T08:00:00Z,${status},OAuthErrorCategory=InvalidToken,7`,
      ])[1]!;
      return parsed.kind === "row" && parsed.row.kind === "request" && parsed.row.category !== null ? status : null;
    });
    expect(categories.filter((status) => status !== null)).toEqual([401, 403, 500, 503]);
  });
});
