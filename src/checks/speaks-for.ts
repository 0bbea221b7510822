import type { Cause } from "../model/label-values.ts";
import type { CheckResult } from "./evaluate-checks.ts";

/** The cause of incidents that a failing check speaks for. A check that is not here speaks for none. */
export const SPEAKS_FOR: Readonly<Record<string, Cause>> = {
  auth_admin_read_session: "stale_keys_after_recycle",
  key_drift: "stale_keys_after_recycle",
  auth_admin_runs: "stale_keys_after_recycle",
  modern_auth_enabled: "modern_auth_not_offered",
  default_authorization_endpoint: "modern_auth_not_offered",
  evosts_domain: "modern_auth_not_offered",
  oauth_on_virtual_directories: "modern_auth_not_offered",
  evosts_present: "unknown_issuer",
  evosts_issuer: "unknown_issuer",
  no_ssl_offload: "audience_mismatch",
  outbound_path: "metadata_unreachable",
  clock: "clock_skew",
  auth_config_service_name: "oauth_configuration",
};

/** A failed check as evidence for a cause. */
export interface FailedCheck {
  readonly atMs: number;
  /** Short name of the server that the object is or belongs to; null for the organisation. */
  readonly server: string | null;
  readonly check: string;
  readonly found: string;
  readonly speaksFor: Cause;
}

/** The failed checks that speak for a cause, each check once for each server, with the time of the snapshot. `servers` are the names of the servers. */
export function failedChecks(results: readonly CheckResult[], atMs: number, servers: readonly string[]): readonly FailedCheck[] {
  const byPlace = new Map<string, FailedCheck>();
  for (const result of results) {
    const speaksFor = SPEAKS_FOR[result.check];
    if (result.verdict !== "fail" || speaksFor === undefined || !Object.hasOwn(SPEAKS_FOR, result.check)) continue;
    // Sample: EX01 or EX01\EWS (Default Web Site)
    const owner = result.object.split("\\")[0]?.toLowerCase() ?? "";
    const server = servers.find((name) => name.toLowerCase() === owner) ?? null;
    const place = `${result.check} ${server ?? ""}`;
    if (!byPlace.has(place)) byPlace.set(place, { atMs, server, check: result.check, found: result.found ?? "", speaksFor });
  }
  return [...byPlace.values()];
}
