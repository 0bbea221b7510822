/** A limit of the alerts, recorded as a series of its own so that a board can draw it. */
export interface Threshold {
  readonly value: number;
  /** Stands above it in the rule file; empty where the one before says it. */
  readonly comment: string;
  /** Series of one name that a label tells apart. */
  readonly record?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Every limit, in the order of the file. */
export const THRESHOLD_LIST = {
  "hma:incident_servers:threshold": {
    value: 3,
    comment: "Servers with an open incident from which on it is one incident of the organisation.",
  },
  "hma:incident_servers_share:threshold": {
    value: 0.5,
    comment: "... or this share of the servers, when there is more than one.",
  },
  "hma:incident_unproven_clients:threshold": {
    value: 6,
    comment:
      "Clients from which on an unexplained incident pages that no log proves: twice the exporter's incident.minClients.",
  },
  "hma:incident_prolonged_seconds:threshold": {
    value: 2700,
    comment:
      "An incident that is open for so long does not end by itself: 30 minutes for the worker to find the keys, 10 until the last idle loop counts as ended, 5 of quiet.",
  },
  "hma:worker_heals_seconds:threshold": {
    value: 1800,
    comment: "How long after its first Bearer request a worker may still hold the old keys.",
  },
  "hma:key_change_recent_seconds:threshold": { value: 3600, comment: "How long a key change counts as recent." },
  "hma:bearer_errors:threshold": {
    value: 20,
    comment: "Answers 403 and 5xx with an OAuth reason within half an hour, of one app pool and reason.",
  },
  "hma:auth_admin_age_seconds:threshold": {
    value: 86_400,
    comment: "AuthAdmin runs every 12 hours: one missed run is tolerated.",
  },
  "hma:auth_certificate_imminent_seconds:threshold": {
    value: 259_200,
    comment:
      "Auth certificate: time left when somebody is woken, when a ticket is due, when the next one should be staged, and the time that the staged one must still have.",
  },
  "hma:auth_certificate_expiring_seconds:threshold": { value: 1_209_600, comment: "" },
  "hma:auth_certificate_staging_seconds:threshold": { value: 5_184_000, comment: "" },
  "hma:auth_certificate_next_seconds:threshold": { value: 10_368_000, comment: "" },
  "hma:slo_objective:ratio": {
    value: 0.995,
    comment: "Share of users' Bearer requests that shall not be refused, over 30 days.",
  },
  "hma:slo_burn:threshold 1h": {
    value: 14.4,
    comment: "How many times faster than evenly the budget burns, by the long window of each pair.",
    record: "hma:slo_burn:threshold",
    labels: { window: "1h" },
  },
  "hma:slo_burn:threshold 6h": { value: 6, comment: "", record: "hma:slo_burn:threshold", labels: { window: "6h" } },
  "hma:slo_burn:threshold 1d": { value: 3, comment: "", record: "hma:slo_burn:threshold", labels: { window: "1d" } },
  "hma:slo_burn:threshold 3d": { value: 1, comment: "", record: "hma:slo_burn:threshold", labels: { window: "3d" } },
  "hma:slo_refusals:threshold": {
    value: 20,
    comment: "Fewer refusals than this within the long window are no burn, whatever their share.",
  },
  "hma:slo_window_share:threshold": {
    value: 0.5,
    comment: "Share of the long window that must have been seen: a new installation has no service level yet.",
  },
  "hma:log_stale_front_seconds:threshold": {
    value: 900,
    comment: "Age of the newest row: logs that every probe writes to, and the back-end logs.",
  },
  "hma:log_stale_back_seconds:threshold": { value: 7200, comment: "" },
  "hma:log_unreadable:threshold": {
    value: 0.05,
    comment: "Share of lines that could not be read, and the least number of them.",
  },
  "hma:log_unreadable_lines:threshold": { value: 20, comment: "" },
  "hma:log_rows_ahead:threshold": {
    value: 20,
    comment: "Rows within half an hour whose time lies ahead of the exporter's clock.",
  },
  "hma:checkpoint_age_seconds:threshold": {
    value: 600,
    comment: "Age of the stored state, which is written every minute even when nothing happens.",
  },
  "hma:perfmon_divergence:threshold": {
    value: 0.5,
    comment:
      "Logs against performance counters: how far apart (0 to 1), and the least number of refusals within the hour.",
  },
  "hma:perfmon_rejections:threshold": { value: 20, comment: "" },
} as const satisfies Readonly<Record<string, Threshold>>;

export type ThresholdName = keyof typeof THRESHOLD_LIST;

/** The limits that a site sets otherwise than the list. */
export type ThresholdOverrides = Readonly<Partial<Record<ThresholdName, number>>>;

export const THRESHOLD_NAMES: readonly ThresholdName[] = Object.keys(THRESHOLD_LIST).filter(isThresholdName);

export function isThresholdName(name: string): name is ThresholdName {
  return Object.hasOwn(THRESHOLD_LIST, name);
}

/** A limit, as the site or the list has it. */
export function limitOf(overrides: ThresholdOverrides, name: ThresholdName): number {
  return overrides[name] ?? THRESHOLD_LIST[name].value;
}

/** The name of its series. */
export function seriesOf(name: ThresholdName): string {
  const threshold: Threshold = THRESHOLD_LIST[name];
  return threshold.record ?? name;
}
