import { describe, expect, test } from "@jest/globals";
import { PoolTimeline } from "../../../src/engine/incidents/pool-timeline.ts";

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 10, 22, 0, 0, 0);

function busy(minutes: number, keep: number): PoolTimeline {
  const timeline = new PoolTimeline(keep);
  for (let minute = 0; minute < minutes; minute++) {
    if (minute < 120 || minute >= 240) timeline.note(T0 + minute * MINUTE + 5_000, minute % 2 === 0);
  }
  return timeline;
}

describe.each([
  ["within the stored minutes", 10_000],
  ["beyond the stored minutes", 60],
])("PoolTimeline %s", (_, keep) => {
  const timeline = busy(600, keep);
  const revived = new PoolTimeline(keep);
  revived.restore(JSON.parse(JSON.stringify(timeline.dump())));

  test.each([
    ["as it is", timeline],
    ["restored", revived],
  ])("%s: shows whether a token was accepted", (__, one) => {
    expect(one.acceptedBetween(T0 + 20 * MINUTE, T0 + 60 * MINUTE)).toBe(true);
    expect(one.acceptedBetween(T0 + 125 * MINUTE, T0 + 235 * MINUTE)).toBe(false);
    expect(one.acceptedBetween(T0 + 125 * MINUTE, T0 + 300 * MINUTE)).toBe(true);
  });

  test("shows traffic, and the first token after a pause", () => {
    expect(timeline.hasBearerBetween(T0 + 130 * MINUTE, T0 + 230 * MINUTE)).toBe(false);
    expect(timeline.hasBearerBetween(T0 + 30 * MINUTE, T0 + 32 * MINUTE)).toBe(true);
    expect(timeline.firstBearerSince(T0 + 130 * MINUTE)).toBe(T0 + 240 * MINUTE + 5_000);
  });
});
