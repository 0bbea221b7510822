import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSchedule } from "../../src/simulator/schedule.ts";

describe("createSchedule()", () => {
  test("returns items by time, and items of the same time in the order of insertion", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (instants) => {
        const schedule = createSchedule<number>();
        for (const [item, atMs] of instants.entries()) schedule.add(atMs, item);
        const taken = Array.from(instants, () => schedule.take());
        const expected = instants
          .map((atMs, item) => ({ atMs, item }))
          .sort((one, other) => one.atMs - other.atMs || one.item - other.item);
        expect(taken.map((entry) => ({ atMs: entry?.atMs, item: entry?.item }))).toEqual(expected);
        expect(schedule.take()).toBeNull();
      }),
    );
  });

  test("returns and inserts alternately", () => {
    const schedule = createSchedule<string>();
    schedule.add(5, "late");
    schedule.add(1, "early");
    expect(schedule.take()?.item).toBe("early");
    schedule.add(3, "between");
    expect(schedule.size()).toBe(2);
    expect(schedule.take()?.item).toBe("between");
    expect(schedule.take()?.item).toBe("late");
    expect(schedule.size()).toBe(0);
  });
});
