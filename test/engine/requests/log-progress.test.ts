import { describe, expect, test } from "@jest/globals";
import { LogProgress } from "../../../src/engine/requests/log-progress.ts";
import { T0 } from "../rows.ts";

const MINUTE_MS = 60_000;
const at = (minutes: number): number => T0 + minutes * MINUTE_MS;

/** A log whose rows of each minute come so late, from the first on. */
function read(toMinutes: number, lateMinutes: number): LogProgress {
  const log = new LogProgress();
  for (let minute = 0; minute <= toMinutes; minute++) log.note(at(minute), at(minute + lateMinutes));
  return log;
}

describe("LogProgress", () => {
  test("knows of nothing that it is complete at first", () => {
    expect(new LogProgress().completeToMs(at(0))).toBe(-Infinity);
    expect(read(9, 1).completeToMs(at(9.5))).toBe(-Infinity);
  });

  test("is complete up to a minute before its newest row where rows come in time", () => {
    expect(read(20, 1).completeToMs(at(21))).toBe(at(19));
  });

  test("is complete nowhere while rows come late, and for an hour after", () => {
    const log = read(20, 3);
    log.note(at(23), at(23.5));
    expect(log.completeToMs(at(24))).toBe(-Infinity);
    log.note(at(90), at(90));
    expect(log.completeToMs(at(90))).toBe(at(89));
  });
});
