import { organisationAt, stepSimulatedOrganisation } from "../organisation/simulated-organisation.ts";
import type { OrganisationChange } from "../organisation/simulated-organisation.ts";
import { keysAfter } from "../organisation/snapshot-json.ts";

/** Ids of signing keys (`kid`, `x5t`) at one point in time. */
export interface KeyIds {
  /** In order; the last one signs new tokens. */
  readonly published: readonly string[];
  /** Trusted in AD. */
  readonly trusted: readonly string[];
}

/** The keys of the simulated organisation at `nowMs`, after all changes up to then. */
export function keyIdsAt(changes: readonly OrganisationChange[], startMs: number, nowMs: number): KeyIds {
  const now = changes
    .filter(({ atMs }) => atMs <= nowMs)
    .toSorted((one, other) => one.atMs - other.atMs)
    .reduce(stepSimulatedOrganisation, organisationAt(startMs));
  return { published: idsAfter(now.published), trusted: idsAfter(now.trusted) };
}

/** Key ids as Entra ID builds them: the thumbprint of the certificate in base64url. */
function idsAfter(rollOvers: number): readonly string[] {
  return keysAfter(rollOvers).map(({ thumbprint }) => Buffer.from(thumbprint, "hex").toString("base64url"));
}
