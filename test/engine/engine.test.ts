import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createEngine, LIVE_LIMITS, serverOf, type Engine, type EngineLimits } from "../../src/engine/create-engine.ts";
import { acceptRow } from "../../src/engine/accept-row.ts";
import { advance, finaliseAll, notePresent } from "../../src/engine/engine.ts";
import { restoreEngine } from "../../src/engine/engine-state.ts";
import { dumpEngine } from "./dump-engine.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { NO_FACTS } from "../../src/engine/organisation-facts.ts";
import { findingsOf, rawRowsOf } from "../../src/engine/incidents/findings.ts";
import type { RawRow } from "../../src/model/finding.ts";
import type { LogKind, Row } from "../../src/model/row.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { requestRow, T0, type RowSketch } from "./rows.ts";

const IIS: LogKind = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };
const PROXY: LogKind = { format: "http_proxy", protocol: "ews", isBackEnd: false, encoding: "utf8" };

interface Placed {
  server: string;
  row: Row;
  fileKey: number;
  offset: number;
}

const FILES = [
  "",
  "LogFiles/W3SVC1/u_ex261122.log",
  "Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG",
  "events/system.xml",
  "events/again.xml",
];

function engineOf(mode: "live" | "history", logs: LogKind[], limits: EngineLimits = LIVE_LIMITS): Engine {
  const engine = createEngine({ rules: DEFAULT_RULES, limits, mode });
  for (const server of ["EX01", "EX02"]) for (const log of logs) notePresent(engine, server, { log });
  return withFiles(engine);
}

/** Files announced as by the follower, at the start and after a restart. */
function withFiles(engine: Engine): Engine {
  for (const [fileKey, path] of FILES.entries()) engine.files.note(fileKey, { server: "EX01", path });
  return engine;
}

function counts(engine: Engine): Record<string, number> {
  const found: Record<string, number> = {};
  for (const server of engine.servers) {
    for (const value of serverMetrics(viewAt(engine, T0 + 1e9), server)) {
      if (value.kind !== "value" || value.metric !== "hma_requests_total") continue;
      const key = `${value.labels["scheme"]} ${value.labels["result"]}`;
      found[key] = (found[key] ?? 0) + value.value;
    }
  }
  return found;
}

function run(rows: Row[], logs: LogKind[], mode: "live" | "history" = "history"): Engine {
  const engine = engineOf(mode, logs);
  rows.forEach((row, index) =>
    acceptRow(engine, {
      server: "EX01",
      row,
      position: { fileKey: row.kind === "request" && row.source === "iis_front" ? 1 : 2, offset: index },
      clockMs: T0,
    }),
  );
  finaliseAll(engine);
  return engine;
}

describe("a refused request that both front-end logs showed", () => {
  const refused = (more: RowSketch = {}): Row[] => [
    requestRow("iis_front", T0, { id: "r1", status: 401 }),
    requestRow("http_proxy", T0 + 500, { id: "r1", status: 401, category: "invalid_signature", ...more }),
  ];
  const openAfter = (rows: Row[]): number => {
    const engine = engineOf("history", [IIS, PROXY]);
    rows.forEach((row, offset) => {
      acceptRow(engine, { server: "EX01", row, position: { fileKey: 1, offset }, clockMs: T0 });
    });
    return engine.table.size;
  };

  test("needs no further row if the front end logged the reason, and a copy of its rows is not counted again", () => {
    expect(openAfter(refused())).toBe(0);
    expect(openAfter(refused().toReversed())).toBe(0);
    expect(counts(run([...refused(), ...refused()], [IIS, PROXY]))).toEqual({ "bearer rejected": 1 });
  });

  test("is attributed to the same end in any order of the rows, if a back-end log shows it as well", () => {
    const back = requestRow("ews", T0 + 900, {
      id: "r1",
      status: 401,
      category: "invalid_signature",
      isBackEndReason: true,
    });
    const logs: LogKind[] = [IIS, PROXY, { format: "ews", protocol: "ews", isBackEnd: true, encoding: "utf8" }];
    const [first, second] = refused();
    const orders = [
      [first, second, back],
      [back, first, second],
      [second, back, first],
    ].map((rows) => rows.filter((row) => row !== undefined));
    const ends = orders.map((rows) => {
      const engine = engineOf("history", logs);
      rows.forEach((row, offset) => {
        acceptRow(engine, { server: "EX01", row, position: { fileKey: 1, offset }, clockMs: T0 });
      });
      return [...engine.clients.values()].map((client) => engine.attempts.entry(client.first).isBackEnd);
    });
    expect(ends).toEqual([[true], [true], [true]]);
  });

  test.each([
    ["the back end answered", { backEndStatus: 401 }],
    ["the reason came from the back end", { isBackEndReason: true }],
    ["the reason is unknown", { category: "unknown" }],
    ["there is no reason", { category: null }],
  ] as const)("waits for the back-end row when %s", (_name, more) => {
    expect(openAfter(refused(more))).toBe(1);
  });
});

