import type { Evidence } from "../model/finding.ts";
import type { Cause } from "../model/label-values.ts";
import type { CauseContext } from "./cause-context.ts";

/** A step for a person at the Exchange Management Shell. */
export interface AdviceStep {
  readonly text: string;
  /** The command to type, once the words in angle brackets are replaced; null when there is nothing to type. */
  readonly command: string | null;
}

/** A kind of evidence, and how much it adds to the confidence. */
export interface Clue {
  /** What it is and which log, collection or probe shows it. Printed in docs/causes.md. */
  readonly what: string;
  /** Added to the confidence (0 to 1) for the first piece of evidence. */
  readonly weight: number;
  /** Added for each further piece; 0 when absent. */
  readonly more?: number;
  /** The reason for the weight. */
  readonly because: string;
  /** Returns the pieces of evidence in order; empty when there are none. */
  readonly find: (context: CauseContext) => readonly Evidence[];
}

/** One row of the decision table. The first row whose `holds` is true names the cause. */
export interface Claim {
  /** Position in the table. 1 to 99: a log proves refusals. 101 to 199: no log does. 900 and up: no other row holds. */
  readonly order: number;
  /** The condition in words. Printed in docs/causes.md. */
  readonly when: string;
  readonly holds: (context: CauseContext) => boolean;
  /** Initial confidence (0 to 1); `because` gives the reason for it. */
  readonly base: number;
  readonly because: string;
  readonly clues: readonly Clue[];
}

/**
 * Location of the fault.
 * - `server`: in this server, so another server behind the load balancer would serve the client.
 * - `organisation`: in something that all servers share.
 * - `way`: between clients and servers.
 * - `back_end`: in the back-end server.
 * - `users`: in single accounts.
 * - `strangers`: in senders who should have no access.
 */
export type FaultPlace = "server" | "organisation" | "way" | "back_end" | "users" | "strangers" | "unknown";

/** Everything specific to one cause. One file of `records/` each. */
export interface CauseRecord {
  readonly cause: Cause;
  /** A few words, for headings. */
  readonly title: string;
  /** One or two sentences that explain what happens. */
  readonly meaning: string;
  readonly liesIn: FaultPlace;
  /** Ids of the checks whose failure is evidence for this cause. */
  readonly checks: readonly string[];
  readonly claims: readonly Claim[];
  /** The first thing to do, in one line. Shown on dashboards and in alerts. */
  readonly firstAction: string;
  readonly confirm: readonly AdviceStep[];
  readonly act: readonly AdviceStep[];
  /** Its row in the table of the runbook HmaBearerLoopIncident, which is generated. Markdown, links relative to `docs/runbooks`. */
  readonly inRunbook: {
    /** What it looks like in logs and on dashboards. */
    readonly signs: string;
    readonly remedy: string;
  };
  /** The alert whose runbook (`docs/runbooks/<alert>.md`) has more details. */
  readonly runbook: string;
  /** Its colour on dashboards. */
  readonly colour: "bad" | "warn" | "note" | "deep" | "bright" | "calm" | "good" | "dim" | "unknown";
}
