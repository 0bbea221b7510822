/** The signing keys of a simulated worker process: its own copy, with its own fetch times. */
export interface PoolWorker {
  /** Ids of the keys that it trusts; null until the first Bearer request makes it load them. */
  readonly keys: readonly string[] | null;
  /** When it next fetches the published keys, Unix milliseconds; null until it has loaded keys. */
  readonly refreshAtMs: number | null;
}

/** The two sources of a worker's keys. */
export interface KeySources {
  /** Keys in AD, which a new worker process loads. */
  readonly trusted: readonly string[];
  /** Keys that the authority publishes; null when the server cannot reach it. */
  readonly published: readonly string[] | null;
}

export const NEW_WORKER: PoolWorker = { keys: null, refreshAtMs: null };

/** Time between two fetches of a worker process (ms). */
const REFRESH_EVERY_MS = 1_800_000;

/**
 * State of the worker process after a Bearer request, empty or not. The first request makes it load its keys and
 * schedules its first fetch, `delayMs` later.
 */
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
