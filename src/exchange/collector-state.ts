import type { RunLimit } from "./run-allowance.ts";

export interface CollectorRules {
  /** From the start of one run to the start of the next. */
  readonly intervalMs: number;
  /** Share of the interval, 0 to 1, by which a run may come later, so that many daemons do not ask at once. */
  readonly jitter: number;
  /** Longest wait after failures. The waits double from the interval on. */
  readonly maxBackoffMs: number;
  /** Without a success for so long, the last known values are stale. */
  readonly staleAfterMs: number;
  /** Most runs in a stretch of time, over all that asks for one; null: no limit. */
  readonly limit: RunLimit | null;
}

export interface CollectorState {
  readonly isRunning: boolean;
  /** Null before the end of the first run. */
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

/** True until the first success, and when the last is too long ago. */
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
