import type { Clock } from "../../src/model/clock.ts";

/** Both clocks go by `now`. */
export function clockOf(now: () => number): Clock {
  return { wall: now, monotonic: now };
}
