import { expect, test } from "@jest/globals";
import { HoldClock } from "../../src/live/hold-clock.ts";
import { clockOf } from "../model/test-clock.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 12);
const NEWEST_MS = NOW_MS - 3_600_000;

test("a stopped first reading continues from the newest row that was read", () => {
  const clock = new HoldClock(
    { lagMs: null },
    clockOf(() => NOW_MS),
    NEWEST_MS,
  );
  // The remaining rows are older: another server's log.
  clock.atRow(NEWEST_MS - 1_200_000);
  clock.endFirstReading();
  expect(clock.ms).toBe(NEWEST_MS);
});

test("a row ahead of the wall clock does not set the clock ahead", () => {
  const clock = new HoldClock(
    { lagMs: null },
    clockOf(() => NOW_MS),
    NOW_MS + 86_400_000,
  );
  clock.endFirstReading();
  expect(clock.ms).toBe(NOW_MS);
});
