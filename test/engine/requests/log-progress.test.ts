import { describe, expect, test } from "@jest/globals";
import { LogProgress, LogsProgress } from "../../../src/engine/requests/log-progress.ts";
import { requestRow, T0 } from "../rows.ts";

const MINUTE_MS = 60_000;
const at = (minutes: number): number => T0 + minutes * MINUTE_MS;

/** A log whose rows arrive `lateMinutes` late, from the first one on. */
function read(toMinutes: number, lateMinutes: number): LogProgress {
  const log = new LogProgress();
  for (let minute = 0; minute <= toMinutes; minute++) log.note(at(minute), at(minute + lateMinutes));
  return log;
}

describe("LogProgress", () => {
  test("is complete for no time before its first row", () => {
    expect(new LogProgress().completeToMs(at(0))).toBe(-Infinity);
  });

  test("is complete up to a minute before its newest row if rows arrive in time", () => {
    expect(read(20, 1).completeToMs(at(21))).toBe(at(19));
  });

  test("is complete for no time while rows arrive late, and for an hour afterwards", () => {
    const log = read(20, 3);
    log.note(at(23), at(23.5));
    expect(log.completeToMs(at(24))).toBe(-Infinity);
    log.note(at(90), at(90));
    expect(log.completeToMs(at(90))).toBe(at(89));
  });

  test("is complete from the time from which rows have arrived for two minutes, whatever their offset from the clock", () => {
    // An hour of rows arrives at once, ahead of a clock that is slow.
    const log = new LogProgress();
    for (let minute = 0; minute <= 60; minute++) log.note(at(minute), at(0) + minute * 100);
    expect(log.completeToMs(at(0.1))).toBe(at(59));
    expect(log.earlierCompleteToMs(at(1.9))).toBe(-Infinity);
    expect(log.earlierCompleteToMs(at(2.2))).toBe(at(59));
    expect(read(20, 1).earlierCompleteToMs(at(21))).toBe(at(17));
  });

  test("continues from its state after a restart", () => {
    const [before, after] = [new LogsProgress(), new LogsProgress()];
    for (const [source, late] of [
      ["iis_front", 5],
      ["http_proxy", 1],
      ["ews", 1],
    ] as const)
      before.note(requestRow(source, at(1)), at(1 + late));
    after.restore(JSON.parse(JSON.stringify(before.dump())), at(6));
    for (const progress of [before, after])
      expect([
        progress.of("iis", "other")?.completeToMs(at(7)) ?? -Infinity,
        progress.of("http_proxy", "ews")?.completeToMs(at(7)) ?? -Infinity,
        progress.of("back_end", "ews")?.completeToMs(at(7)) ?? -Infinity,
        progress.of("http_proxy", "mapi")?.completeToMs(at(7)) ?? -Infinity,
      ]).toEqual([-Infinity, at(0), at(0), -Infinity]);
  });
});