describe("a request is counted once", () => {
  const at = T0 + 500;
  const both = (front: RowSketch, proxy: RowSketch) => [
    requestRow("iis_front", at, { id: "r1", ...front }),
    requestRow("http_proxy", at, { id: "r1", ...proxy }),
  ];
  const cases: { name: string; rows: Row[]; logs?: LogKind[]; want: Record<string, number> }[] = [
    { name: "seen by IIS and HttpProxy", rows: both({}, {}), want: { "bearer success": 1 } },
    {
      name: "a rejection: HttpProxy proves what IIS suspects",
      rows: both({ status: 401 }, { status: 401, category: "invalid_signature" }),
      want: { "bearer rejected": 1 },
    },
    {
      name: "a challenge: HttpProxy gives no reason",
      rows: both({ status: 401 }, { status: 401 }),
      want: { "bearer challenge": 1 },
    },
    {
      name: "the custom field of IIS contains the reason",
      rows: both({ status: 401, showsReasons: true, category: "token_expired" }, { status: 401 }),
      want: { "bearer rejected": 1 },
    },
    {
      name: "only IIS logged a 401 0 0",
      rows: [requestRow("iis_front", at, { id: "r1", status: 401 })],
      want: { "unknown suspected": 1 },
    },
    {
      name: "IIS with the custom field, empty",
      rows: [requestRow("iis_front", at, { id: "r1", status: 401, showsReasons: true })],
      logs: [IIS],
      want: { "unknown challenge": 1 },
    },
    {
      name: "401 2 5",
      rows: [requestRow("iis_front", at, { status: 401, subStatus: 2, win32Status: 5 })],
      want: { "anonymous challenge": 1 },
    },
    {
      name: "a leg of NTLM",
      rows: [requestRow("iis_front", at, { status: 401, subStatus: 1, win32Status: 2148074254 })],
      want: { "negotiate handshake": 1 },
    },
    {
      name: "duplicate rows: a refusal",
      rows: [
        ...both({ status: 401 }, { status: 401, category: "invalid_signature" }),
        ...both({ status: 401 }, { status: 401, category: "invalid_signature" }),
      ],
      want: { "bearer rejected": 1 },
    },
    {
      name: "duplicate rows: a success",
      rows: [...both({}, {}), ...both({}, {})],
      want: { "bearer success": 1 },
    },
    {
      name: "a bad password",
      rows: [requestRow("iis_front", at, { status: 401, subStatus: 1, win32Status: 1326 })],
      want: { "unknown error": 1 },
    },
    {
      name: "an NTLM leg that HttpProxy shows",
      rows: both({ status: 401, subStatus: 1, win32Status: 2148074254 }, { status: 401, scheme: "ntlm" }),
      want: { "ntlm handshake": 1 },
    },
    {
      name: "Extended Protection refuses NTLM",
      rows: both({ status: 401, subStatus: 1, win32Status: 2148074310 }, { status: 401, scheme: "ntlm" }),
      want: { "ntlm error": 1 },
    },
    {
      name: "the back end refuses the token",
      rows: both({ status: 401 }, { status: 401, backEndStatus: 401 }),
      want: { "bearer rejected": 1 },
    },
    { name: "a server error", rows: both({ status: 500 }, { status: 500 }), want: { "bearer error": 1 } },
    {
      name: "back-end rows add no request",
      rows: [
        ...both({}, {}),
        requestRow("iis_back", at, {}),
        requestRow("ews", at, { id: "r1" }),
        requestRow("ews", at, { id: "r9" }),
      ],
      want: { "bearer success": 1 },
    },
    {
      name: "without front-end logs the back end's rows count",
      rows: [
        requestRow("mapi_http", at, {
          id: "r1",
          protocol: "mapi",
          status: 401,
          category: "invalid_signature",
          isBackEndReason: true,
        }),
      ],
      logs: [],
      want: { "bearer rejected": 1 },
    },
    {
      name: "the back end logs the reason",
      rows: [
        requestRow("http_proxy", at, { id: "r1", protocol: "mapi", status: 401, backEndStatus: 401 }),
        requestRow("mapi_http", at, {
          id: "r1",
          protocol: "mapi",
          status: 401,
          category: "invalid_user",
          isBackEndReason: true,
        }),
      ],
      logs: [],
      want: { "bearer rejected": 1 },
    },
  ];
  test.each(cases)("$name", ({ rows, want, logs = [IIS, PROXY] }) => {
    expect(counts(run(rows, logs))).toEqual(want);
    expect(counts(run([...rows].reverse(), logs))).toEqual(want);
    expect(counts(run(rows, logs, "live"))).toEqual(want);
  });

  test.each(["live", "history"] as const)(
    "a back-end row is not a request if the logs of its front end are read (%s)",
    (mode) => {
      const behind = (id: string, peerServer: string) =>
        requestRow("mapi_http", at - 5, { id, protocol: "mapi", peerServer });
      for (const [peerServer, own] of [
        ["ex01", 0],
        ["ex09", 1],
        ["", 1],
      ] as const) {
        const engine = createEngine({ rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode });
        notePresent(engine, "EX01.contoso.example", { log: { ...PROXY, protocol: "mapi" } });
        acceptRow(engine, {
          server: "EX02",
          row: behind("r1", peerServer),
          position: { fileKey: 1, offset: 0 },
          clockMs: T0,
        });
        acceptRow(engine, {
          server: "EX01.contoso.example",
          row: requestRow("http_proxy", at, { id: "r1", protocol: "mapi" }),
          position: { fileKey: 2, offset: 0 },
          clockMs: T0,
        });
        finaliseAll(engine);
        expect(counts(engine)).toEqual({ "bearer success": 1 + own });
      }
    },
  );

  test.each([
    { minutes: 2.2, want: { "bearer rejected": 1 } },
    { minutes: 9.5, want: { "bearer rejected": 1 } },
    { minutes: 10.5, want: { "unknown suspected": 1 } },
  ])(
    "an HttpProxy row that arrives $minutes minutes late is not counted in addition to the IIS row",
    ({ minutes, want }) => {
      const engine = engineOf("live", [IIS, PROXY]);
      acceptRow(engine, {
        server: "EX01",
        row: requestRow("iis_front", T0, { id: "r", status: 401 }),
        position: { fileKey: 1, offset: 0 },
        clockMs: T0,
      });
      for (let second = 0; second < minutes * 60; second += 10) advance(engine, T0 + second * 1000, T0 + second * 1000);
      const [pool] = serverOf(engine, "EX01").pools.values();
      expect(pool?.clientKeys.size).toBe(1);
      const late = requestRow("http_proxy", T0, { id: "r", status: 401, category: "invalid_signature" });
      acceptRow(engine, {
        server: "EX01",
        row: late,
        position: { fileKey: 2, offset: 0 },
        clockMs: T0 + minutes * 60_000,
      });
      expect(counts(engine)).toEqual(want);
      advance(engine, T0 + 3_600_000, T0 + 3_600_000);
      expect(counts(engine)).toEqual(want);
    },
  );

  test("a 401 0 0 without an HttpProxy row stays suspected, whatever else that log contains", () => {
    const proxied = (minutes: number) =>
      requestRow("http_proxy", T0 + minutes * 60_000, { id: `p${minutes}`, client: "b" });
    const asked = requestRow("iis_front", T0, { id: "r", status: 401 });
    const want = { "bearer success": 2, "unknown suspected": 1 };
    expect(counts(run([proxied(-2), asked, proxied(2)], [IIS, PROXY]))).toEqual(want);
    expect(counts(run([asked, proxied(2), proxied(-2)], [IIS, PROXY]))).toEqual(want);
    expect(counts(run([proxied(-20), asked, proxied(20)], [IIS, PROXY]))).toEqual(want);
  });

  test("an IIS row without an id is not counted in addition to the HttpProxy row of its request", () => {
    const bare = requestRow("iis_front", T0, {});
    const other = requestRow("iis_front", T0 + 40_000, {});
    const proxied = requestRow("http_proxy", T0 + 300, { id: "p" });
    const want = { "bearer success": 1, "unknown success": 1 };
    expect(counts(run([bare, proxied, other], [IIS, PROXY]))).toEqual(want);
    expect(counts(run([proxied, other, bare], [IIS, PROXY]))).toEqual(want);
  });

  test("live, an IIS row waits for the HttpProxy log of a protocol whose folder does not exist yet", () => {
    const engine = engineOf("live", [IIS, PROXY]);
    acceptRow(engine, {
      server: "EX01",
      row: requestRow("iis_front", T0, { id: "r", protocol: "oab" }),
      position: { fileKey: 1, offset: 0 },
      clockMs: T0,
    });
    expect(counts(engine)).toEqual({});
    acceptRow(engine, {
      server: "EX01",
      row: requestRow("http_proxy", T0, { id: "r", protocol: "oab" }),
      position: { fileKey: 2, offset: 0 },
      clockMs: T0 + 9_000,
    });
    expect(counts(engine)).toEqual({ "bearer success": 1 });
  });

  test("an HttpProxy row is counted at once", () => {
    const engine = engineOf("live", [IIS, PROXY]);
    acceptRow(engine, {
      server: "EX01",
      row: requestRow("http_proxy", T0, { id: "r" }),
      position: { fileKey: 2, offset: 0 },
      clockMs: T0,
    });
    expect(counts(engine)).toEqual({ "bearer success": 1 });
  });
});

