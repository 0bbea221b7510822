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
  requests: "requests by protocol, scheme and result: the service level and the figures of capacity rest on them",
  errors: "403 and 5xx with an OAuth reason, by app pool",
  histograms: "lengths of loops and incidents",
  app_pools: "worker processes by app pool: recycles, start, first Bearer request",
  compliance: "results of the configuration checks",
  logs: "details of the reading of logs: lines, bytes, lag, missing columns, errors",
  performance_counters: "Exchange's own performance counters, and how far the logs differ from them",
  probe: "results of the probe of the servers; `/probe` answers all the same",
  internals: "the exporter's memory of clients and joins, its web requests, and its process (`process_*`, `nodejs_*`)",
};

/** What is unknown without each collector, for warnings and the reference page. */
export const WITHOUT_COLLECTOR: Readonly<Record<CollectorName, string>> = {
  keys: "the signing keys that Entra ID publishes are not known",
  snapshot:
    "the configuration of Exchange, and which servers are in maintenance, is not known, unless snapshots come as files",
  events:
    "Windows events are not read: recycles have no reason but what the logs show, and runs of AuthAdmin are known from the snapshot alone",
  workers: "the start of a worker process is known from the logs alone",
  counters: "the refusals in the logs are not compared with Exchange's performance counters",
};
