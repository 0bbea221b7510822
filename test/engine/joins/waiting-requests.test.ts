import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { RowKinds } from "../../../src/engine/joins/row-kinds.ts";
import { NO_REQUEST, WaitingRequests } from "../../../src/engine/joins/waiting-requests.ts";
import type { OpenRequest } from "../../../src/engine/requests/open-request.ts";
import { RequestTable } from "../../../src/engine/requests/request-table.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "../../../src/engine/requests/waiting-times.ts";
import type { RequestRow } from "../../../src/model/row.ts";
import { repetitions } from "../../soak.ts";
import { openRequest, requestRow, T0 } from "../rows.ts";

/** Keys of which many want the same slot. */
const anyKey = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 0, max: 90 }).map((index) => 7 + index * 0x1_0000_0000),
);

const anyRow = (source: RequestRow["source"]): fc.Arbitrary<RequestRow | null> =>
  fc.option(
    fc
      .record({
        status: fc.constantFrom(200, 401, 500),
        subStatus: fc.constantFrom(0, 1, null),
        win32Status: fc.constantFrom(0, 2_148_074_254, null),
        backEndStatus: fc.constantFrom(0, 401),
        scheme: fc.constantFrom("bearer", "unknown"),
        category: fc.constantFrom(null, "invalid_signature"),
        hasUser: fc.constantFrom(true, false, null),
        namesDevice: fc.boolean(),
        idsKey: fc.nat(5),
        processId: fc.constantFrom(0, 0, 0, 0, 7),
      })
      .map((sketch) => requestRow(source, T0, sketch)),
  );

const anyRequest: fc.Arbitrary<OpenRequest> = fc
  .record({
    key: anyKey,
    server: fc.nat(2),
    iis: anyRow("iis_front"),
    httpProxy: anyRow("http_proxy"),
    position: fc.record({ fileKey: fc.nat(9), offset: fc.nat(999) }),
    isJudged: fc.boolean(),
    isCounted: fc.boolean(),
    usesAlias: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    clientKey: fc.constantFrom(null, 5, 6),
    attemptPosition: fc.option(fc.record({ fileKey: fc.nat(9), offset: fc.nat(999) })),
  })
  .map((request) => ({
    ...request,
    iis: request.iis === null ? null : { ...request.iis, requestKey: request.key },
    httpProxy: request.httpProxy === null ? null : { ...request.httpProxy, requestKey: request.key },
    backEnd: null,
    judgeAtMs: 0,
    forgetAtMs: 0,
  }));

const anyPause = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -5_000, max: 15_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -900_000, max: 900_000 }) },
  { weight: 1, arbitrary: fc.nat(4_000_000) },
);

const anyActionOf = (what: string) => fc.record({ what: fc.constant(what), request: anyRequest, pause: anyPause });

const anyAction = fc.oneof(
  { weight: 5, arbitrary: anyActionOf("add") },
  { weight: 2, arbitrary: anyActionOf("update") },
  { weight: 2, arbitrary: anyActionOf("remove") },
  { weight: 1, arbitrary: anyActionOf("due") },
);

function fits({ iis, httpProxy, usesAlias }: OpenRequest): boolean {
  const rows = [iis, httpProxy].filter((row) => row !== null);
  return !usesAlias && rows.length > 0 && rows.every(({ processId }) => processId === 0);
}

describe("WaitingRequests", () => {
  test("holds, finds and returns requests in the order of their arrival, as a list does", () => {
    fc.assert(
      fc.property(fc.array(anyAction, { minLength: 50, maxLength: 400 }), (actions) => {
        const waiting = new WaitingRequests(new RowKinds());
        const list = new Map<number, OpenRequest>();
        const due = new Set<number>();
        let arrivedAtMs = T0;
        let [clockMs, forgottenMs] = [T0, -Infinity];
        actions.forEach(({ what, request: sketch, pause }) => {
          arrivedAtMs += pause;
          clockMs = Math.max(clockMs, arrivedAtMs);
          const times = { judgeAtMs: arrivedAtMs + JUDGE_AFTER_MS, forgetAtMs: arrivedAtMs + FORGET_AFTER_MS };
          const request = { ...sketch, ...times };
          const { key } = request;
          const known = list.get(key);
          const number = waiting.find(key);
          expect(number !== NO_REQUEST).toBe(known !== undefined);
          if (what === "add" && known === undefined) {
            const isAdded = waiting.addObject(request) !== NO_REQUEST;
            if (isAdded) list.set(key, request);
            expect(fits(request) || !isAdded).toBe(true);
          } else if (what === "update" && known !== undefined) {
            const { judgeAtMs, forgetAtMs } = known;
            const changed = { ...request, judgeAtMs, forgetAtMs };
            expect(waiting.update(number, changed)).toBe(fits(changed));
            if (fits(changed))
              list.set(key, {
                ...changed,
                iis: changed.iis ?? known.iis,
                httpProxy: changed.httpProxy ?? known.httpProxy,
              });
          } else if (what === "remove" && known !== undefined) {
            waiting.remove(number);
            list.delete(key);
            due.delete(key);
          } else if (what === "due") {
            const next = waiting.nextDue(clockMs, Infinity);
            const expected = [...list.keys()].find((one) => !due.has(one));
            expect(waiting.find(expected ?? 0)).toBe(next);
            expect(next === NO_REQUEST ? undefined : waiting.keyOf(next)).toBe(expected);
            if (expected !== undefined) due.add(expected);
            // As the table does: `forgetDue()` has passed its step.
            if (next !== NO_REQUEST && expected !== undefined && waiting.arrivedAtMs(next) <= forgottenMs) {
              waiting.remove(next);
              list.delete(expected);
              due.delete(expected);
            }
          }
          if (what === "due" && pause % 3 === 0) {
            forgottenMs = clockMs - 200_000;
            const arrivedByMs = forgottenMs;
            waiting.forgetDue(arrivedByMs, (forgotten) => {
              waiting.remove(forgotten);
            });
            for (const [one, { judgeAtMs }] of list) {
              if (!due.has(one) || judgeAtMs - JUDGE_AFTER_MS > arrivedByMs) continue;
              list.delete(one);
              due.delete(one);
            }
          }
          expect(waiting.size).toBe(list.size);
        });
        expect([...waiting.keys()]).toEqual([...list.keys()]);
        expect([...waiting.values()]).toEqual([...list.values()]);
      }),
      { numRuns: repetitions({ usual: 60, soak: 5_000 }) },
    );
  });

  test("finds each of many requests, however large it grows", () => {
    const waiting = new WaitingRequests(new RowKinds());
    const keys = Array.from(
      { length: 20_000 },
      (_, index) => 1 + ((index * 0x9e37_79b9) >>> 0) + (index % 7) * 0x1_0000_0000,
    );
    for (const key of keys) waiting.add(key, 0, 0);
    expect(waiting.size).toBe(new Set(keys).size);
    expect(keys.filter((key) => waiting.keyOf(waiting.find(key)) !== key)).toEqual([]);
    for (const key of keys) waiting.remove(waiting.find(key));
    expect([waiting.size, waiting.oldest]).toEqual([0, NO_REQUEST]);
  });
});

