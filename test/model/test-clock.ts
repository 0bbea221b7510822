import type { Clock } from "../../src/model/clock.ts";

/** A clock whose wall time and monotonic time are `now`. */
export function clockOf(now: () => number): Clock {
  return { wall: now, monotonic: now };
}
