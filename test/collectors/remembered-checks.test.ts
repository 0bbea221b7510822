import { describe, expect, test } from "@jest/globals";
import { rememberChecks } from "../../src/collectors/remembered-checks.ts";
import { checkResultsOf, NOTHING_KNOWN, type OrganisationState } from "../../src/engine/organisation-state.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { goodSnapshot } from "../checks/good-snapshot.ts";

const NOW = Date.parse("2026-11-22T08:00:10Z");
const SEEN: OrganisationState = { ...NOTHING_KNOWN, snapshot: parseSnapshot(goodSnapshot()).snapshot };
const PROOF = {
  check: "oauth_on_virtual_directories",
  about: { kind: "organisation" },
  verdict: "fail",
  found: "no Bearer offered",
  wanted: "Bearer offered",
} as const;

describe("rememberChecks()", () => {
  test("returns the stored answer for the same state within a minute, and evaluates again afterwards", () => {
    const resultsOf = rememberChecks();
    const first = resultsOf(SEEN, NOW);
    expect(first).toEqual(checkResultsOf(SEEN, NOW));
    expect(resultsOf({ ...SEEN }, NOW + 40_000)).toBe(first);
    expect(resultsOf(SEEN, NOW + 60_000)).not.toBe(first);
  });

  test.each([
    ["a new snapshot", { snapshot: parseSnapshot(goodSnapshot()).snapshot }],
    ["no snapshot", { snapshot: null }],
    ["published keys", { published: [...SEEN.published] }],
    ["key changes", { changes: [...SEEN.changes] }],
    ["missing columns of a log", { logGaps: [{ server: "EX01", format: "iis", columns: ["sc-substatus"] }] }],
    ["proofs of the probe", { proofs: [PROOF] }],
  ] as readonly (readonly [string, Partial<OrganisationState>])[])("evaluates again with %s", (_name, change) => {
    const resultsOf = rememberChecks();
    const first = resultsOf(SEEN, NOW);
    const changed = { ...SEEN, ...change };
    expect(resultsOf(changed, NOW)).not.toBe(first);
    expect(resultsOf(changed, NOW)).toEqual(checkResultsOf(changed, NOW));
  });
});
