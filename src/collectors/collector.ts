import type { CollectorRules } from "../exchange/collector-state.ts";

/** Something that the daemon asks again and again. */
export interface Collector {
  readonly name: string;
  readonly rules: CollectorRules;
  /** Whether there is anything to ask; without it there always is. */
  readonly hasWork?: () => boolean;
  /** Asks once. Throwing is failing; what was known before stays. */
  readonly collect: (signal: AbortSignal) => Promise<void>;
}

const LONGEST_BACKOFF_MS = 30 * 60_000;

/** Spread by a tenth; after failures up to half an hour apart; stale after three intervals without a success. */
export function rulesFor(intervalMs: number): CollectorRules {
  return {
    intervalMs,
    jitter: 0.1,
    maxBackoffMs: Math.max(intervalMs, LONGEST_BACKOFF_MS),
    staleAfterMs: intervalMs * 3,
  };
}
