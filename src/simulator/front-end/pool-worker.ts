/** What a simulated worker knows of signing keys: its own copy, with a clock of its own. */
export interface PoolWorker {
  /** Ids of the keys that it trusts; null until the first Bearer request makes it load them. */
  readonly keys: readonly string[] | null;
  /** When it fetches the published keys next, Unix milliseconds; null until it is loaded. */
  readonly refreshAtMs: number | null;
}

/** The two places where a worker finds keys. */
export interface KeySources {
  /** In AD: what a new worker loads. */
  readonly trusted: readonly string[];
  /** At the authority; null when the server cannot reach it. */
  readonly published: readonly string[] | null;
}

export const NEW_WORKER: PoolWorker = { keys: null, refreshAtMs: null };

/** Between two fetches of a worker. */
const REFRESH_EVERY_MS = 1_800_000;

/** The worker when a Bearer request, empty or not, reaches it: the first starts its clock. `delayMs` is the time to its first fetch. */
export function touchWorker(
  worker: PoolWorker,
  sources: KeySources,
  { nowMs, delayMs }: { readonly nowMs: number; readonly delayMs: number },
): PoolWorker {
  if (worker.keys === null || worker.refreshAtMs === null)
    return { keys: sources.trusted, refreshAtMs: nowMs + delayMs };
  if (nowMs < worker.refreshAtMs) return worker;
  const missed = Math.floor((nowMs - worker.refreshAtMs) / REFRESH_EVERY_MS) + 1;
  return {
    keys: sources.published === null ? worker.keys : [...new Set([...worker.keys, ...sources.published])],
    refreshAtMs: worker.refreshAtMs + missed * REFRESH_EVERY_MS,
  };
}
