/**
 * Limits that the boards draw and colour by, equal to the recorded series of `alerts/hma-thresholds.rules.yml` (a test holds them so):
 * a panel's colours cannot be queried. A site that changes those changes these and runs `npm run dashboards`.
 */
export const THRESHOLDS = {
  /** Share of Bearer requests that shall not be refused. */
  "hma:slo_objective:ratio": 0.995,
  /** A worker finds the published keys by itself within so long of its first Bearer request (KB 4559435). */
  "hma:worker_heals_seconds:threshold": 1800,
  "hma:incident_prolonged_seconds:threshold": 2700,
  "hma:auth_admin_age_seconds:threshold": 86_400,
  "hma:auth_certificate_expiring_seconds:threshold": 1_209_600,
  "hma:auth_certificate_staging_seconds:threshold": 5_184_000,
  "hma:log_stale_front_seconds:threshold": 900,
  "hma:log_unreadable:threshold": 0.05,
  "hma:checkpoint_age_seconds:threshold": 600,
  "hma:perfmon_divergence:threshold": 0.5,
} as const;