/** Ten clients in a loop, with both rows of each request, except for some requests. */
function storm(): Placed[] {
  const placed: Placed[] = [];
  let offset = 0;
  for (let client = 1; client <= 6; client++) {
    for (let turn = 0; turn < 8; turn++) {
      const atMs = T0 + client * 700 + turn * 9_100;
      const isLast = turn === 7 && client % 2 === 0;
      const id = `${client}-${turn}`;
      const status = isLast ? 200 : 401;
      offset += 100;
      if (turn !== 3)
        placed.push({
          server: "EX01",
          row: requestRow("http_proxy", atMs, {
            id,
            client: `${client}`,
            status,
            category: isLast ? null : "invalid_signature",
          }),
          fileKey: 2,
          offset,
        });
      placed.push({
        server: "EX01",
        row: requestRow("iis_front", atMs, { id, client: `${client}`, status, idsKey: client }),
        fileKey: 1,
        offset,
      });
    }
  }
  const crash: Row = {
    kind: "event",
    atMs: T0 - 30_000,
    eventKey: 1,
    label: "WAS 5011",
    event: { fact: "worker_recycled", appPool: "MSExchangeServicesAppPool", processId: 7, reason: "crash" },
  };
  // The same event is exported twice.
  placed.push(
    { server: "EX01", row: crash, fileKey: 3, offset: 40 },
    { server: "EX01", row: crash, fileKey: 4, offset: 0 },
  );
  return placed;
}

