import { describe, expect, test } from "@jest/globals";
import type { Result } from "../../../src/model/label-values.ts";
import { createLoopWatch } from "../../../src/simulator/truth/true-loops.ts";
import type { SeenRequest } from "../../../src/simulator/truth/seen-request.ts";

const BEGIN_MS = Date.UTC(2026, 10, 23, 8);

function request(seconds: number, result: Result, change: Partial<SeenRequest> = {}): SeenRequest {
  return {
    atMs: BEGIN_MS + seconds * 1000,
    server: "EX01",
    appPool: "MSExchangeServicesAppPool",
    protocol: "ews",
    client: "a",
    result,
    category: result === "rejected" ? "invalid_signature" : null,
    asks: false,
    ...change,
  };
}

function loopsOf(
  requests: readonly SeenRequest[],
  nowSeconds = 100_000,
): ReturnType<ReturnType<typeof createLoopWatch>["loops"]> {
  const watch = createLoopWatch();
  for (const one of requests) watch.seen(one);
  return watch.loops(BEGIN_MS + nowSeconds * 1000);
}

const refusedAt = (...seconds: readonly number[]): SeenRequest[] => seconds.map((at) => request(at, "rejected"));

describe("createLoopWatch()", () => {
  test.each<[string, readonly SeenRequest[], number]>([
    ["five refusals over fifteen seconds", refusedAt(0, 4, 8, 12, 15), 1],
    ["four", refusedAt(0, 5, 10, 15), 0],
    ["five within less than fifteen seconds", refusedAt(0, 3, 6, 9, 14.999), 0],
    ["a gap of two minutes", refusedAt(0, 120, 240, 360, 480), 1],
    ["a longer gap", refusedAt(0, 120.001, 240.002, 360.003, 480.004), 0],
    ["a success between", [...refusedAt(0, 5, 10), request(12, "success"), ...refusedAt(15, 20, 25)], 0],
    [
      "challenges, legs and errors between",
      [
        ...refusedAt(0, 5),
        request(6, "challenge"),
        request(7, "handshake"),
        request(8, "error"),
        ...refusedAt(10, 15, 20),
      ],
      1,
    ],
    [
      "a success of the same client on another server between",
      [...refusedAt(0, 5), request(6, "success", { server: "EX02" }), ...refusedAt(10, 15, 20)],
      1,
    ],
    [
      "refusals of two clients",
      [...refusedAt(0, 5, 10), request(12, "rejected", { client: "b" }), request(20, "rejected", { client: "b" })],
      0,
    ],
    ["suspected ones", [0, 5, 10, 15, 20].map((at) => request(at, "suspected")), 1],
  ])("%s", (_name, requests, count) => {
    expect(loopsOf(requests)).toHaveLength(count);
  });

  test("ends a loop at the client's next success", () => {
    expect(loopsOf([...refusedAt(0, 5, 10, 15, 20), request(21, "challenge"), request(30, "success")])).toMatchObject([
      {
        start: "2026-11-23T08:00:00.000Z",
        end: "2026-11-23T08:00:30.000Z",
        lastRejection: "2026-11-23T08:00:20.000Z",
        rejections: 5,
        outcome: "recovered",
        category: "invalid_signature",
        proven: true,
      },
    ]);
  });

  test("ends a loop at its last refusal if ten minutes pass without a request", () => {
    const requests = [...refusedAt(0, 5, 10, 15, 20), request(630, "success")];
    expect(loopsOf(requests)).toMatchObject([{ end: "2026-11-23T08:00:20.000Z", outcome: "unresolved" }]);
    expect(loopsOf(refusedAt(0, 5, 10, 15, 20), 100)).toMatchObject([{ end: null, outcome: null }]);
  });

  test("continues an open loop for any gap below ten minutes", () => {
    expect(loopsOf(refusedAt(0, 5, 10, 15, 20, 400))).toMatchObject([{ rejections: 6 }]);
  });

  test("has no category if nothing is proven", () => {
    expect(loopsOf([0, 5, 10, 15, 20].map((at) => request(at, "suspected")))).toMatchObject([
      { category: "unknown", proven: false },
    ]);
  });
});

describe("clients that only ask for a challenge", () => {
  const asking = (seconds: number): SeenRequest => request(seconds, "challenge", { asks: true });
  const every = (gap: number, count: number): SeenRequest[] =>
    Array.from({ length: count }, (_, index) => asking(index * gap));

  test("ten requests in five minutes are an unproven loop", () => {
    expect(loopsOf(every(34, 10))).toMatchObject([
      { rejections: 10, category: "unknown", proven: false, outcome: "unresolved" },
    ]);
  });

  test.each([
    ["nine times", every(40, 9)],
    ["in less than five minutes", every(30, 10)],
    ["with pauses of more than two minutes", every(121, 12)],
    [
      "and are served in between",
      [...every(34, 5), request(180, "success"), ...every(34, 9).map((one) => ({ ...one, atMs: one.atMs + 200_000 }))],
    ],
  ])("%s are not a loop", (_, requests) => {
    expect(loopsOf(requests)).toEqual([]);
  });

  test("a loop by its refusals counts only these", () => {
    const requests = every(34, 12).flatMap((one, index) => [one, request(index * 34 + 1, "rejected")]);
    expect(loopsOf(requests)).toMatchObject([{ rejections: 12, category: "invalid_signature", proven: true }]);
  });

  test("4000000 is a refusal with its category", () => {
    const rejections = Array.from({ length: 5 }, (_, index) =>
      request(index * 5, "challenge", { category: "oauth_not_available" }),
    );
    expect(loopsOf(rejections)).toMatchObject([{ rejections: 5, category: "oauth_not_available", proven: true }]);
  });
});
