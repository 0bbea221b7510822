import type { Evidence } from "../model/finding.ts";
import type { Cause } from "../model/label-values.ts";
import type { CauseContext } from "./cause-context.ts";

/** A step for a person at the Exchange Management Shell. */
export interface AdviceStep {
  readonly text: string;
  /** To be typed as it stands, after the words in angle brackets are filled in; null where there is nothing to type. */
  readonly command: string | null;
}

/** A kind of evidence, and what it adds to the confidence. */
export interface Clue {
  /** What it is and which log, collection or probe shows it: for the documentation. */
  readonly what: string;
  /** Added to the confidence for the first piece of it, 0 to 1. */
  readonly weight: number;
  /** Added for each further piece; 0 where it is absent. */
  readonly more?: number;
  /** Why it weighs that much, or nothing. */
  readonly because: string;
  /** The pieces of it, in order; empty when there are none. */
  readonly find: (context: CauseContext) => readonly Evidence[];
}

/** One row of the decision table: when it holds, and no row before it does, the incident has its cause. */
export interface Claim {
  /** Its place in the table: 1 to 99 where a log proves refusals, 101 to 199 where none does, 900 and more for what is left. */
  readonly order: number;
  /** When it holds, in words: for the documentation. */
  readonly when: string;
  readonly holds: (context: CauseContext) => boolean;
  /** The confidence that it begins with, 0 to 1, and why. */
  readonly base: number;
  readonly because: string;
  readonly clues: readonly Clue[];
}

/**
 * Where the fault lies. `server`: in this server, so that another one behind the load balancer would serve the client. `organisation`: in
 * what all servers share. `way`: between clients and servers. `back_end`: in the server behind. `users`: in single accounts. `strangers`:
 * with senders who have no business here.
 */
export type FaultPlace = "server" | "organisation" | "way" | "back_end" | "users" | "strangers" | "unknown";

/** Everything that is particular to one cause. One file of `records/` each. */
export interface CauseRecord {
  readonly cause: Cause;
  /** In a few words, for headings. */
  readonly title: string;
  /** What happens, in a sentence or two. */
  readonly meaning: string;
  readonly liesIn: FaultPlace;
  /** Ids of the checks whose failure speaks for it. */
  readonly checks: readonly string[];
  readonly claims: readonly Claim[];
  /** What to do first, in one line: on boards and in alerts. */
  readonly firstAction: string;
  readonly confirm: readonly AdviceStep[];
  readonly act: readonly AdviceStep[];
  /** The alert whose runbook (`docs/runbooks/<alert>.md`) goes further. */
  readonly runbook: string;
  /** Name of its colour on the boards. */
  readonly colour: "bad" | "warn" | "note" | "deep" | "bright" | "calm" | "good" | "dim" | "unknown";
}
