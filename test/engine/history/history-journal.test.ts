import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HistoryJournal } from "../../../src/engine/history/history-journal.ts";
import { StepCounts } from "../../../src/engine/history/history-step-counts.ts";

describe("StepCounts", () => {
  test("returns every step once with its sum, in any order of the counts", () => {
    const count = fc.tuple(fc.integer({ min: 29_000_000, max: 29_000_200 }), fc.integer({ min: 1, max: 1_000_000 }));
    fc.assert(
      fc.property(fc.array(count, { maxLength: 200 }), (counts) => {
        const packed = new StepCounts();
        const plain = new Map<number, number>();
        for (const [step, amount] of counts) {
          packed.add(step, amount);
          plain.set(step, (plain.get(step) ?? 0) + amount);
        }
        const { steps, sums } = packed.steps();
        expect([...steps].map((step, index) => [step, sums[index]])).toEqual([...plain].sort((a, b) => a[0] - b[0]));
      }),
    );
  });

  test("needs few bytes per step", () => {
    const packed = new StepCounts();
    for (let step = 0; step < 100_000; step++) packed.add(29_000_000 + step, 1 + (step % 200));
    expect(packed.bytes).toBeLessThan(500_000);
  });

  test("coarsen() keeps the sums", () => {
    const packed = new StepCounts();
    for (let step = 1; step <= 1_000; step++) packed.add(step, step);
    packed.coarsen(5);
    const { steps, sums } = packed.steps();
    expect([steps[0], sums[0], steps.at(-1), sums.at(-1), steps.length]).toEqual([
      1,
      15,
      200,
      996 + 997 + 998 + 999 + 1000,
      200,
    ]);
  });
});

describe("HistoryJournal", () => {
  const count = (
    journal: HistoryJournal,
    atMs: number,
    labels: readonly string[] = ["ews", "bearer", "success"],
  ): void => {
    journal.listener(() => false)({ server: "EX01", metric: "hma_requests_total", labels, atMs, amount: 1 });
  };

  test("stores an event in the minute that ends at or after it", () => {
    const journal = new HistoryJournal();
    for (const atMs of [60_000, 60_001, 120_000, 120_001]) count(journal, atMs);
    expect([...journal.counted()[0]!.counts.steps().steps]).toEqual([1, 2, 3]);
  });

  test("becomes coarser instead of larger than its limit, and loses no count", () => {
    const journal = new HistoryJournal(10_000);
    const minutes = 200_000;
    for (let minute = 1; minute <= minutes; minute++) count(journal, minute * 60_000);
    expect(journal.stepMs).toBeGreaterThan(60_000);
    const { sums } = journal.counted()[0]!.counts.steps();
    expect(sums.reduce((sum, one) => sum + one, 0)).toBe(minutes);
  });

  test("stores observations with their times", () => {
    const journal = new HistoryJournal();
    journal.listener((metric) => metric.endsWith("_seconds"))({
      server: "EX01",
      metric: "hma_bearer_loop_duration_seconds",
      labels: ["other"],
      atMs: 5,
      amount: 2.5,
    });
    expect(journal.observed()).toEqual([
      { server: "EX01", metric: "hma_bearer_loop_duration_seconds", labels: ["other"], observations: [5, 2.5] },
    ]);
  });
});
