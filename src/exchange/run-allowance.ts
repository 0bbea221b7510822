import type { Clock } from "../model/clock.ts";

/** At most `runs` starts of a collector in any stretch of `periodMs`, whatever asks for them. */
export interface RunLimit {
  readonly runs: number;
  readonly periodMs: number;
}

/** Counts the starts of a collector against its limit. Holds at most `limit.runs` instants. */
export interface RunAllowance {
  /** Milliseconds until one more run may start; 0: now. */
  readonly waitMs: () => number;
  /** A run starts now. */
  readonly note: () => void;
  /** Starts that still count (wall clock, Unix ms), for the next process. */
  readonly startsMs: () => readonly number[];
}

/**
 * `earlierMs`: starts of the process before (wall clock, Unix ms); those dated after now are left out, as the clock was set back since
 * and nothing tells how long ago they were. Within one process the monotonic clock counts, so that a clock that is set permits no more
 * and blocks nothing.
 */
export function createRunAllowance(limit: RunLimit, clock: Clock, earlierMs: readonly number[]): RunAllowance {
  const beganMs = clock.wall();
  const began = clock.monotonic();
  let starts = earlierMs
    .filter((atMs) => atMs <= beganMs)
    .sort((a, b) => a - b)
    .map((atMs) => began - (beganMs - atMs));

  function dropOld(): void {
    const now = clock.monotonic();
    starts = starts.filter((at) => now - at < limit.periodMs).slice(-limit.runs);
  }

  return {
    waitMs: () => {
      dropOld();
      const [oldest] = starts;
      return oldest === undefined || starts.length < limit.runs
        ? 0
        : Math.max(0, oldest + limit.periodMs - clock.monotonic());
    },
    note: () => {
      starts.push(clock.monotonic());
      dropOld();
    },
    startsMs: () => {
      dropOld();
      const offsetMs = clock.wall() - clock.monotonic();
      return starts.map((at) => Math.round(at + offsetMs));
    },
  };
}
