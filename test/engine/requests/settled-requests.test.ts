import { describe, expect, test } from "@jest/globals";
import { createEngine, LIVE_LIMITS } from "../../../src/engine/create-engine.ts";
import { acceptRow } from "../../../src/engine/accept-row.ts";
import { advance, finaliseAll, notePresent } from "../../../src/engine/engine.ts";
import type { OpenRequest } from "../../../src/engine/requests/open-request.ts";
import { RequestTable } from "../../../src/engine/requests/request-table.ts";
import { fitsRecord } from "../../../src/engine/requests/settled-record.ts";
import { SettledRequests } from "../../../src/engine/requests/settled-requests.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "../../../src/engine/requests/waiting-times.ts";
import type { LogKind } from "../../../src/model/row.ts";
import { DEFAULT_RULES } from "../../../src/model/rules.ts";
import { requestRow, T0, type RowSketch } from "../rows.ts";

/** A counted request with a single IIS row. */
function settled(key: number, arrivedAtMs = T0, more: RowSketch = {}): OpenRequest {
  const position = { fileKey: 7, offset: key };
  return {
    key,
    server: 3,
    iis: requestRow("iis_front", arrivedAtMs, { requestKey: key, status: 401, ...more }),
    httpProxy: null,
    backEnd: null,
    position,
    isJudged: true,
    isCounted: true,
    usesAlias: false,
    judgeAtMs: arrivedAtMs + JUDGE_AFTER_MS,
    forgetAtMs: arrivedAtMs + FORGET_AFTER_MS,
    clientKey: 42,
    attemptPosition: position,
  };
}

describe("RequestTable.isNew()", () => {
  test("is false for the id of a settled request, of one that waits as an object, and true for any other", () => {
    const table = new RequestTable(100, true);
    const never = (): void => {
      throw new Error("the table is not full");
    };
    table.addJudged(settled(5), never);
    table.add({ ...settled(6), isCounted: false }, never);
    expect([5, 6, 7].map((key) => table.isNew(key))).toEqual([false, false, true]);
    expect([5, 6, 7].map((key) => table.standingOf(key, 3))).toEqual(["copy", "known", "unknown"]);
  });
});

describe("SettledRequests", () => {
  test("returns the stored requests", () => {
    const sketches: RowSketch[] = [
      {},
      { subStatus: 2, win32Status: 5, namesDevice: true, hasUser: null, idsKey: 9 },
      { subStatus: null, win32Status: null, showsReasons: true, hasUser: true, protocol: "rpc_http" },
      { protocol: "other", appPool: "MSExchangeServicesAppPool", userAgentKey: 2 ** 52 - 1 },
    ];
    for (const sketch of sketches) {
      const requests = new SettledRequests();
      const request = settled(2 ** 52 - 1, T0, sketch);
      expect(fitsRecord(request)).toBe(true);
      expect(requests.add(request)).toBe(true);
      expect(requests.serverOf(request.key)).toBe(3);
      expect(requests.serverOf(7)).toBe(-1);
      expect(requests.take(request.key)).toEqual(request);
      expect(requests.take(request.key)).toBeUndefined();
    }
    const requests = new SettledRequests();
    const served = { ...settled(5), clientKey: null, attemptPosition: null };
    requests.add(served);
    expect(requests.take(5)).toEqual(served);
  });

  test.each<[string, Partial<OpenRequest>]>([
    ["a request without an id", { key: 0 }],
    ["a request that is not counted", { isCounted: false }],
    ["a request with an assumed client", { usesAlias: true }],
    ["a request with a row of HttpProxy", { httpProxy: requestRow("http_proxy", T0) }],
    ["a request with a row of the back end", { backEnd: requestRow("ews", T0) }],
    ["a row with a reason", { iis: requestRow("iis_front", T0, { requestKey: 1, category: "invalid_token" }) }],
    ["a row with a scheme", { iis: requestRow("iis_front", T0, { requestKey: 1, scheme: "bearer" }) }],
    ["no row of IIS", { iis: null }],
  ])("does not store %s", (_, change) => {
    expect(fitsRecord({ ...settled(1), ...change })).toBe(false);
  });

  test("behaves like a Map in any order of additions and removals", () => {
    const requests = new SettledRequests();
    const known = new Map<number, OpenRequest>();
    let seed = 1;
    const random = (most: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * most);
    };
    for (let round = 0; round < 30_000; round++) {
      // Few different low bits, so that many keys need the same slots.
      const key = 1 + random(400) * 4_096 + random(8);
      if (known.has(key)) {
        expect(requests.take(key)).toEqual(known.get(key));
        known.delete(key);
      } else if (requests.add(settled(key, T0 + round * 100))) known.set(key, settled(key, T0 + round * 100));
      if (round % 1_000 !== 0) continue;
      const clockMs = T0 + round * 100;
      requests.expire(clockMs);
      for (const [other, { forgetAtMs }] of known) if (forgetAtMs <= clockMs) known.delete(other);
      expect(requests.size).toBe(known.size);
    }
    for (const [key, request] of known) expect(requests.take(key)).toEqual(request);
    expect([requests.size, requests.dropOldest()]).toEqual([0, false]);
  });

  test("refuses ids chosen to need the same slot, so that look-ups stay short", () => {
    const requests = new SettledRequests();
    const taken = Array.from({ length: 5_000 }, (_, index) => requests.add(settled((index + 1) * 2 ** 32)));
    expect(taken.filter((isTaken) => isTaken).length).toBeLessThanOrEqual(64);
    expect(requests.add(settled(77))).toBe(true);
  });

  test("drops the oldest first", () => {
    const requests = new SettledRequests();
    for (let key = 1; key <= 5_000; key++) requests.add(settled(key));
    requests.take(1);
    expect(requests.dropOldest()).toBe(true);
    expect([requests.serverOf(2), requests.serverOf(3), requests.size]).toEqual([-1, 3, 4_998]);
  });
});

