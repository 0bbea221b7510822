import type { Cause } from "../../model/label-values.ts";
import type { CauseRecord, Claim } from "../cause-record.ts";
import { audienceMismatch } from "./audience-mismatch.ts";
import { backendRejection } from "./backend-rejection.ts";
import { clockSkew } from "./clock-skew.ts";
import { junkTokens } from "./junk-tokens.ts";
import { metadataUnreachable } from "./metadata-unreachable.ts";
import { modernAuthNotOffered } from "./modern-auth-not-offered.ts";
import { oauthConfiguration } from "./oauth-configuration.ts";
import { staleKeysAfterRecycle } from "./stale-keys-after-recycle.ts";
import { staleKeysEverywhere } from "./stale-keys-everywhere.ts";
import { unexplained } from "./unexplained.ts";
import { unknownIssuer } from "./unknown-issuer.ts";
import { unknownUser } from "./unknown-user.ts";

/** The record of every cause of `CAUSES` (model/label-values.ts), which also gives the label values of the metrics. */
export const CAUSE_RECORDS: Readonly<Record<Cause, CauseRecord>> = {
  stale_keys_after_recycle: staleKeysAfterRecycle,
  stale_keys_everywhere: staleKeysEverywhere,
  metadata_unreachable: metadataUnreachable,
  audience_mismatch: audienceMismatch,
  modern_auth_not_offered: modernAuthNotOffered,
  clock_skew: clockSkew,
  unknown_issuer: unknownIssuer,
  unknown_user: unknownUser,
  backend_rejection: backendRejection,
  oauth_configuration: oauthConfiguration,
  junk_tokens: junkTokens,
  unexplained,
};

/** A row of the decision table, with the cause that it names. */
export interface Decision extends Claim {
  readonly cause: Cause;
}

/** The decision table. The first row that holds names the cause; the last row always holds. */
export const DECISIONS: readonly Decision[] = Object.values(CAUSE_RECORDS)
  .flatMap(({ cause, claims }) => claims.map((claim) => ({ ...claim, cause })))
  .sort((a, b) => a.order - b.order);

/** The causes whose fault is in one of these locations. */
export function causesIn(...places: readonly CauseRecord["liesIn"][]): Cause[] {
  return Object.values(CAUSE_RECORDS)
    .filter(({ liesIn }) => places.includes(liesIn))
    .map(({ cause }) => cause);
}
