import { APP_POOLS } from "../model/app-pool.ts";
import { UNREADABLE_REASONS } from "../model/row.ts";
import {
  CATEGORIES,
  CAUSES,
  KEY_CHANGE_KINDS,
  LINE_FATES,
  LOG_FORMATS,
  LOOP_OUTCOMES,
  PROTOCOLS,
  RECYCLE_REASONS,
  RESULTS,
  SCHEMES,
} from "../model/label-values.ts";
import { EXPORTER_METRICS } from "./exporter-metrics.ts";
import { NEEDED_COLUMN_NAMES } from "./log-columns.ts";
import type { Metric } from "./metric.ts";
import { PROBE_METRICS } from "./probe-metrics.ts";

/**
 * Durations of loops and incidents, in seconds. Fine steps around 30 minutes, within which a worker process fetches the
 * new keys by itself.
 */
export const DURATION_BUCKETS = [
  15, 60, 300, 600, 900, 1200, 1500, 1800, 2100, 3600, 7200, 14400, 43200, 86400,
] as const;

/** Every metric, in the order in which the page lists them. */
export const METRICS = [
  {
    name: "hma_requests_total",
    group: "requests",
    type: "counter",
    scope: "server",
    labels: { protocol: PROTOCOLS, scheme: SCHEMES, result: RESULTS },
    help:
      "HTTP requests without noise, each counted once however many logs have it. A request that another log may " +
      "still explain is counted when that log has been read beyond it, at the latest ten minutes after its " +
      "first row",
  },
  {
    name: "hma_bearer_rejections_total",
    type: "counter",
    scope: "server",
    labels: { app_pool: APP_POOLS, category: CATEGORIES },
    help: "Requests whose Bearer token was refused, as a log proves, by the reason given",
  },
  {
    name: "hma_bearer_errors_total",
    group: "errors",
    type: "counter",
    scope: "server",
    labels: { app_pool: APP_POOLS, category: CATEGORIES },
    help:
      "Requests that ended in 403 or 5xx with an OAuth reason (configuration not loaded, linked account), as a " +
      "log proves, by that reason",
  },
  {
    name: "hma_bearer_loops_open",
    type: "gauge",
    scope: "server",
    labels: { app_pool: APP_POOLS },
    help: "Clients in an open loop: they are refused again and again",
  },
  {
    name: "hma_bearer_loops_total",
    type: "counter",
    scope: "server",
    labels: { app_pool: APP_POOLS, outcome: LOOP_OUTCOMES },
    help: "Ended loops, counted when no late row can change them any more: up to ten minutes after their end (unresolved: up to ten more)",
  },
  {
    name: "hma_bearer_loop_duration_seconds",
    group: "histograms",
    type: "histogram",
    scope: "server",
    labels: { app_pool: APP_POOLS },
    buckets: DURATION_BUCKETS,
    help: "Length of ended loops, first rejection to end",
  },
  {
    name: "hma_stranger_loop_seconds_total",
    type: "counter",
    scope: "server",
    labels: { app_pool: APP_POOLS },
    help:
      "Time of ended loops of strangers: their tokens were issued by nobody, or for users that the server does not " +
      "know. Each loop counts in whole seconds. hma_bearer_loop_duration_seconds_sum includes it",
  },
  {
    name: "hma_incident_open",
    type: "gauge",
    scope: "server",
    labels: { app_pool: APP_POOLS, cause: CAUSES },
    help: "1 while an incident of this cause is open on the app pool",
  },
  {
    name: "hma_incidents_total",
    type: "counter",
    scope: "server",
    labels: { app_pool: APP_POOLS, cause: CAUSES },
    help:
      "Ended incidents by final cause, counted 15 minutes after the last rejection, when no late file can " +
      "change them any more. hma_incident_open shows an incident at once",
  },
  {
    name: "hma_incident_clients",
    type: "gauge",
    scope: "server",
    labels: { app_pool: APP_POOLS },
    help: "Clients affected by the open incident, 0 when none is open",
  },
  {
    name: "hma_incident_proven",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help:
      "1 when a log proves that a Bearer token was refused in the open incident, 0 when it has suspected " +
      "requests only, absent when none is open",
  },
  {
    name: "hma_incident_start_timestamp_seconds",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help: "First rejection of the open incident, absent when none is open",
  },
  {
    name: "hma_incident_expected_end_timestamp_seconds",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help:
      "When the worker is due to have fetched the published keys (30 minutes after its first Bearer request), " +
      "absent when no incident is open",
  },
  {
    name: "hma_incident_duration_seconds",
    group: "histograms",
    type: "histogram",
    scope: "server",
    labels: { cause: CAUSES },
    buckets: DURATION_BUCKETS,
    help: "Length of ended incidents, first to last rejection",
  },
  {
    name: "hma_app_pool_recycles_total",
    group: "app_pools",
    type: "counter",
    scope: "server",
    labels: { app_pool: APP_POOLS, reason: RECYCLE_REASONS },
    help: "Worker processes replaced, by reason",
  },
  {
    name: "hma_app_pool_worker_start_timestamp_seconds",
    group: "app_pools",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help: "Start of the current worker process as far as logs and events show it, absent before the first sign of it",
  },
  {
    name: "hma_app_pool_first_bearer_timestamp_seconds",
    group: "app_pools",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help: "First Bearer token presented to the current worker process, absent before it",
  },
  {
    name: "hma_server_in_maintenance",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: {},
    help:
      "1 when the server is out of service for clients (component ServerWideOffline not active, or none of the " +
      "proxies of EWS, MAPI, Autodiscover and ActiveSync active), 0 when not, absent while unknown or not seen " +
      "for more than two hours",
  },
  {
    name: "hma_signing_keys",
    type: "gauge",
    scope: "organisation",
    absentUntilKnown: true,
    labels: { issuer: [], state: ["published", "trusted", "missing"] },
    help: "Signing keys by state, absent while it is not known",
  },
  {
    name: "hma_exposed",
    collectors: ["keys", "snapshot"],
    type: "gauge",
    scope: "organisation",
    absentUntilKnown: true,
    labels: {},
    help:
      "1 when a new worker would refuse Bearer tokens now because a published signing key is missing in AD, " +
      "absent while it is not known",
  },
  {
    name: "hma_key_changes_total",
    type: "counter",
    scope: "organisation",
    labels: { kind: KEY_CHANGE_KINDS },
    help: "Changes of the published keys, of the keys trusted in AD and of the auth certificate",
  },
  {
    name: "hma_key_change_timestamp_seconds",
    type: "gauge",
    scope: "organisation",
    absentUntilKnown: true,
    labels: { kind: KEY_CHANGE_KINDS },
    help: "Last key change of the kind, absent before the first",
  },
  {
    name: "hma_auth_certificate_not_after_timestamp_seconds",
    collectors: ["snapshot"],
    type: "gauge",
    scope: "organisation",
    absentUntilKnown: true,
    labels: { slot: ["current", "next", "previous"] },
    help: "Expiry of the Exchange auth certificate in the slot, absent when the slot is empty or not known",
  },
  {
    name: "hma_auth_admin_last_run_timestamp_seconds",
    type: "gauge",
    scope: "organisation",
    absentUntilKnown: true,
    labels: {},
    help: "Last run of the AuthAdmin servicelet, absent while it is not known",
  },
  {
    name: "hma_config_compliant",
    group: "compliance",
    collectors: ["snapshot"],
    type: "gauge",
    scope: "organisation",
    absentUntilKnown: true,
    labels: { check: [], severity: ["critical", "warning", "info"], object: [] },
    help: "1 when the object passes the check, 0 when it fails, absent when the result is unknown",
  },
  {
    name: "hma_config_check_success",
    group: "compliance",
    collectors: ["snapshot"],
    type: "gauge",
    scope: "organisation",
    absentUntilKnown: true,
    labels: { check: [] },
    help: "1 when the check had a result for every object, 0 when one is unknown",
  },
  {
    name: "hma_collector_success",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { collector: [] },
    help: "1 when the collector's last run succeeded",
  },
  {
    name: "hma_collector_duration_seconds",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { collector: [] },
    help: "Duration of the collector's last run",
  },
  {
    name: "hma_collector_last_success_timestamp_seconds",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: { collector: [] },
    help: "Last success of the collector, absent before the first",
  },
  {
    name: "hma_log_lines_total",
    group: "logs",
    type: "counter",
    scope: "server",
    labels: { format: LOG_FORMATS, fate: LINE_FATES },
    help: "Log lines read, by how they were handled",
  },
  {
    name: "hma_log_columns_missing",
    group: "logs",
    type: "gauge",
    scope: "server",
    labels: { format: LOG_FORMATS, column: NEEDED_COLUMN_NAMES },
    help: "1 when the log lacks a column that detection needs, 0 when it has it, absent before the first header of the log was read",
    absentUntilKnown: true,
  },
  {
    name: "hma_log_unreadable_lines_total",
    group: "logs",
    type: "counter",
    scope: "server",
    labels: { format: LOG_FORMATS, reason: UNREADABLE_REASONS },
    help: "Log lines that could not be read, by reason; the rest of their file was read",
  },
  {
    name: "hma_log_rows_ahead_total",
    group: "logs",
    type: "counter",
    scope: "server",
    labels: { format: LOG_FORMATS },
    help: "Log rows dated more than two minutes ahead of the exporter's clock: one of the two clocks is wrong",
  },
  {
    name: "hma_log_bytes_read_total",
    group: "logs",
    type: "counter",
    scope: "server",
    labels: { format: LOG_FORMATS },
    help: "Log bytes read",
  },
  {
    name: "hma_log_last_event_timestamp_seconds",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { format: LOG_FORMATS },
    help: "Time of the newest row read, absent before the first",
  },
  {
    name: "hma_log_lag_seconds",
    group: "logs",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { format: LOG_FORMATS },
    help: "Delay from the time of the newest row to when it was read, absent before the first",
  },
  {
    name: "hma_log_files",
    type: "gauge",
    scope: "server",
    labels: { format: LOG_FORMATS },
    help: "Log files followed",
  },
  {
    name: "hma_server_logs_found",
    type: "gauge",
    scope: "server",
    labels: {},
    help:
      "1 while the server has log files, 0 when a configured or previously known server has none (its folder is " +
      "missing, empty or not mounted)",
  },
  {
    name: "hma_log_read_errors_total",
    group: "logs",
    type: "counter",
    scope: "server",
    labels: { format: LOG_FORMATS },
    help: "Failed reads of log files",
  },
  {
    name: "hma_log_events_lost_total",
    group: "logs",
    type: "counter",
    scope: "server",
    labels: { format: ["events"] },
    help: "Windows events that were overwritten before they were read",
  },
  {
    name: "hma_perfmon_bearer_requests_total",
    group: "performance_counters",
    collectors: ["counters"],
    type: "counter",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help: "Bearer requests counted by Exchange's own performance counters, absent when they are not collected",
  },
  {
    name: "hma_perfmon_bearer_rejections_total",
    group: "performance_counters",
    collectors: ["counters"],
    type: "counter",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help: "Refused Bearer requests counted by Exchange's own performance counters, absent when they are not collected",
  },
  {
    name: "hma_perfmon_rejections_divergence_ratio",
    group: "performance_counters",
    collectors: ["counters"],
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { app_pool: APP_POOLS },
    help:
      "Difference between the refusals in the logs and in the performance counters over the last hour, from 0 " +
      "(equal) to 1 (only one of them has any), absent while either is unknown",
  },
  {
    name: "hma_log_unaccounted_bytes",
    type: "gauge",
    scope: "exporter",
    labels: {},
    help: "Bytes read that the ledger cannot account for, always 0",
  },
  ...PROBE_METRICS,
  ...EXPORTER_METRICS,
] as const satisfies readonly Metric[];