test("RequestTable keeps its capacity, and drops settled requests before those that wait", () => {
  const table = new RequestTable(200, false);
  const forced: number[] = [];
  const onForced = ({ key }: OpenRequest): void => {
    forced.push(key);
  };
  for (let key = 1; key <= 150; key++) table.add({ ...settled(key), isCounted: false }, onForced);
  for (let key = 1_001; key <= 1_100; key++) table.addJudged(settled(key), onForced);
  expect([table.size, table.dropped, forced]).toEqual([200, 50, []]);
  for (let key = 151; key <= 300; key++) table.add({ ...settled(key), isCounted: false }, onForced);
  expect([table.size, forced[0], table.dropped - forced.length]).toEqual([200, 1, 100]);
});

const IIS: LogKind = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };

describe("a request settled by one IIS row", () => {
  function engineWith(rows: readonly { row: ReturnType<typeof requestRow>; server?: string }[]): string[] {
    const counted: string[] = [];
    const engine = createEngine({
      rules: DEFAULT_RULES,
      limits: LIVE_LIMITS,
      mode: "history",
      onCount: ({ metric, labels }) => {
        counted.push([metric, ...labels].join(" "));
      },
    });
    for (const server of ["EX01", "EX02"]) notePresent(engine, server, { log: IIS });
    for (const [offset, { row, server = "EX01" }] of rows.entries()) {
      advance(engine, row.atMs, row.atMs);
      acceptRow(engine, { server, row, position: { fileKey: 1, offset }, clockMs: 0 });
    }
    const attempts = [...engine.clients.values()].map(({ count, refusals }) => `${String(count)} ${String(refusals)}`);
    finaliseAll(engine);
    return [...counted, ...attempts];
  }
  const refused = (atMs: number, more: RowSketch = {}): ReturnType<typeof requestRow> =>
    requestRow("iis_front", atMs, { id: "one", status: 401, ...more });
  const SUSPECTED = "hma_requests_total ews unknown suspected";

  test("is counted once if its row was copied", () => {
    expect(engineWith([{ row: refused(T0) }, { row: refused(T0 + 60_000) }])).toEqual([SUSPECTED, "1 1"]);
  });

  test("is a different request on another server", () => {
    expect(engineWith([{ row: refused(T0) }, { row: refused(T0 + 60_000), server: "EX02" }])).toEqual([
      SUSPECTED,
      SUSPECTED,
      "1 1",
      "1 1",
    ]);
  });

  test("is forgotten after a quarter of an hour", () => {
    expect(engineWith([{ row: refused(T0) }, { row: refused(T0 + FORGET_AFTER_MS) }])).toEqual([
      SUSPECTED,
      SUSPECTED,
      "1 1",
    ]);
  });

  test("gets the reason from the back-end row: a handshake becomes a refusal", () => {
    const handshake = refused(T0, { subStatus: 1, win32Status: 2_148_074_254 });
    const reason = requestRow("iis_back", T0 + 2_000, { id: "one", status: 401, category: "invalid_token" });
    expect(engineWith([{ row: handshake }, { row: reason }])).toEqual([
      "hma_requests_total ews negotiate handshake",
      "1 1",
    ]);
  });
});
