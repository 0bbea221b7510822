import type { CauseContext } from "../causes/cause-context.ts";
import type { Cause } from "../model/label-values.ts";
import type { ProbeObservation } from "../probe/probe-observations.ts";

/** Facts about the organisation and their times (Unix ms): evidence for causes. Lists are empty when nothing is known. */
export interface OrganisationFacts {
  /** Who signs the users' tokens: Entra ID, unless the trusted keys show AD FS only. */
  readonly issuer: CauseContext["issuer"];
  readonly keyChanges: CauseContext["keyChanges"];
  /** Number of missing keys from each instant on, in order of time. */
  readonly missingKeys: readonly { readonly atMs: number; readonly count: number }[];
  readonly clockOffsets: readonly { readonly atMs: number; readonly server: string; readonly seconds: number }[];
  /** Failed checks that support a cause. `server`: null for the organisation. `untilMs`: time of the snapshot in which it passes again. */
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
  /** Results of the probe that support a cause, sorted by their first time. */
  readonly probe: readonly ProbeObservation[];
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
