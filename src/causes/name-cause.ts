import type { Evidence } from "../model/finding.ts";
import type { Cause } from "../model/label-values.ts";
import type { CauseContext } from "./cause-context.ts";
import type { Clue } from "./cause-record.ts";
import { recovery, refusals } from "./evidence.ts";
import { DECISIONS } from "./records/index.ts";

export interface CauseVerdict {
  readonly cause: Cause;
  /** From 0.05 to 0.99. */
  readonly confidence: number;
  /** In order of time. */
  readonly evidence: readonly Evidence[];
}

/**
 * Names the cause of an incident: that of the first row of the decision table that holds. The confidence is the base of
 * the row plus the weights of the evidence found. The order of lists in the context does not matter.
 */
export function nameCause(context: CauseContext): CauseVerdict {
  const decision = DECISIONS.find(({ holds }) => holds(context));
  if (decision === undefined) throw new Error("Cannot name a cause: the last row of the decision table does not hold");
  const found = decision.clues.map((clue) => ({ clue, pieces: clue.find(context) }));
  const weight = found.reduce((sum, { clue, pieces }) => sum + weightOf(clue, pieces.length), decision.base);
  const evidence = [refusals(context), ...found.flatMap(({ pieces }) => pieces), ...recovery(context)];
  return {
    cause: decision.cause,
    confidence: Math.round(Math.min(0.99, Math.max(0.05, weight)) * 100) / 100,
    evidence: evidence.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.kind < b.kind ? -1 : 1)),
  };
}

function weightOf({ weight, more = 0 }: Clue, pieces: number): number {
  return pieces === 0 ? 0 : weight + (pieces - 1) * more;
}
