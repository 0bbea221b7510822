/** The two clocks of a machine. Intervals are measured with the monotonic clock, because the wall clock can be set. */
export interface Clock {
  /** Wall clock, Unix milliseconds. Can jump in either direction at any time. */
  readonly wall: () => number;
  /** Milliseconds since an arbitrary time. Never goes back, even when the wall clock is set. */
  readonly monotonic: () => number;
}

/** A larger difference (ms) between wall clock and monotonic clock is a step, not a small correction. */
const STEP_MS = 60_000;

/**
 * Creates a clock in Unix milliseconds for ages and intervals. It starts at the wall clock's time, advances with the
 * monotonic clock, follows small corrections of the wall clock and ignores its steps. It never goes back. It differs
 * from the wall clock by the sum of the steps since the start.
 */
export function createSteadyClock(clock: Clock): () => number {
  let readMs = clock.monotonic();
  let steadyMs = clock.wall();
  let stepsMs = 0;
  return () => {
    const monotonicMs = clock.monotonic();
    const wallMs = clock.wall();
    const expectedMs = steadyMs + (monotonicMs - readMs);
    if (Math.abs(wallMs + stepsMs - expectedMs) > STEP_MS) stepsMs = expectedMs - wallMs;
    readMs = monotonicMs;
    steadyMs = Math.max(steadyMs, wallMs + stepsMs);
    return steadyMs;
  };
}