describe("forgetDue()", () => {
  test.each([
    ["before there is a clock", -Infinity, [1, 2, 3]],
    ["before the first", T0 - 1, [1, 2, 3]],
    ["at the time of the first", T0, [2, 3]],
    ["a day later", T0 + 86_400_000, [3]],
    ["at the end of all time", Infinity, [3]],
    ["at the end of a reading", Number.MAX_SAFE_INTEGER, [3]],
  ])("forgets those that were due and came by then: %s", (_, arrivedByMs, left) => {
    const waiting = new WaitingRequests(new RowKinds());
    for (const [key, atMs] of [
      [1, T0],
      [2, T0 + 3_600_000],
      [3, T0 + 3_600_001],
    ] as const)
      waiting.add(key, 0, atMs);
    // The third is not judged yet.
    waiting.nextDue(T0 + 3_600_000, Infinity);
    waiting.nextDue(T0 + 3_600_000, Infinity);
    const forget = (request: number): void => {
      waiting.remove(request);
    };
    waiting.forgetDue(arrivedByMs, forget);
    expect([...waiting.keys()]).toEqual(left);
    waiting.forgetDue(arrivedByMs, forget);
    expect([...waiting.keys()]).toEqual(left);
  });

  test("does nothing when there are no requests, whatever the clock is", () => {
    const waiting = new WaitingRequests(new RowKinds());
    for (const atMs of [-Infinity, T0, Infinity, Number.MAX_SAFE_INTEGER, -T0])
      waiting.forgetDue(atMs, () => {
        throw new Error("there are no requests");
      });
    expect(waiting.size).toBe(0);
  });
});

describe("RequestTable", () => {
  const requestOf = (key: number, arrivedAtMs: number): OpenRequest =>
    openRequest(key, arrivedAtMs, requestRow("iis_front", arrivedAtMs, { requestKey: key }));
  const never = (): void => {
    throw new Error("the table is not full");
  };

  test("keeps a waiting request once when a row of the back end makes an object of it", () => {
    const table = new RequestTable(9, true);
    table.addJudged(requestOf(1, 0), never);
    const known = table.get(1);
    if (known === undefined) throw new Error("the request is not known");
    known.backEnd = requestRow("ews", 0, { requestKey: 1 });
    table.update(known);
    expect([table.size, table.waiting.size]).toEqual([1, 0]);
    expect(table.get(1)).toBe(known);
  });

  test("judges waiting requests and others in the order of their arrival, and forgets both in time", () => {
    const table = new RequestTable(9, true);
    table.addJudged(requestOf(1, 0), never);
    table.add(requestOf(2, 10), never);
    table.addJudged(requestOf(3, 20), never);
    const judged: number[] = [];
    const judge = (request: OpenRequest): void => {
      judged.push(request.key);
      request.isCounted = true;
    };
    table.expire(JUDGE_AFTER_MS + 10, judge);
    expect(judged).toEqual([1, 2]);
    table.expire(JUDGE_AFTER_MS + 20, judge);
    expect(judged).toEqual([1, 2, 3]);
    table.expire(FORGET_AFTER_MS + 10, judge);
    expect([table.size, table.standingOf(3, 0)]).toEqual([1, "known"]);
    table.expire(FORGET_AFTER_MS + 20, judge);
    expect([table.size, judged.length]).toEqual([0, 3]);
  });

  test("drops the oldest waiting requests when it is full, and has them judged", () => {
    const table = new RequestTable(2, true);
    const forced: number[] = [];
    const onForced = ({ key }: OpenRequest): void => {
      forced.push(key);
    };
    for (const key of [1, 2, 3, 4]) table.addJudged(requestOf(key, key), onForced);
    expect([forced, table.size, table.dropped]).toEqual([[1, 2], 2, 2]);
  });
});
