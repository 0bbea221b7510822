import type { CollectorName } from "../catalogue/switches.ts";
import type { CollectorRules } from "../exchange/collector-state.ts";
import type { RunLimit } from "../exchange/run-allowance.ts";

/** Something that the daemon asks again and again. */
export interface Collector {
  readonly name: CollectorName;
  readonly rules: CollectorRules;
  /** Whether there is anything to ask; without it there always is. */
  readonly hasWork?: () => boolean;
  /** Starts of the process before that count against the limit (wall clock, Unix ms). */
  readonly earlierStartsMs?: readonly number[];
  /** Asks once. Throwing is failing; what was known before stays. */
  readonly collect: (signal: AbortSignal) => Promise<void>;
}

const MAX_BACKOFF_MS = 30 * 60_000;

/** Most snapshots that one daemon asks Exchange for, over all that asks for one: intervals, failures, requests and starts of the daemon. */
export const SNAPSHOT_LIMIT: RunLimit = { runs: 20, periodMs: 3_600_000 };

/** Spread by a tenth; after failures up to half an hour apart; stale after three intervals without a success. */
export function rulesFor(intervalMs: number, limit: RunLimit | null = null): CollectorRules {
  return {
    intervalMs,
    jitter: 0.1,
    maxBackoffMs: Math.max(intervalMs, MAX_BACKOFF_MS),
    staleAfterMs: intervalMs * 3,
    limit,
  };
}
