import { organisationAt, stepSimulatedOrganisation } from "../organisation/simulated-organisation.ts";
import type { OrganisationChange } from "../organisation/simulated-organisation.ts";
import { keysAfter } from "../organisation/snapshot-json.ts";

/** Ids of signing keys (`kid`, `x5t`) at one instant. */
export interface KeyIds {
  /** In order; the last signs new tokens. */
  readonly published: readonly string[];
  /** In AD. */
  readonly trusted: readonly string[];
}

/** The keys of the simulated organisation as of `nowMs`, after the changes that have happened by then. */
export function keyIdsAt(changes: readonly OrganisationChange[], startMs: number, nowMs: number): KeyIds {
  const now = changes
    .filter(({ atMs }) => atMs <= nowMs)
    .toSorted((one, other) => one.atMs - other.atMs)
    .reduce(stepSimulatedOrganisation, organisationAt(startMs));
  return { published: idsAfter(now.published), trusted: idsAfter(now.trusted) };
}

/** As Entra ID names its keys: the thumbprint of the certificate in base64url. */
function idsAfter(rollOvers: number): readonly string[] {
  return keysAfter(rollOvers).map(({ thumbprint }) => Buffer.from(thumbprint, "hex").toString("base64url"));
}
