/**
 * The periodic collectors of the daemon: values of the label `collector`, and of `collectors.enabled` in the
 * configuration.
 */
export const COLLECTORS = ["keys", "snapshot", "events", "workers", "counters"] as const;
export type CollectorName = (typeof COLLECTORS)[number];

/**
 * Groups of metrics that `metrics.disabled` in the configuration removes from the pages. Metrics without a group are
 * always there.
 */
export const METRIC_GROUPS = [
  "requests",
  "errors",
  "histograms",
  "app_pools",
  "compliance",
  "logs",
  "performance_counters",
  "probe",
  "internals",
] as const;
export type MetricGroup = (typeof METRIC_GROUPS)[number];

/** Contents of each group, for the reference page. */
export const METRIC_GROUP_TEXTS: Readonly<Record<MetricGroup, string>> = {
  requests: "requests by protocol, scheme and result, which service levels and capacity figures are based on",
  errors: "403 and 5xx with an OAuth reason, by app pool",
  histograms: "lengths of loops and incidents",
  app_pools: "worker processes by app pool: recycles, start, first Bearer request",
  compliance: "results of the configuration checks",
  logs: "details about reading logs: lines, bytes, lag, missing columns, errors",
  performance_counters: "Exchange's own performance counters, and their difference from the logs",
  probe: "results of the probe of the servers; `/probe` works regardless",
  internals: "clients and joins in the exporter's memory, its web requests, and its process (`process_*`, `nodejs_*`)",
};

/** What is unknown without each collector, for warnings and the reference page. */
export const WITHOUT_COLLECTOR: Readonly<Record<CollectorName, string>> = {
  keys: "the signing keys that Entra ID publishes are unknown",
  snapshot:
    "the configuration of Exchange, and which servers are in maintenance, is unknown, unless snapshots come as files",
  events:
    "Windows events are not read: reasons of recycles come from the logs only, and runs of AuthAdmin from the snapshot only",
  workers: "the start of a worker process comes from the logs only",
  counters: "the refusals in the logs are not compared with Exchange's performance counters",
};
