import type { CauseContext } from "../causes/cause-context.ts";
import type { Cause } from "../model/label-values.ts";
import type { ProbeSighting } from "../probe/probe-sightings.ts";

/** What is known of the organisation from outside the logs, with its times: evidence for causes. Empty lists where nothing is known. */
export interface OrganisationFacts {
  /** Who signs the tokens of users: Entra ID, as far as nothing else is known. */
  readonly issuer: CauseContext["issuer"];
  readonly keyChanges: CauseContext["keyChanges"];
  /** Number of missing keys from each instant on, in order of time. */
  readonly missingKeys: readonly { readonly atMs: number; readonly count: number }[];
  readonly clockOffsets: readonly { readonly atMs: number; readonly server: string; readonly seconds: number }[];
  /** Failed checks that speak for a cause; `server` is null for the organisation. `untilMs`: a snapshot shows that it passes again. */
  readonly failedChecks: readonly {
    readonly atMs: number;
    readonly untilMs?: number;
    readonly server: string | null;
    readonly check: string;
    readonly found: string;
    readonly speaksFor: Cause;
  }[];
  /** Component states that went back to Active. */
  readonly activations: readonly { readonly atMs: number; readonly server: string; readonly text: string }[];
  /** What the probe saw that speaks for a cause, in order of its first time. */
  readonly probe: readonly ProbeSighting[];
}

export const NO_FACTS: OrganisationFacts = {
  issuer: "Entra ID",
  keyChanges: [],
  missingKeys: [],
  clockOffsets: [],
  failedChecks: [],
  activations: [],
  probe: [],
};
