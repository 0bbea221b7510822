import type { Snapshot } from "../model/snapshot/snapshot.ts";
import type { Check, CheckContext, ObjectVerdict, Severity, Verdict } from "./check.ts";
import type { ProbeProof } from "../model/probe/probe-proof.ts";
import { withProofs } from "./proven-verdicts.ts";
import { CHECKS } from "./index.ts";

/** One row of `check-exchange --format json`. Fields that do not apply to the verdict are null. */
export interface CheckResult {
  readonly check: string;
  readonly title: string;
  readonly severity: Severity;
  readonly object: string;
  readonly verdict: Verdict["kind"];
  readonly found: string | null;
  readonly wanted: string | null;
  readonly because: string | null;
  /** Commands that fix it; null unless the check fails. */
  readonly remedy: string | null;
}

/**
 * Maximum number of objects of one check. Failing objects are kept first. Enough for 300 servers with five virtual
 * directories each.
 */
export const MAX_OBJECTS = 2_000;
const MAX_OBJECT_LENGTH = 128;
const MAX_VALUE_LENGTH = 1_000;

/**
 * Runs the given checks (by default all) on a snapshot. Returns at least one row for each check, one for each object,
 * in the order of the checks. Never throws.
 */
export function evaluateChecks(
  snapshot: Snapshot,
  context: CheckContext,
  checks: readonly Check[] = CHECKS,
): readonly CheckResult[] {
  return checks.flatMap((check) => evaluateCheck(check, snapshot, context));
}

/**
 * Rows of one check, in the snapshot's order of objects. An object that occurs more than once gets its worst verdict.
 */
export function evaluateCheck(check: Check, snapshot: Snapshot, context: CheckContext): readonly CheckResult[] {
  const proofs = context.proofs.filter((proof) => proof.check === check.id);
  return resultsOf(check, withProofs(check.evaluate(snapshot, context), proofs, snapshot));
}

/** Rows from a probe alone, without a snapshot: only the checks that the probe proved. */
export function evaluateProofs(proofs: readonly ProbeProof[]): readonly CheckResult[] {
  return CHECKS.flatMap((check) =>
    resultsOf(
      check,
      withProofs(
        [],
        proofs.filter((proof) => proof.check === check.id),
        null,
      ),
    ),
  );
}

function resultsOf(check: Check, verdicts: readonly ObjectVerdict[]): readonly CheckResult[] {
  const byObject = new Map<string, ObjectVerdict>();
  for (const verdict of verdicts) {
    const object = shortened(verdict.object.trim(), MAX_OBJECT_LENGTH) || "(unnamed)";
    const known = byObject.get(object.toLowerCase());
    if (known === undefined || RANK[verdict.verdict.kind] < RANK[known.verdict.kind])
      byObject.set(object.toLowerCase(), { ...verdict, object });
  }
  const rows = [...byObject.values()];
  const kept =
    rows.length <= MAX_OBJECTS
      ? rows
      : [...rows].sort((first, second) => RANK[first.verdict.kind] - RANK[second.verdict.kind]).slice(0, MAX_OBJECTS);
  return kept.map((row) => resultOf(check, row));
}

const RANK: Readonly<Record<Verdict["kind"], number>> = { fail: 0, unknown: 1, pass: 2 };

function resultOf(check: Check, row: ObjectVerdict): CheckResult {
  const { verdict } = row;
  return {
    check: check.id,
    title: check.title,
    severity: row.severity ?? check.severity,
    object: row.object,
    verdict: verdict.kind,
    found: verdict.kind === "fail" ? shortened(verdict.found, MAX_VALUE_LENGTH) : null,
    wanted: verdict.kind === "fail" ? shortened(verdict.wanted, MAX_VALUE_LENGTH) : null,
    because: verdict.kind === "unknown" ? shortened(verdict.because, MAX_VALUE_LENGTH) : null,
    remedy: verdict.kind === "fail" ? (row.remedy ?? check.remedy) : null,
  };
}

/**
 * At most `limit` characters. Lone surrogates are replaced, because two labels that differ only there would become the
 * same series.
 */
function shortened(text: string, limit: number): string {
  const cut = text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
  return /[\ud800-\udfff]/.test(cut) ? Buffer.from(cut, "utf8").toString("utf8") : cut;
}

/** True when a critical check fails; `check-exchange` then exits with code 1. */
export function hasCriticalFailure(results: readonly CheckResult[]): boolean {
  return results.some((result) => result.verdict === "fail" && result.severity === "critical");
}
