/** A threshold of the alerts, recorded as a series so that dashboards can show it. */
export interface Threshold {
  readonly value: number;
  /** Comment above it in the rule file; empty if the comment of the previous threshold covers it. */
  readonly comment: string;
  /** Series name, for several thresholds with the same name and different labels. */
  readonly record?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** All thresholds, in the order of the file. */
export const THRESHOLD_LIST = {
  "hma:incident_servers:threshold": {
    value: 3,
    comment: "Number of servers with an open incident at which it is an incident of the organisation.",
  },
  "hma:incident_servers_share:threshold": {
    value: 0.5,
    comment: "... or this share of the servers, if more than one has an incident.",
  },
  "hma:incident_unproven_clients:threshold": {
    value: 6,
    comment:
      "Number of clients at which an incident that has neither cause nor proof pages: twice the exporter's incident.minClients.",
  },
  "hma:incident_prolonged_seconds:threshold": {
    value: 2700,
    comment:
      "An incident that is open longer than this does not end by itself: 30 minutes until the worker loads the " +
      "keys, 10 until the last idle loop counts as ended, 5 of quiet time.",
  },
  "hma:worker_heals_seconds:threshold": {
    value: 1800,
    comment: "Time after its first Bearer request during which a worker may still have the old keys.",
  },
  "hma:key_change_recent_seconds:threshold": {
    value: 3600,
    comment: "Time during which a key change counts as recent.",
  },
  "hma:bearer_errors:threshold": {
    value: 20,
    comment: "Number of answers 403 and 5xx with an OAuth reason within half an hour, per app pool and reason.",
  },
  "hma:auth_admin_age_seconds:threshold": {
    value: 86_400,
    comment: "AuthAdmin runs every 12 hours: one missed run is tolerated.",
  },
  "hma:auth_certificate_imminent_seconds:threshold": {
    value: 259_200,
    comment:
      "Auth certificate: remaining validity for a page, for a ticket, and for staging the next certificate, and " +
      "the minimum remaining validity of the staged one.",
  },
  "hma:auth_certificate_expiring_seconds:threshold": { value: 1_209_600, comment: "" },
  "hma:auth_certificate_staging_seconds:threshold": { value: 5_184_000, comment: "" },
  "hma:auth_certificate_next_seconds:threshold": { value: 10_368_000, comment: "" },
  "hma:slo_objective:ratio": {
    value: 0.995,
    comment: "Objective: share of users' Bearer requests that are not refused, over 30 days.",
  },
  "hma:slo_burn:threshold 1h": {
    value: 14.4,
    comment: "Burn rate of the error budget (1 spends it in exactly 30 days), by the long window of each pair.",
    record: "hma:slo_burn:threshold",
    labels: { window: "1h" },
  },
  "hma:slo_burn:threshold 6h": { value: 6, comment: "", record: "hma:slo_burn:threshold", labels: { window: "6h" } },
  "hma:slo_burn:threshold 1d": { value: 3, comment: "", record: "hma:slo_burn:threshold", labels: { window: "1d" } },
  "hma:slo_burn:threshold 3d": { value: 1, comment: "", record: "hma:slo_burn:threshold", labels: { window: "3d" } },
  "hma:slo_refusals:threshold": {
    value: 20,
    comment: "Minimum number of refusals within the long window, whatever their share.",
  },
  "hma:slo_window_share:threshold": {
    value: 0.5,
    comment: "Minimum share of the long window that is known: a new installation has no service level yet.",
  },
  "hma:log_stale_front_seconds:threshold": {
    value: 900,
    comment: "Age of the newest row: for logs to which every health probe writes, and for the back-end logs.",
  },
  "hma:log_stale_back_seconds:threshold": { value: 7200, comment: "" },
  "hma:log_unreadable:threshold": {
    value: 0.05,
    comment: "Share of unreadable lines, and their minimum number.",
  },
  "hma:log_unreadable_lines:threshold": { value: 20, comment: "" },
  "hma:log_rows_ahead:threshold": {
    value: 20,
    comment: "Number of rows within half an hour that are dated ahead of the exporter's clock.",
  },
  "hma:checkpoint_age_seconds:threshold": {
    value: 600,
    comment: "Age of the stored state, which is written every minute even if nothing changes.",
  },
  "hma:perfmon_divergence:threshold": {
    value: 0.5,
    comment:
      "Logs against performance counters: relative difference (0 to 1), and the minimum number of refusals within the hour.",
  },
  "hma:perfmon_rejections:threshold": { value: 20, comment: "" },
} as const satisfies Readonly<Record<string, Threshold>>;

export type ThresholdName = keyof typeof THRESHOLD_LIST;

/** Thresholds of a site that differ from the list. */
export type ThresholdOverrides = Readonly<Partial<Record<ThresholdName, number>>>;

export const THRESHOLD_NAMES: readonly ThresholdName[] = Object.keys(THRESHOLD_LIST).filter(isThresholdName);

export function isThresholdName(name: string): name is ThresholdName {
  return Object.hasOwn(THRESHOLD_LIST, name);
}

/** The threshold of the site, or the default. */
export function limitOf(overrides: ThresholdOverrides, name: ThresholdName): number {
  return overrides[name] ?? THRESHOLD_LIST[name].value;
}

/** Name of the recorded series. */
export function seriesOf(name: ThresholdName): string {
  const threshold: Threshold = THRESHOLD_LIST[name];
  return threshold.record ?? name;
}
