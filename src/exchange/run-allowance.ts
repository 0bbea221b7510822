import type { Clock } from "../model/clock.ts";

/** At most `runs` starts of a collector in any period of `periodMs`, whatever requests them. */
export interface RunLimit {
  readonly runs: number;
  readonly periodMs: number;
}

/** Counts the starts of a collector against its limit. Keeps at most `limit.runs` start times. */
export interface RunAllowance {
  /** Milliseconds until the next run may start; 0: now. */
  readonly waitMs: () => number;
  /** Records that a run starts now. */
  readonly note: () => void;
  /** Start times that still count (wall clock, Unix ms), for the next process. */
  readonly startsMs: () => readonly number[];
}

/**
 * `earlierMs`: start times of the previous process (wall clock, Unix ms). Times in the future are ignored: the clock was set back since, so
 * their age is unknown. Within one process the monotonic clock is used, so that setting the wall clock neither permits more runs nor blocks
 * any.
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
