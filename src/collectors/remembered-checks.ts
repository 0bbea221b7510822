import type { CheckResult } from "../checks/evaluate-checks.ts";
import { checkResultsOf, type OrganisationState } from "../engine/organisation-state.ts";
import { MINUTE_MS } from "../model/durations.ts";

interface Remembered {
  readonly state: OrganisationState;
  readonly rest: string;
  readonly results: readonly CheckResult[];
}

/**
 * All checks, judged anew when something that they look at has changed, and once a minute for what depends on the time: every scrape
 * asks for them, and to judge them takes milliseconds. Keeps the last answer alone.
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

/** What `checkResultsOf()` looks at and a new value of which is a new object. */
function isAsBefore(before: OrganisationState, now: OrganisationState): boolean {
  return before.snapshot === now.snapshot && before.published === now.published && before.changes === now.changes;
}
