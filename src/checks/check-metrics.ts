import type { MetricValue } from "../model/metric-value.ts";
import { isExposed, KEY_ISSUERS } from "../model/snapshot/signing-keys.ts";
import type { KeyState } from "../model/snapshot/signing-keys.ts";
import { runsOfAuthAdmin, authCertificates } from "../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import type { CheckResult } from "./evaluate-checks.ts";

/**
 * Values of `hma_config_compliant` (absent for an unknown verdict) and of `hma_config_check_success` (0 when a verdict
 * of the check is unknown).
 */
export function checkMetrics(results: readonly CheckResult[]): readonly MetricValue[] {
  const values: MetricValue[] = [];
  const success = new Map<string, number>();
  for (const result of results) {
    const isDecided = result.verdict !== "unknown";
    success.set(result.check, isDecided ? (success.get(result.check) ?? 1) : 0);
    if (!isDecided) continue;
    const labels = { check: result.check, severity: result.severity, object: result.object };
    values.push(gauge("hma_config_compliant", labels, result.verdict === "pass" ? 1 : 0));
  }
  for (const [check, value] of success) values.push(gauge("hma_config_check_success", { check }, value));
  return values;
}

/**
 * Metrics of a snapshot apart from the checks: expiry of the auth certificates, last run of AuthAdmin. Unknown values
 * are absent.
 */
export function snapshotMetrics(snapshot: Snapshot): readonly MetricValue[] {
  const values: MetricValue[] = [];
  for (const { slot, notAfterMs } of authCertificates(snapshot)) {
    if (notAfterMs !== null)
      values.push(gauge("hma_auth_certificate_not_after_timestamp_seconds", { slot }, notAfterMs / 1_000));
  }
  const runs = runsOfAuthAdmin(snapshot);
  if (runs.length > 0) values.push(gauge("hma_auth_admin_last_run_timestamp_seconds", {}, Math.max(...runs) / 1_000));
  return values;
}

/**
 * Values of `hma_signing_keys` (all AuthServers of an issuer together) and `hma_exposed`. A count is absent when it is
 * unknown for one of the issuer's AuthServers. `lacksTokenKey`: AD lacks a key that signs tokens now, so the
 * organisation is exposed whatever the published keys are.
 */
export function keyMetrics(states: readonly KeyState[], lacksTokenKey = false): readonly MetricValue[] {
  const values: MetricValue[] = [];
  for (const issuer of KEY_ISSUERS) {
    const own = states.filter((state) => state.issuer === issuer);
    if (own.length === 0) continue;
    const counts = {
      published: countDistinct(own.map((state) => state.published?.map((key) => key.thumbprint) ?? null)),
      trusted: countDistinct(own.map((state) => state.trusted)),
      missing: countDistinct(own.map((state) => state.missing?.map((key) => key.thumbprint) ?? null)),
    };
    for (const [state, count] of Object.entries(counts)) {
      if (count !== null) values.push(gauge("hma_signing_keys", { issuer, state }, count));
    }
  }
  const exposed = lacksTokenKey ? true : isExposed(states);
  if (exposed !== null) values.push(gauge("hma_exposed", {}, exposed ? 1 : 0));
  return values;
}

function countDistinct(lists: readonly (readonly string[] | null)[]): number | null {
  const all = new Set<string>();
  for (const list of lists) {
    if (list === null) return null;
    for (const item of list) all.add(item);
  }
  return all.size;
}

function gauge(metric: string, labels: Readonly<Record<string, string>>, value: number): MetricValue {
  return { kind: "value", metric, labels, value };
}
