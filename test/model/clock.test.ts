import { describe, expect, test } from "@jest/globals";
import { createSteadyClock } from "../../src/model/clock.ts";
import { HOUR_MS } from "../../src/model/durations.ts";

const START_MS = Date.UTC(2026, 10, 22, 8);

describe("createSteadyClock()", () => {
  test.each([
    ["3 hours back", -3 * HOUR_MS],
    ["40 days back", -40 * 24 * HOUR_MS],
    ["3 hours ahead", 3 * HOUR_MS],
    ["40 days ahead", 40 * 24 * HOUR_MS],
  ])("continues unchanged when the wall clock is set %s", (_, stepMs) => {
    let [passedMs, step] = [0, 0];
    const steady = createSteadyClock({ wall: () => START_MS + passedMs + step, monotonic: () => passedMs });
    expect(steady()).toBe(START_MS);
    passedMs += 1_000;
    step = stepMs;
    expect(steady()).toBe(START_MS + 1_000);
    passedMs += 5_000;
    expect(steady()).toBe(START_MS + 6_000);
    step = 0;
    passedMs += 1_000;
    expect(steady()).toBe(START_MS + 7_000);
  });

  test("follows small corrections, and never goes back", () => {
    let [passedMs, slewMs] = [0, 0];
    const steady = createSteadyClock({ wall: () => START_MS + passedMs + slewMs, monotonic: () => passedMs });
    for (const correctionMs of [20_000, 40_000, 60_000, 80_000]) {
      passedMs += 600_000;
      slewMs = correctionMs;
      expect(steady()).toBe(START_MS + passedMs + correctionMs);
    }
    slewMs = 50_000;
    const before = steady();
    expect(steady()).toBe(before);
  });
});
