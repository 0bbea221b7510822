import { describe, expect, test } from "@jest/globals";
import { createRunAllowance } from "../../src/exchange/run-allowance.ts";

const LIMIT = { runs: 3, periodMs: 60_000 };

/** A wall clock and a monotonic clock that are set independently. */
function clocks(wallMs = 1_000_000, monotonicMs = 5_000) {
  const now = { wallMs, monotonicMs };
  return { now, clock: { wall: () => now.wallMs, monotonic: () => now.monotonicMs } };
}

describe("createRunAllowance()", () => {
  test("allows the full limit at once, then one start per expired period", () => {
    const { now, clock } = clocks();
    const allowance = createRunAllowance(LIMIT, clock, []);
    for (let run = 0; run < 3; run++) {
      expect(allowance.waitMs()).toBe(0);
      allowance.note();
      now.monotonicMs += 10_000;
      now.wallMs += 10_000;
    }
    expect(allowance.waitMs()).toBe(30_000);
    now.monotonicMs += 30_000;
    now.wallMs += 30_000;
    expect(allowance.waitMs()).toBe(0);
    allowance.note();
    expect(allowance.waitMs()).toBe(10_000);
  });

  test("a step of the wall clock in either direction allows no more starts and blocks no longer", () => {
    for (const stepMs of [-86_400_000, 86_400_000]) {
      const { now, clock } = clocks(1_000_000_000);
      const allowance = createRunAllowance(LIMIT, clock, []);
      for (let run = 0; run < 3; run++) allowance.note();
      now.wallMs += stepMs;
      expect(allowance.waitMs()).toBe(60_000);
    }
  });

  test("continues with the starts of the previous process; starts dated ahead of the clock do not count", () => {
    const before = clocks();
    const allowance = createRunAllowance(LIMIT, before.clock, []);
    for (let run = 0; run < 3; run++) allowance.note();
    const kept = allowance.startsMs();
    expect(kept).toEqual([1_000_000, 1_000_000, 1_000_000]);
    expect(createRunAllowance(LIMIT, clocks(1_020_000, 0).clock, kept).waitMs()).toBe(40_000);
    expect(createRunAllowance(LIMIT, clocks(1_070_000, 0).clock, kept).waitMs()).toBe(0);
    expect(createRunAllowance(LIMIT, clocks(900_000, 0).clock, kept).waitMs()).toBe(0);
  });

  test("stores no more starts than the limit", () => {
    const { clock } = clocks();
    const allowance = createRunAllowance(
      LIMIT,
      clock,
      Array.from({ length: 5_000 }, () => 999_000),
    );
    for (let run = 0; run < 5_000; run++) allowance.note();
    expect(allowance.startsMs()).toHaveLength(3);
  });
});
