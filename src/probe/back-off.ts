/** Longest pause between two probes of a server that cannot be reached. */
export const MAX_BACK_OFF_MS = 600_000;

/**
 * The pause until the next probe: the interval, doubled for each failure in a row beyond the first, at most ten minutes (or the interval,
 * where that is longer). `random` in [0, 1) shifts it by up to a tenth either way, so that servers do not come at once.
 */
export function nextProbeMs(everyMs: number, failuresInRow: number, random: number): number {
  const doubled = everyMs * 2 ** Math.min(20, Math.max(0, failuresInRow - 1));
  const paused = Math.max(everyMs, Math.min(doubled, MAX_BACK_OFF_MS));
  return Math.round(paused * (0.9 + 0.2 * random));
}
