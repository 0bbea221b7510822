/** The two clocks of a machine. Whoever measures an interval asks the monotonic one: the other can be set. */
export interface Clock {
  /** Wall clock, Unix milliseconds. Can jump in either direction at any time. */
  readonly wall: () => number;
  /** Milliseconds since some instant. Never goes back, whatever is done to the wall clock. */
  readonly monotonic: () => number;
}

/** The wall clock may differ by so much from what the monotonic clock says before the difference is a step and not a correction (ms). */
const STEP_MS = 60_000;

/**
 * A clock in Unix milliseconds for ages and intervals: it goes on from the wall clock's time at the start by the monotonic clock, follows
 * the wall clock's small corrections, and leaves its steps out. Never goes back. It differs from the wall clock by the sum of the steps
 * since the start.
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
