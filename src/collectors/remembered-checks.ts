import type { CheckResult } from "../checks/evaluate-checks.ts";
import { checkResultsOf, type OrganisationState } from "../engine/organisation-state.ts";
import { MINUTE_MS } from "../model/durations.ts";

interface Remembered {
  readonly state: OrganisationState;
  readonly rest: string;
  readonly results: readonly CheckResult[];
}

/**
 * The results of all checks. They are computed again when one of their inputs has changed, and once a minute because some depend on the
 * time. Every scrape needs them, and computing them takes milliseconds. Only the last results are kept.
 */
export function rememberChecks(): (state: OrganisationState, nowMs: number) => readonly CheckResult[] {
  let last: Remembered | null = null;
  return (state, nowMs) => {
    const rest = JSON.stringify([Math.floor(nowMs / MINUTE_MS), state.logGaps, state.proofs]);
    if (last !== null && last.rest === rest && isAsBefore(last.state, state)) return last.results;
    last = { state, rest, results: checkResultsOf(state, nowMs) };
    return last.results;
  };
}

/** Inputs of `checkResultsOf()`. Each is a new object when its content changes, so they are compared by identity. */
function isAsBefore(before: OrganisationState, now: OrganisationState): boolean {
  return before.snapshot === now.snapshot && before.published === now.published && before.changes === now.changes;
}
