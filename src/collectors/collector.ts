import type { CollectorName } from "../catalogue/switches.ts";
import type { CollectorRules } from "../exchange/collector-state.ts";
import type { RunLimit } from "../exchange/run-allowance.ts";

/** A source that the daemon queries repeatedly. */
export interface Collector {
  readonly name: CollectorName;
  readonly rules: CollectorRules;
  /** Whether there is something to collect; always, if left out. */
  readonly hasWork?: () => boolean;
  /** Start times of the previous process that count against the limit (wall clock, Unix ms). */
  readonly earlierStartsMs?: readonly number[];
  /** Collects once. A thrown error is a failure; the last known values are kept. */
  readonly collect: (signal: AbortSignal) => Promise<void>;
}

const MAX_BACKOFF_MS = 30 * 60_000;

/** Maximum number of snapshots that one daemon takes, including retries, requests and restarts. */
export const SNAPSHOT_LIMIT: RunLimit = { runs: 20, periodMs: 3_600_000 };

/** Jitter of a tenth of the interval; after failures at most half an hour between runs; stale after three intervals without a success. */
export function rulesFor(intervalMs: number, limit: RunLimit | null = null): CollectorRules {
  return {
    intervalMs,
    jitter: 0.1,
    maxBackoffMs: Math.max(intervalMs, MAX_BACKOFF_MS),
    staleAfterMs: intervalMs * 3,
    limit,
  };
}
