import type { Metric } from "./metric.ts";

/** The pages of the web server, as label values. `other` is any page that does not exist. */
export const WEB_ENDPOINTS = [
  "status",
  "metrics",
  "server_metrics",
  "discovery",
  "healthy",
  "ready",
  "reload",
  "incidents",
  "api",
  "config",
  "gate",
  "probe",
  "other",
] as const;
export type WebEndpoint = (typeof WEB_ENDPOINTS)[number];

/** Classes of the web server's answers. */
export const WEB_OUTCOMES = ["success", "client_error", "refused", "server_error"] as const;
export type WebOutcome = (typeof WEB_OUTCOMES)[number];

/** Documents that the exporter fetches from Entra ID. */
export const METADATA_DOCUMENTS = ["federation_metadata", "openid_keys"] as const;
export type MetadataDocument = (typeof METADATA_DOCUMENTS)[number];

/** The exporter's metrics about itself. */
export const EXPORTER_METRICS = [
  {
    name: "hma_collector_stale",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { collector: [] },
    help: "1 while the collector's values are from an earlier run, because the latest runs failed",
  },
  {
    name: "hma_metadata_fetch_success",
    collectors: ["keys"],
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { document: METADATA_DOCUMENTS },
    help: "1 when the last fetch of the document from Entra ID succeeded, absent before the first",
  },
  {
    name: "hma_metadata_fetch_duration_seconds",
    collectors: ["keys"],
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { document: METADATA_DOCUMENTS },
    help: "Duration of the last fetch of the document from Entra ID",
  },
  {
    name: "hma_metadata_fetch_last_success_timestamp_seconds",
    collectors: ["keys"],
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { document: METADATA_DOCUMENTS },
    help: "Last successful fetch of the document from Entra ID, absent before the first",
  },
  {
    name: "hma_clock_offset_seconds",
    collectors: ["keys"],
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: {},
    help: "This machine's clock minus that of Entra ID (Date header of its answers), absent while unknown",
  },
  {
    name: "hma_exporter_build_info",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { version: [], revision: [], node_version: [] },
    help: "Always 1; the labels say what is running",
  },
  {
    name: "hma_exporter_caught_up",
    type: "gauge",
    scope: "exporter",
    labels: {},
    help: "1 once the logs that existed at the start have been read",
  },
  { name: "hma_exporter_servers", type: "gauge", scope: "exporter", labels: {}, help: "Exchange servers watched" },
  {
    name: "hma_exporter_config_last_reload_successful",
    type: "gauge",
    scope: "exporter",
    labels: {},
    help: "1 when the last load of the configuration succeeded",
  },
  {
    name: "hma_exporter_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    scope: "exporter",
    labels: {},
    help: "Last successful load of the configuration, 0 before the first",
  },
  {
    name: "hma_exporter_checkpoint_success",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: {},
    help: "1 when the last write of the state succeeded, absent before the first",
  },
  {
    name: "hma_exporter_checkpoint_last_success_timestamp_seconds",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: {},
    help: "Last successful write of the state, absent before the first",
  },
  {
    name: "hma_exporter_clients_tracked",
    group: "internals",
    type: "gauge",
    scope: "exporter",
    labels: {},
    help: "Clients whose rejections are in memory now",
  },
  {
    name: "hma_exporter_clients_dropped_total",
    group: "internals",
    type: "counter",
    scope: "exporter",
    labels: {},
    help: "Clients dropped early because a memory limit was reached",
  },
  {
    name: "hma_exporter_joins_dropped_total",
    group: "internals",
    type: "counter",
    scope: "exporter",
    labels: {},
    help: "Requests counted before rows of other logs could join them, because a memory limit was reached",
  },
  {
    name: "hma_exporter_http_requests_total",
    group: "internals",
    type: "counter",
    scope: "exporter",
    labels: { endpoint: WEB_ENDPOINTS, outcome: WEB_OUTCOMES },
    help: "Requests to the exporter's own pages; refused: too many at the same time",
  },
] as const satisfies readonly Metric[];
