/** Maximum pause between two probes of an unreachable server. */
export const MAX_BACK_OFF_MS = 600_000;

/**
 * The pause until the next probe: the interval, doubled for each consecutive failure after the first, at most ten minutes (or the interval,
 * if that is longer). `random` in [0, 1) changes it by up to a tenth, so that servers are not probed at the same time.
 */
export function nextProbeMs(everyMs: number, failuresInRow: number, random: number): number {
  const doubled = everyMs * 2 ** Math.min(20, Math.max(0, failuresInRow - 1));
  const paused = Math.max(everyMs, Math.min(doubled, MAX_BACK_OFF_MS));
  return Math.round(paused * (0.9 + 0.2 * random));
}
