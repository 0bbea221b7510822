import type { Snapshot } from "../model/snapshot/snapshot.ts";
import type { Check, CheckContext, ObjectVerdict, Severity, Verdict } from "./check.ts";
import type { ProbeProof } from "../model/probe/probe-proof.ts";
import { withProofs } from "./proven-verdicts.ts";
import { CHECKS } from "./index.ts";

/** One row of `check-exchange --format json`. What a verdict does not have is null. */
export interface CheckResult {
  readonly check: string;
  readonly title: string;
  readonly severity: Severity;
  readonly object: string;
  readonly verdict: Verdict["kind"];
  readonly found: string | null;
  readonly wanted: string | null;
  readonly because: string | null;
  /** The command that mends it; null where nothing is to be mended. */
  readonly remedy: string | null;
}

/** Objects of one check that are kept, those that fail first; the rest is dropped. 300 servers with five virtual directories each fit. */
export const MAX_OBJECTS = 2_000;
const MAX_OBJECT_LENGTH = 128;
const MAX_VALUE_LENGTH = 1_000;

/**
 * Judges a snapshot by every check, or by those given: at least one row of each, one row of each check and object, checks in their order.
 * Never throws.
 */
export function evaluateChecks(
  snapshot: Snapshot,
  context: CheckContext,
  checks: readonly Check[] = CHECKS,
): readonly CheckResult[] {
  return checks.flatMap((check) => evaluateCheck(check, snapshot, context));
}

/** The rows of one check: objects as the snapshot orders them, each once with its worst verdict. */
export function evaluateCheck(check: Check, snapshot: Snapshot, context: CheckContext): readonly CheckResult[] {
  const proofs = context.proofs.filter((proof) => proof.check === check.id);
  return resultsOf(check, withProofs(check.evaluate(snapshot, context), proofs, snapshot));
}

/** What a probe alone proves, where no snapshot has been seen: the checks it speaks of, and no others. */
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

/** At most `limit` characters, and no half of a surrogate pair: two labels that differ in one alone would be the same series. */
function shortened(text: string, limit: number): string {
  const cut = text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
  return /[\ud800-\udfff]/.test(cut) ? Buffer.from(cut, "utf8").toString("utf8") : cut;
}

/** Whether a critical check fails: `check-exchange` then ends with exit code 1. */
export function hasCriticalFailure(results: readonly CheckResult[]): boolean {
  return results.some((result) => result.verdict === "fail" && result.severity === "critical");
}
