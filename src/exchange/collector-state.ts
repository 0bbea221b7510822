import type { RunLimit } from "./run-allowance.ts";

export interface CollectorRules {
  /** Time from the start of one run to the start of the next. */
  readonly intervalMs: number;
  /** Share of the interval (0 to 1) by which a run may start later, so that many daemons do not collect at the same time. */
  readonly jitter: number;
  /** Longest wait after failures. The waits begin at the interval and double. */
  readonly maxBackoffMs: number;
  /** After this time without a success, the last known values are stale. */
  readonly staleAfterMs: number;
  /** Maximum number of runs in a period, whatever requests them; null: no limit. */
  readonly limit: RunLimit | null;
}

export interface CollectorState {
  readonly isRunning: boolean;
  /** Null until the first run has ended. */
  readonly isSuccess: boolean | null;
  readonly failures: number;
  readonly lastDurationMs: number | null;
  readonly lastSuccessAtMs: number | null;
}

export const NEVER_RUN: CollectorState = {
  isRunning: false,
  isSuccess: null,
  failures: 0,
  lastDurationMs: null,
  lastSuccessAtMs: null,
};

/** True before the first success, and when the last success is too long ago. */
export function isStale(state: CollectorState, rules: CollectorRules, nowMs: number): boolean {
  return state.lastSuccessAtMs === null || nowMs - state.lastSuccessAtMs > rules.staleAfterMs;
}

/** State after a run that took from `startedAtMs` to `endedAtMs`. */
export function stepCollector(
  state: CollectorState,
  run: { readonly isSuccess: boolean; readonly startedAtMs: number; readonly endedAtMs: number },
): CollectorState {
  return {
    isRunning: false,
    isSuccess: run.isSuccess,
    failures: run.isSuccess ? 0 : state.failures + 1,
    lastDurationMs: run.endedAtMs - run.startedAtMs,
    lastSuccessAtMs: run.isSuccess ? run.endedAtMs : state.lastSuccessAtMs,
  };
}

/** Milliseconds from the start of the last run to the start of the next. `random` is 0 to below 1. */
export function delayAfter(failures: number, rules: CollectorRules, random: number): number {
  const doubled = rules.intervalMs * 2 ** Math.min(failures, 30);
  const base = failures === 0 ? rules.intervalMs : Math.max(rules.intervalMs, Math.min(doubled, rules.maxBackoffMs));
  return Math.round(base * (1 + rules.jitter * random));
}