function findings(
  placed: readonly Placed[],
  mode: "live" | "history",
  step: (engine: Engine, index: number) => Engine = (engine) => engine,
): unknown {
  let engine = engineOf(mode, [IIS, PROXY]);
  placed.forEach(({ server, row, fileKey, offset }, index) => {
    acceptRow(engine, { server, row, position: { fileKey, offset }, clockMs: T0 + 1_000_000 });
    engine = step(engine, index);
  });
  finaliseAll(engine);
  const found = findingsOf(viewAt(engine, T0 + 1e9), { secret: "secret", keyChanges: [] });
  return {
    found,
    counts: counts(engine),
    rows: found.incidents.map((incident) => rawRowsOf(viewAt(engine, T0 + 1e9), incident.id)),
  };
}

describe("findings", () => {
  test("contain the fault of KB 4559435 with its evidence", () => {
    const { found } = findings(storm(), "history") as { found: ReturnType<typeof findingsOf> };
    expect(found.incidents).toHaveLength(1);
    expect(found.incidents[0]).toMatchObject({
      server: "EX01",
      appPool: "MSExchangeServicesAppPool",
      cause: "stale_keys_after_recycle",
      clients: 6,
      proven: true,
      confidence: 0.7,
    });
    expect(found.incidents[0]?.evidence.map((one) => one.kind)).toEqual([
      "recycle",
      "first_bearer",
      "rejections",
      "recovery",
    ]);
    expect(found.loops).toHaveLength(6);
    expect(found.loops.filter((loop) => loop.outcome === "recovered")).toHaveLength(3);
    expect(found.recycles).toEqual([
      {
        server: "EX01",
        appPool: "MSExchangeServicesAppPool",
        at: new Date(T0 - 30_000).toISOString(),
        reason: "crash",
      },
    ]);
  });

  test.each([
    { source: "iis_front", sketch: { category: "invalid_user", showsReasons: true }, log: IIS, wanted: "iis" },
    { source: "http_proxy", sketch: { category: "invalid_user" }, log: PROXY, wanted: "http_proxy" },
    { source: "ews", sketch: { category: "invalid_user" }, log: null, wanted: "ews" },
    { source: "mapi_http", sketch: { category: "invalid_user", protocol: "mapi" }, log: null, wanted: "mapi_http" },
  ] as const)("show the log that contains the refusals: $source", ({ source, sketch, log, wanted }) => {
    const engine = createEngine({ rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "history" });
    if (log !== null) notePresent(engine, "EX01", { log });
    for (let turn = 0; turn < 6; turn++) {
      for (const client of ["1", "2", "3"])
        acceptRow(engine, {
          server: "EX01",
          row: requestRow(source, T0 + turn * 9_000, { client, status: 401, ...sketch }),
          position: { fileKey: 1, offset: turn },
          clockMs: T0,
        });
    }
    finaliseAll(engine);
    expect(
      findingsOf(viewAt(engine, T0 + 1e9), { secret: "secret", keyChanges: [] }).incidents[0]?.evidence.map((one) => [
        one.kind,
        one.source,
      ]),
    ).toEqual([["rejections", wanted]]);
  });

  test("an incident stays open while one of its loops may continue", () => {
    const engine = createEngine({ rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "live" });
    const last = T0 + 5 * 9_000;
    for (let turn = 0; turn < 6; turn++) {
      for (const client of ["1", "2", "3"])
        acceptRow(engine, {
          server: "EX01",
          row: requestRow("http_proxy", T0 + turn * 9_000, { client, status: 401, category: "invalid_user" }),
          position: { fileKey: 1, offset: turn },
          clockMs: T0 + turn * 9_000,
        });
    }
    const endAfter = (minutes: number) => {
      const nowMs = last + minutes * 60_000;
      advance(engine, nowMs, nowMs);
      return findingsOf(viewAt(engine, nowMs), { secret: "secret", keyChanges: [] }).incidents[0]?.end;
    };
    expect([6, 9, 11].map(endAfter)).toEqual([null, null, new Date(last).toISOString()]);
  });

  test("keep a clock's measured offset as evidence after the clock was corrected", () => {
    const engine = engineOf("history", [IIS, PROXY]);
    engine.facts = {
      ...NO_FACTS,
      clockOffsets: [
        [-3_600_000, 0],
        [60_000, -420],
        [1_800_000, 0],
      ].map(([afterMs = 0, seconds = 0]) => ({ atMs: T0 + afterMs, server: "EX01", seconds })),
    };
    for (const { server, row, fileKey, offset } of storm()) {
      if (row.kind === "request")
        acceptRow(engine, {
          server,
          row: row.category === null ? row : { ...row, category: "token_expired" },
          position: { fileKey, offset },
          clockMs: T0,
        });
    }
    finaliseAll(engine);
    const [incident] = findingsOf(viewAt(engine, T0 + 1e9), { secret: "secret", keyChanges: [] }).incidents;
    expect(incident?.cause).toBe("clock_skew");
    expect(incident?.evidence).toContainEqual(
      expect.objectContaining({ kind: "clock_offset", text: "the server's clock is off by -420 s" }),
    );
  });

  test("use the probe result of the app pool at that time as evidence", () => {
    const named = (probe: Engine["facts"]["probe"]) => {
      const engine = engineOf("history", [IIS, PROXY]);
      engine.facts = { ...NO_FACTS, probe };
      for (const { server, row, fileKey, offset } of storm())
        if (row.kind === "request") acceptRow(engine, { server, row, position: { fileKey, offset }, clockMs: T0 });
      finaliseAll(engine);
      return findingsOf(viewAt(engine, T0 + 1e9), { secret: "secret", keyChanges: [] }).incidents[0];
    };
    const seen = {
      server: "ex01.contoso.com",
      protocol: "ews",
      speaksFor: "stale_keys_after_recycle",
      reason: "signature",
      seconds: null,
      fromMs: T0 - 60_000,
      toMs: T0,
      isOpen: true,
    } as const;
    expect(named([seen])?.evidence).toContainEqual({
      at: new Date(T0 - 60_000).toISOString(),
      kind: "probe",
      text: "probe of ews: the worker does not hold the key that signed the token",
      source: "probe",
    });
    for (const other of [
      { ...seen, server: "EX02" },
      { ...seen, protocol: "mapi" as const },
      { ...seen, fromMs: T0 - 7_200_000, toMs: T0 - 3_600_000 },
    ])
      expect(named([other])?.evidence).not.toContainEqual(expect.objectContaining({ kind: "probe" }));
  });

  test("do not depend on the order of rows, live and in history", () => {
    const want = findings(storm(), "history");
    fc.assert(
      fc.property(
        fc.shuffledSubarray(storm(), { minLength: storm().length }),
        fc.constantFrom("live" as const, "history" as const),
        (rows, mode) => {
          expect(findings(rows, mode)).toEqual(want);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("are the same after storing and loading the state at any row", () => {
    const want = findings(storm(), "live");
    const revive = (engine: Engine): Engine => withFiles(restoreEngine(engine.options, dumpEngine(engine)));
    expect(findings(storm(), "live", (engine, index) => (index % 5 === 0 ? revive(engine) : engine))).toEqual(want);
  });

  test("continue from a state record without row positions", () => {
    const older = (text: string): string =>
      text
        .replaceAll(/,?"(?:firstPlace|lastPlace)":\{[^}]*\}/g, "")
        .replaceAll(/,?"places":\[(?:[^[\]]|\[[^\]]*\])*\]/g, "");
    const revive = (engine: Engine): Engine =>
      withFiles(restoreEngine(engine.options, JSON.parse(older(JSON.stringify(dumpEngine(engine))))));
    const { found, rows } = findings(storm(), "live", (engine, index) => (index === 60 ? revive(engine) : engine)) as {
      found: ReturnType<typeof findingsOf>;
      rows: RawRow[][];
    };
    const want = findings(storm(), "live") as { found: ReturnType<typeof findingsOf> };
    const bare = ({ incidents, ...rest }: typeof found) => ({
      ...rest,
      incidents: incidents.map(({ evidence, ...incident }) => ({
        ...incident,
        evidence: evidence.map(({ place: _, ...piece }) => piece),
      })),
    });
    expect(bare(found)).toEqual(bare(want.found));
    expect(rows[0]?.length).toBeGreaterThan(0);
  });

  test("contain the positions of the incident's log rows", () => {
    const { found, rows } = findings(storm(), "history") as { found: ReturnType<typeof findingsOf>; rows: RawRow[][] };
    const evidence = found.incidents[0]?.evidence ?? [];
    expect(evidence.map(({ kind, place }) => [kind, place?.file, place?.offset])).toEqual([
      ["recycle", "events/system.xml", 40],
      ["first_bearer", undefined, undefined],
      ["rejections", FILES[2], 100],
      ["recovery", undefined, undefined],
    ]);
    const [own = []] = rows;
    expect(own[0]).toEqual({
      at: new Date(T0 - 30_000).toISOString(),
      what: "recycle",
      server: "EX01",
      file: "events/system.xml",
      offset: 40,
    });
    expect(own.filter(({ what }) => what === "first_refusal")).toHaveLength(6);
    expect(own.filter(({ what }) => what === "last_refusal")).toHaveLength(6);
    expect(own.map(({ at }) => at)).toEqual(own.map(({ at }) => at).toSorted());
  });

  test("contain at most twenty rows, including the first and the last refusal", () => {
    const many: Placed[] = [];
    for (let client = 1; client <= 40; client++) {
      for (let turn = 0; turn < 6; turn++)
        many.push({
          server: "EX01",
          row: requestRow("http_proxy", T0 + client * 100 + turn * 9_000, {
            id: `${client}-${turn}`,
            client: `${client}`,
            status: 401,
            category: "invalid_signature",
          }),
          fileKey: 2,
          offset: client * 1_000 + turn,
        });
    }
    const { rows } = findings(many, "history") as { rows: RawRow[][] };
    expect(rows[0]).toHaveLength(20);
    expect(rows[0]?.[0]).toMatchObject({ what: "first_refusal", offset: 1_000 });
    expect(rows[0]?.at(-1)).toMatchObject({ what: "last_refusal", offset: 40_005 });
  });
});

describe("live, IIS rows come a minute later than HttpProxy rows, and have an additional ClientId", () => {
  /** Each client is served, then refused every 10 s for two minutes. IIS rows arrive at the end of each minute. */
  function minutes(): { arrivesMs: number; row: Row; place: { fileKey: number; offset: number } }[] {
    const arrivals: { arrivesMs: number; row: Row; place: { fileKey: number; offset: number } }[] = [];
    for (const client of [1, 2, 3]) {
      for (let turn = 0; turn < 14; turn++) {
        const atMs = T0 + client * 700 + (turn === 0 ? 0 : 50_000 + turn * 10_000);
        const status = turn === 0 ? 200 : 401;
        const sketch = { id: `${client}-${turn}`, client: `${client}`, status };
        const place = { offset: arrivals.length * 100 };
        arrivals.push({
          arrivesMs: atMs,
          row: requestRow("http_proxy", atMs, {
            ...sketch,
            idsKey: client,
            category: status === 401 ? "invalid_signature" : null,
          }),
          place: { ...place, fileKey: 2 },
        });
        arrivals.push({
          arrivesMs: Math.ceil((atMs + 1) / 60_000) * 60_000,
          row: requestRow("iis_front", atMs, { ...sketch, idsKey: 1_000 + client }),
          place: { ...place, fileKey: 1 },
        });
      }
    }
    return arrivals.sort((a, b) => a.arrivesMs - b.arrivesMs);
  }

  test.each([
    { name: "undisturbed", restart: false },
    { name: "restarted at every row", restart: true },
  ])("a loop is open from the fifth refusal on, and a client is counted once: $name", ({ restart }) => {
    let engine = engineOf("live", [IIS, PROXY]);
    const open: number[] = [];
    for (const { arrivesMs, row, place } of minutes()) {
      acceptRow(engine, { server: "EX01", row, position: place, clockMs: arrivesMs });
      advance(engine, arrivesMs, arrivesMs);
      if (restart) engine = withFiles(restoreEngine(engine.options, dumpEngine(engine)));
      open.push(
        findingsOf(viewAt(engine, arrivesMs), { secret: "secret", keyChanges: [] }).loops.filter(
          ({ end }) => end === null,
        ).length,
      );
      if (row.kind === "request" && row.source === "http_proxy" && row.atMs >= T0 + 50_000 + 50_000 + 3 * 700)
        expect(open.at(-1)).toBe(3);
    }
    expect(Math.max(...open)).toBe(3);
  });

  test("a client whose IIS row never arrives is counted separately after the waiting time", () => {
    const engine = engineOf("live", [IIS, PROXY]);
    const refused = (id: string, atMs: number) =>
      requestRow("http_proxy", atMs, { id, status: 401, category: "invalid_signature", idsKey: 1 });
    acceptRow(engine, { server: "EX01", row: refused("a", T0), position: { fileKey: 2, offset: 0 }, clockMs: T0 });
    acceptRow(engine, {
      server: "EX01",
      row: requestRow("iis_front", T0, { id: "a", status: 401, idsKey: 9 }),
      position: { fileKey: 1, offset: 0 },
      clockMs: T0,
    });
    acceptRow(engine, {
      server: "EX01",
      row: refused("b", T0 + 1_000),
      position: { fileKey: 2, offset: 100 },
      clockMs: T0 + 1_000,
    });
    const refusedClients = (): number =>
      [...engine.clients.values()].filter(({ base, count }) => base !== null || count > 0).length;
    expect(refusedClients()).toBe(1);
    advance(engine, T0 + 122_000, T0 + 122_000);
    expect(refusedClients()).toBe(2);
    expect(counts(engine)).toEqual({ "bearer rejected": 2 });
  });
});

describe("bounds", () => {
  const tight: EngineLimits = {
    openRequests: 50,
    refusedClients: 20,
    recentSuccesses: 64,
    pastIncidents: 5,
    pastLoops: 10,
  };
  test("ten thousand refused clients stay within the limits, and dropped ones are counted", () => {
    const engine = engineOf("live", [IIS, PROXY], tight);
    for (let index = 0; index < 10_000; index++) {
      acceptRow(engine, {
        server: "EX01",
        row: requestRow("http_proxy", T0 + index, {
          id: `r${index}`,
          client: `${index}`,
          status: 401,
          category: "invalid_token",
        }),
        position: { fileKey: 1, offset: index },
        clockMs: T0 + index,
      });
    }
    expect(engine.clients.size).toBeLessThanOrEqual(20);
    expect(engine.table.size).toBeLessThanOrEqual(50);
    expect(engine.clientsDropped).toBe(10_000 - 20);
    expect(engine.table.dropped).toBe(10_000 - 50);
    expect(counts(engine)).toEqual({ "bearer rejected": 10_000 });
  });

  test("all entries expire", () => {
    const engine = engineOf("live", [IIS, PROXY]);
    for (const { row, fileKey, offset } of storm())
      acceptRow(engine, { server: "EX01", row, position: { fileKey, offset }, clockMs: T0 });
    advance(engine, T0 + 130_000, T0 + 130_000);
    advance(engine, T0 + 3_600_000, T0 + 3_600_000);
    expect([engine.clients.size, engine.table.size]).toEqual([0, 0]);
    expect(engine.archive.incidents).toHaveLength(1);
    expect(engine.archive.loops).toHaveLength(6);
  });
});
