import { APP_POOLS } from "../model/app-pool.ts";
import { UNREADABLE_REASONS } from "../model/row.ts";
import {
  CATEGORIES, CAUSES, KEY_CHANGE_KINDS, LINE_FATES, LOG_FORMATS, LOOP_OUTCOMES, PROTOCOLS, RECYCLE_REASONS, RESULTS, SCHEMES,
} from "../model/label-values.ts";
import { EXPORTER_METRICS } from "./exporter-metrics.ts";
import type { Metric } from "./metric.ts";

/** Lengths of loops and incidents against the 30 minutes within which a worker finds the new keys by itself. */
export const DURATION_BUCKETS = [15, 60, 300, 600, 900, 1200, 1500, 1800, 2100, 3600, 7200, 14400, 43200, 86400] as const;

/** Every metric, in the order of the page. */
export const METRICS = [
  { name: "hma_requests_total", type: "counter", scope: "server", labels: { protocol: PROTOCOLS, scheme: SCHEMES, result: RESULTS }, help: "HTTP requests, each counted once however many logs saw it, noise left out" },
  { name: "hma_bearer_rejections_total", type: "counter", scope: "server", labels: { app_pool: APP_POOLS, category: CATEGORIES }, help: "Requests whose Bearer token was refused, as a log proves, by the reason given" },
  { name: "hma_bearer_loops_open", type: "gauge", scope: "server", labels: { app_pool: APP_POOLS }, help: "Clients that are being refused again and again now" },
  { name: "hma_bearer_loops_total", type: "counter", scope: "server", labels: { app_pool: APP_POOLS, outcome: LOOP_OUTCOMES }, help: "Loops that have ended" },
  { name: "hma_bearer_loop_duration_seconds", type: "histogram", scope: "server", labels: { app_pool: APP_POOLS }, buckets: DURATION_BUCKETS, help: "Length of ended loops, first rejection to end" },
  { name: "hma_incident_open", type: "gauge", scope: "server", labels: { app_pool: APP_POOLS, cause: CAUSES }, help: "1 while an incident of this cause is open on the app pool" },
  { name: "hma_incidents_total", type: "counter", scope: "server", labels: { app_pool: APP_POOLS, cause: CAUSES }, help: "Incidents that have ended, by their final cause" },
  { name: "hma_incident_clients", type: "gauge", scope: "server", labels: { app_pool: APP_POOLS }, help: "Clients hit by the open incident, 0 when none is open" },
  { name: "hma_incident_start_timestamp_seconds", type: "gauge", scope: "server", absentUntilKnown: true, labels: { app_pool: APP_POOLS }, help: "First rejection of the open incident, absent when none is open" },
  { name: "hma_incident_expected_end_timestamp_seconds", type: "gauge", scope: "server", absentUntilKnown: true, labels: { app_pool: APP_POOLS }, help: "When the worker is due to have fetched the published keys (30 minutes after its first Bearer request), absent when no incident is open" },
  { name: "hma_incident_duration_seconds", type: "histogram", scope: "server", labels: { cause: CAUSES }, buckets: DURATION_BUCKETS, help: "Length of ended incidents, first to last rejection" },
  { name: "hma_app_pool_recycles_total", type: "counter", scope: "server", labels: { app_pool: APP_POOLS, reason: RECYCLE_REASONS }, help: "Worker processes replaced, by reason" },
  { name: "hma_app_pool_worker_start_timestamp_seconds", type: "gauge", scope: "server", absentUntilKnown: true, labels: { app_pool: APP_POOLS }, help: "When the current worker process started, as far as logs and events tell, absent before the first sign of it" },
  { name: "hma_app_pool_first_bearer_timestamp_seconds", type: "gauge", scope: "server", absentUntilKnown: true, labels: { app_pool: APP_POOLS }, help: "First Bearer token presented to the current worker process, absent before it" },
  { name: "hma_signing_keys", type: "gauge", scope: "organisation", absentUntilKnown: true, labels: { issuer: [], state: ["published", "trusted", "missing"] }, help: "Signing keys by state, absent while it is not known" },
  { name: "hma_exposed", type: "gauge", scope: "organisation", absentUntilKnown: true, labels: {}, help: "1 when a new worker would refuse Bearer tokens now because a published signing key is missing in AD, absent while it is not known" },
  { name: "hma_key_changes_total", type: "counter", scope: "organisation", labels: { kind: KEY_CHANGE_KINDS }, help: "Changes of the published keys, of the keys trusted in AD and of the auth certificate" },
  { name: "hma_key_change_timestamp_seconds", type: "gauge", scope: "organisation", absentUntilKnown: true, labels: { kind: KEY_CHANGE_KINDS }, help: "Last key change of the kind, absent before the first" },
  { name: "hma_auth_certificate_not_after_timestamp_seconds", type: "gauge", scope: "organisation", absentUntilKnown: true, labels: { slot: ["current", "next", "previous"] }, help: "Expiry of the Exchange auth certificate in the slot, absent when the slot is empty or not known" },
  { name: "hma_auth_admin_last_run_timestamp_seconds", type: "gauge", scope: "organisation", absentUntilKnown: true, labels: {}, help: "Last run of the AuthAdmin servicelet, absent while it is not known" },
  { name: "hma_config_compliant", type: "gauge", scope: "organisation", absentUntilKnown: true, labels: { check: [], severity: ["critical", "warning", "info"], object: [] }, help: "1 when the object passes the check, 0 when it fails, absent when it could not be told" },
  { name: "hma_config_check_success", type: "gauge", scope: "organisation", absentUntilKnown: true, labels: { check: [] }, help: "1 when the check could be told, 0 when not" },
  { name: "hma_collector_success", type: "gauge", scope: "exporter", absentUntilKnown: true, labels: { collector: [] }, help: "1 when the collector's last run succeeded" },
  { name: "hma_collector_duration_seconds", type: "gauge", scope: "exporter", absentUntilKnown: true, labels: { collector: [] }, help: "Duration of the collector's last run" },
  { name: "hma_collector_last_success_timestamp_seconds", type: "gauge", scope: "exporter", absentUntilKnown: true, labels: { collector: [] }, help: "Last success of the collector, absent before the first" },
  { name: "hma_log_lines_total", type: "counter", scope: "server", labels: { format: LOG_FORMATS, fate: LINE_FATES }, help: "Log lines read, by what became of them" },
  { name: "hma_log_unreadable_lines_total", type: "counter", scope: "server", labels: { format: LOG_FORMATS, reason: UNREADABLE_REASONS }, help: "Log lines that could not be read, by reason; the rest of their file was read" },
  { name: "hma_log_bytes_read_total", type: "counter", scope: "server", labels: { format: LOG_FORMATS }, help: "Log bytes read" },
  { name: "hma_log_last_event_timestamp_seconds", type: "gauge", scope: "server", absentUntilKnown: true, labels: { format: LOG_FORMATS }, help: "Time of the newest row read, absent before the first" },
  { name: "hma_log_lag_seconds", type: "gauge", scope: "server", absentUntilKnown: true, labels: { format: LOG_FORMATS }, help: "Time from the newest row's own time to when it was read, absent before the first" },
  { name: "hma_log_files", type: "gauge", scope: "server", labels: { format: LOG_FORMATS }, help: "Log files followed" },
  { name: "hma_log_read_errors_total", type: "counter", scope: "server", labels: { format: LOG_FORMATS }, help: "Reads of a log that the file system refused" },
  { name: "hma_log_events_lost_total", type: "counter", scope: "server", labels: { format: ["events"] }, help: "Events that a Windows event log overwrote before they were read" },
  { name: "hma_perfmon_bearer_requests_total", type: "counter", scope: "server", absentUntilKnown: true, labels: { app_pool: APP_POOLS }, help: "Bearer requests by Exchange's own performance counters, absent where these are not collected" },
  { name: "hma_perfmon_bearer_rejections_total", type: "counter", scope: "server", absentUntilKnown: true, labels: { app_pool: APP_POOLS }, help: "Refused Bearer requests by Exchange's own performance counters, absent where these are not collected" },
  { name: "hma_perfmon_rejections_divergence_ratio", type: "gauge", scope: "server", absentUntilKnown: true, labels: { app_pool: APP_POOLS }, help: "How far the refusals in the logs and in the performance counters differ over the last hour, 0 for none to 1 for all, absent while either is not known" },
  { name: "hma_log_unaccounted_bytes", type: "gauge", scope: "exporter", labels: {}, help: "Bytes read that the ledger cannot account for, always 0" },
  ...EXPORTER_METRICS,
] as const satisfies readonly Metric[];

export type MetricName = (typeof METRICS)[number]["name"];
