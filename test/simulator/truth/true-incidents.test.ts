import { describe, expect, test } from "@jest/globals";
import { findIncidents } from "../../../src/simulator/truth/true-incidents.ts";
import type { TrueLoop } from "../../../src/simulator/truth/true-loops.ts";
import type { Story } from "../../../src/simulator/truth/true-incidents.ts";

const BEGIN_MS = Date.UTC(2026, 10, 23, 8);
const at = (minutes: number): string => new Date(BEGIN_MS + minutes * 60_000).toISOString();

function loop(client: string, fromMinutes: number, toMinutes: number | null): TrueLoop {
  return {
    server: "EX01",
    appPool: "MSExchangeServicesAppPool",
    protocol: "ews",
    client,
    start: at(fromMinutes),
    end: toMinutes === null ? null : at(toMinutes),
    rejections: 10,
    category: "invalid_signature",
    outcome: toMinutes === null ? null : "recovered",
    lastRejection: at((toMinutes ?? fromMinutes + 1) - 0.5),
    proven: true,
  };
}

const story: Story = {
  server: "EX01",
  appPool: "MSExchangeServicesAppPool",
  cause: "clock_skew",
  scenario: "s",
  fromMs: BEGIN_MS - 1,
  untilMs: BEGIN_MS + 3_600_000,
};
const found = (loops: readonly TrueLoop[], nowMinutes = 600): ReturnType<typeof findIncidents> =>
  findIncidents(loops, [story], BEGIN_MS + nowMinutes * 60_000);

describe("findIncidents()", () => {
  test("needs three clients at the same time", () => {
    expect(found([loop("a", 0, 10), loop("b", 1, 11)])).toEqual([]);
    expect(found([loop("a", 0, 10), loop("b", 1, 11), loop("b", 2, 12)])).toEqual([]);
    expect(found([loop("a", 0, 2), loop("b", 3, 5), loop("c", 6, 8)])).toEqual([]);
    expect(
      found([loop("a", 0, 10), loop("b", 1, 11), { ...loop("c", 2, 12), appPool: "MSExchangeSyncAppPool" }]),
    ).toEqual([]);
  });

  test("starts with the earliest of those loops and ends with its last refusal", () => {
    expect(found([loop("a", 0, 10), loop("b", 1, 11), loop("c", 2, 12)])).toEqual([
      {
        server: "EX01",
        appPool: "MSExchangeServicesAppPool",
        cause: "clock_skew",
        scenario: "s",
        start: at(0),
        end: at(11.5),
        clients: 3,
        rejections: 30,
        proven: true,
      },
    ]);
  });

  test("excludes a loop that was over before", () => {
    expect(found([loop("x", 0, 1), loop("a", 2, 10), loop("b", 3, 11), loop("c", 4, 12)])).toMatchObject([
      { start: at(2), clients: 3 },
    ]);
  });

  test("continues through less than five quiet minutes, but not more", () => {
    const first = [loop("a", 0, 10), loop("b", 1, 10), loop("c", 2, 10)];
    expect(found([...first, loop("d", 14, 16)])).toMatchObject([{ clients: 4, end: at(15.5) }]);
    expect(found([...first, loop("d", 16, 18)])).toMatchObject([{ clients: 3, end: at(9.5) }]);
    expect(found([...first, loop("a", 16, 20), loop("b", 16, 20), loop("c", 17, 20)])).toHaveLength(2);
  });

  test("is open during a loop, and for five minutes afterwards", () => {
    const loops = [loop("a", 0, 10), loop("b", 1, 11), loop("c", 2, null)];
    expect(found(loops)).toMatchObject([{ end: null }]);
    expect(found([loop("a", 0, 10), loop("b", 1, 11), loop("c", 2, 12)], 14)).toMatchObject([{ end: null }]);
  });

  test("is unproven if all its loops are, and unexplained without a story", () => {
    const loops = ["a", "b", "c"].map((client) => ({ ...loop(client, 70, 80), proven: false }));
    expect(found(loops)).toMatchObject([{ proven: false, cause: "unexplained", scenario: "" }]);
  });
});
