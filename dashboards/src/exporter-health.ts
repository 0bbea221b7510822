import type { Dashboard } from "@grafana/schema";
import type { LINE_FATES } from "../../src/model/label-values.ts";
import { board } from "./board.ts";
import {
  ALL_LINE,
  ANY_IS_BAD,
  byName,
  byRegexp,
  colouredNames,
  colouredWords,
  nothingText,
  thresholds,
  valueTexts,
} from "./field.ts";
import { sideBySide, sized } from "./layout.ts";
import { COLOUR, FORMAT_COLOURS, POOL_COLOURS } from "./palette.ts";
import { SHORT_POOL_NAMES } from "./panel.ts";
import { series } from "./series.ts";
import { stat } from "./stat.ts";
import { stateTimeline } from "./state-timeline.ts";
import { table } from "./table.ts";
import type { Limits } from "./limits.ts";
import { ageSeries, timeSeries } from "./time-series.ts";

/** Dashboard that shows whether the data of the other dashboards is reliable. */
export function exporterHealth(limits: Limits): Dashboard {
  return board({
    name: "exporter",
    description:
      "Is the data of the other dashboards reliable: is everything scraped, are the logs read and understood, " +
      "do the collectors run, is the state written.",
    targets: "everything",
    from: "now-6h",
    refresh: "1m",
    sections: [
      {
        title: "Overview",
        panels: sideBySide(
          4,
          down(),
          caughtUp(),
          servers(),
          unaccounted(),
          collectorsFailing(),
          checkpoint(),
          reload(),
          unreadable(limits),
        ),
      },
      {
        title: "Logs: are they read, and understood?",
        panels: [
          ...sideBySide(8, rowAge(), lag(), bytesRead()),
          ...sideBySide(8, linesByFate(), unreadableByReason(), filesFollowed()),
          ...sideBySide(7, readErrors(), divergence(limits)),
        ],
      },
      {
        title: "Collection: Exchange, events, Entra ID",
        panels: [
          sized(14, 8, collectorTable()),
          sized(10, 8, collectorStates()),
          ...sideBySide(7, collectorDurations(), metadataFetches(), metadataFetchDurations(), clockOffset()),
        ],
      },
      {
        title: "The exporter itself",
        panels: [
          sized(12, 6, builds()),
          sized(12, 6, targetsUp()),
          ...sideBySide(7, scrapes(), memory(), webRequests(), checkpointAge(limits)),
          ...sideBySide(7, perfmonRequests(), configAge()),
        ],
      },
    ],
  });
}

const down = () =>
  stat({
    title: "Targets down",
    description: "Targets that Prometheus cannot scrape. The state of what they watch is unknown, not good.",
    unit: "none",
    noValue: "no target",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("up")} == bool 0)` }],
  });

const caughtUp = () =>
  stat({
    title: "Caught up",
    description:
      "Share of the exporters that have read the logs that were there when they started. Until then, old events " +
      "arrive fast, and alerts do not page.",
    unit: "percentunit",
    decimals: 0,
    noValue: "unknown",
    thresholds: thresholds([null, COLOUR.warn], [1, COLOUR.good]),
    queries: [{ expr: `avg(${series("hma_exporter_caught_up")})` }],
  });

const servers = () =>
  stat({
    title: "Servers watched",
    description:
      "Number of Exchange servers that the exporters watch. If it is lower than expected, a server is not in " +
      "the farm folder, or has no exporter.",
    unit: "none",
    noValue: "unknown",
    queries: [{ expr: `sum(${series("hma_exporter_servers")})` }],
  });

const unaccounted = () =>
  stat({
    title: "Bytes missing",
    description:
      "Bytes that were read, but neither counted nor skipped with a reason. Always 0; anything else is a fault of the exporter.",
    unit: "bytes",
    noValue: "unknown",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("hma_log_unaccounted_bytes")})` }],
  });

const collectorsFailing = () =>
  stat({
    title: "Collectors failing",
    description: "Collectors whose last run failed. Their values come from an earlier run and are marked as old.",
    unit: "none",
    noValue: "none runs",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("hma_collector_success")} == bool 0)` }],
  });

const checkpoint = () =>
  stat({
    title: "State written",
    description:
      "Whether the last write of the state succeeded, the worst of all exporters. While writes fail, a restart reads logs again.",
    unit: "none",
    noValue: "not yet",
    mappings: [valueTexts({ 0: ["FAILED", COLOUR.bad], 1: ["yes", COLOUR.good] })],
    queries: [{ expr: `min(${series("hma_exporter_checkpoint_success")})` }],
  });

const reload = () =>
  stat({
    title: "Config loaded",
    description:
      "Whether the last load of the configuration succeeded, the worst of all exporters. After a failure, the " +
      "previous configuration stays active.",
    unit: "none",
    noValue: "unknown",
    mappings: [valueTexts({ 0: ["FAILED", COLOUR.bad], 1: ["yes", COLOUR.good] })],
    queries: [{ expr: `min(${series("hma_exporter_config_last_reload_successful")})` }],
  });

const unreadable = (limits: Limits) =>
  stat({
    title: "Unreadable lines",
    description:
      "Share of the log lines read in the time shown that could not be understood. The other lines of these files were read.",
    unit: "percentunit",
    decimals: 3,
    noValue: "no line read",
    thresholds: thresholds(
      [null, COLOUR.good],
      [0.001, COLOUR.warn],
      [limits("hma:log_unreadable:threshold"), COLOUR.bad],
    ),
    queries: [
      {
        expr:
          `sum(increase(${series("hma_log_unreadable_lines_total")}[$__range])) / ` +
          `(sum(increase(${series("hma_log_lines_total")}[$__range])) > 0)`,
      },
    ],
  });

const rowAge = () =>
  ageSeries({
    title: "Age of the newest row",
    description:
      "Age of the newest row of each log, the oldest of all servers. IIS and HttpProxy logs get rows every " +
      "minute, from health probes alone; events may be days apart.",
    in: "minutes",
    min: 0,
    interval: "1m",
    overrides: colouredNames(FORMAT_COLOURS),
    queries: [
      { expr: `time() - min by (format) (${series("hma_log_last_event_timestamp_seconds")})`, legend: "{{format}}" },
    ],
  });

const lag = () =>
  timeSeries({
    title: "Lag: from a row's time until it was read",
    description: "Time from a row's own time until it was read. IIS writes its buffer about once a minute.",
    unit: "s",
    min: 0,
    limits: thresholds([null, "transparent"], [300, COLOUR.warn]),
    overrides: colouredNames(FORMAT_COLOURS),
    queries: [{ expr: `max by (format) (${series("hma_log_lag_seconds")})`, legend: "{{format}}" }],
  });

const bytesRead = () =>
  timeSeries({
    title: "Bytes read",
    description:
      "How much log is read, by format. If a format falls to zero while users work, its log is no longer written, or has moved.",
    unit: "Bps",
    min: 0,
    draw: "areas",
    stacked: true,
    overrides: colouredNames(FORMAT_COLOURS),
    queries: [
      { expr: `sum by (format) (rate(${series("hma_log_bytes_read_total")}[$__rate_interval]))`, legend: "{{format}}" },
    ],
  });

const FATE_COLOURS: Readonly<Record<(typeof LINE_FATES)[number], string>> = {
  counted: COLOUR.good,
  noise: COLOUR.pale,
  header: COLOUR.calm,
  blank: COLOUR.dim,
  unreadable: COLOUR.bad,
  too_long: COLOUR.warn,
  partial: COLOUR.note,
  before_lookback: COLOUR.deep,
};

const linesByFate = () =>
  timeSeries({
    title: "Lines by fate",
    description:
      "counted: used in the metrics. noise: health probes and loopback, most of what Exchange writes. unreadable and too_long are faults.",
    unit: "cps",
    min: 0,
    draw: "areas",
    stacked: true,
    overrides: colouredNames(FATE_COLOURS),
    queries: [{ expr: `sum by (fate) (rate(${series("hma_log_lines_total")}[$__rate_interval]))`, legend: "{{fate}}" }],
  });

const unreadableByReason = () =>
  timeSeries({
    title: "Unreadable lines by reason",
    description:
      "Lines that could not be understood, by format and reason. An increase after an update of Exchange or a " +
      "change of IIS fields: a format has changed.",
    unit: "cps",
    min: 0,
    softMax: 0.1,
    overrides: [ALL_LINE],
    queries: [
      {
        expr: `sum by (format, reason) (rate(${series("hma_log_unreadable_lines_total")}[$__rate_interval])) > 0`,
        legend: "{{format}} {{reason}}",
      },
      { expr: `sum(rate(${series("hma_log_unreadable_lines_total")}[$__rate_interval]))`, legend: "all" },
    ],
  });

const filesFollowed = () =>
  timeSeries({
    title: "Files followed, columns missing",
    description:
      "Log files followed now, by format. 0 files: the folder is missing or empty. Lines for columns: number of " +
      "needed columns that the log of some server lacks, so their values are unknown.",
    unit: "none",
    decimals: 0,
    min: 0,
    draw: "steps",
    overrides: colouredNames(FORMAT_COLOURS),
    queries: [
      { expr: `sum by (format) (${series("hma_log_files")})`, legend: "{{format}}" },
      {
        expr: `sum by (format) (max by (format, column) (${series("hma_log_columns_missing")})) > 0`,
        legend: "{{format}}: columns missing",
      },
    ],
  });

const readErrors = () =>
  timeSeries({
    title: "Reads refused, events lost, rows ahead",
    description:
      "Reads that the file system refused (missing rights, an unreachable share), Windows events that were " +
      "overwritten before they were read, and rows dated ahead of the exporter's clock. All should be 0.",
    unit: "cps",
    min: 0,
    softMax: 0.1,
    overrides: [byRegexp("events lost", { color: { mode: "fixed", fixedColor: COLOUR.bad } })],
    queries: [
      {
        expr: `sum(rate(${series("hma_log_rows_ahead_total")}[$__rate_interval]))`,
        legend: "rows dated ahead of the clock",
      },
      {
        expr: `sum by (format) (rate(${series("hma_log_read_errors_total")}[$__rate_interval]))`,
        legend: "reads refused: {{format}}",
      },
      { expr: `sum(rate(${series("hma_log_events_lost_total")}[$__rate_interval]))`, legend: "events lost" },
    ],
  });

const divergence = (limits: Limits) =>
  timeSeries({
    title: "Logs against performance counters",
    description:
      "How far the refusals in the logs and in Exchange's own counters differ over the last hour, by app pool: " +
      "0 means equal, 100 % means that only one of them has any. High: rows are not read, or reasons are not " +
      "recognised. Absent where the counters are not collected.",
    unit: "percentunit",
    min: 0,
    max: 1,
    transformations: [SHORT_POOL_NAMES],
    limits: thresholds([null, "transparent"], [limits("hma:perfmon_divergence:threshold"), COLOUR.bad]),
    noValue: "not collected",
    overrides: colouredNames(POOL_COLOURS),
    queries: [
      { expr: `max by (app_pool) (${series("hma_perfmon_rejections_divergence_ratio")})`, legend: "{{app_pool}}" },
    ],
  });

const collectorTable = () =>
  table({
    title: "Collectors",
    description:
      "Collectors of data from Exchange and Windows: whether the last run succeeded, how long it took, when it " +
      "last succeeded. Old: the values come from an earlier run.",
    noValue: "–",
    queries: [
      { expr: `min by (instance, collector) (${series("hma_collector_success")})` },
      { expr: `max by (instance, collector) (${series("hma_collector_stale")})` },
      { expr: `max by (instance, collector) (${series("hma_collector_duration_seconds")})` },
      { expr: `time() - max by (instance, collector) (${series("hma_collector_last_success_timestamp_seconds")})` },
    ],
    sortBy: { title: "Collector" },
    columns: [
      { field: "instance", title: "Exporter", width: 160 },
      { field: "collector", title: "Collector" },
      {
        field: "Value #A",
        title: "Last run",
        mappings: [
          valueTexts({ 0: ["FAILED", COLOUR.bad], 1: ["succeeded", COLOUR.good] }),
          nothingText("not run yet"),
        ],
        cell: "coloured",
      },
      {
        field: "Value #B",
        title: "Values",
        mappings: [valueTexts({ 0: ["current", COLOUR.good], 1: ["OLD", COLOUR.warn] }), nothingText("unknown")],
        cell: "coloured",
      },
      { field: "Value #C", title: "Took", unit: "s" },
      { field: "Value #D", title: "Last success", unit: "dtdurations", decimals: 0, noValue: "never" },
    ],
  });

const collectorStates = () =>
  stateTimeline({
    title: "Collectors over time",
    description: "When the last run of each collector was successful and when it was not. A gap: no run, or no scrape.",
    mappings: [valueTexts({ 0: ["failed", COLOUR.bad], 1: ["succeeded", COLOUR.good] })],
    noValue: "no collector runs",
    queries: [{ expr: `min by (collector) (${series("hma_collector_success")})`, legend: "{{collector}}" }],
  });

const collectorDurations = () =>
  timeSeries({
    title: "Duration of collections",
    description: "How long the last run of each collector took. A line that approaches the time-out will fail next.",
    unit: "s",
    min: 0,
    queries: [{ expr: `max by (collector) (${series("hma_collector_duration_seconds")})`, legend: "{{collector}}" }],
  });

const metadataFetches = () =>
  ageSeries({
    title: "Entra ID documents: age of the last success",
    description:
      "Time since the published keys were last fetched. They are fetched every hour; if they are old or the " +
      "fetch fails, exposure is determined with old keys.",
    in: "minutes",
    min: 0,
    limit: { seconds: 7200, colour: COLOUR.warn },
    noValue: "never fetched",
    overrides: [
      byRegexp("failing", { "custom.drawStyle": "points", color: { mode: "fixed", fixedColor: COLOUR.bad } }),
    ],
    queries: [
      {
        expr: `time() - max by (document) (${series("hma_metadata_fetch_last_success_timestamp_seconds")})`,
        legend: "{{document}}",
      },
      {
        expr:
          `(time() - max by (document) (${series("hma_metadata_fetch_last_success_timestamp_seconds")})) and on ` +
          `(document) min by (document) (${series("hma_metadata_fetch_success")}) == 0`,
        legend: "{{document}} failing",
      },
    ],
  });

const metadataFetchDurations = () =>
  timeSeries({
    title: "Entra ID documents: duration of the fetch",
    description:
      "How long the last fetch of each document took. Seconds mean a slow proxy; a worker that fetches the same " +
      "document waits just as long.",
    unit: "s",
    min: 0,
    noValue: "never fetched",
    queries: [{ expr: `max by (document) (${series("hma_metadata_fetch_duration_seconds")})`, legend: "{{document}}" }],
  });

const clockOffset = () =>
  timeSeries({
    title: "Clock against Entra ID",
    description:
      "Offset of this machine's clock from that of Entra ID. Beyond five minutes, valid tokens are refused as expired.",
    unit: "s",
    limits: thresholds([null, "transparent"], [300, COLOUR.bad]),
    noValue: "unknown",
    queries: [{ expr: series("hma_clock_offset_seconds"), legend: "{{instance}}" }],
  });

const builds = () =>
  table({
    title: "Versions",
    description: "Version and commit of each exporter, and of Node.js.",
    noValue: "–",
    queries: [{ expr: `max by (instance, version, revision, node_version) (${series("hma_exporter_build_info")})` }],
    sortBy: { title: "Exporter" },
    columns: [
      { field: "instance", title: "Exporter" },
      { field: "version", title: "Version" },
      { field: "revision", title: "Commit" },
      { field: "node_version", title: "Node.js" },
      { field: "Value", title: "value", unit: "none", hidden: true },
    ],
  });

const targetsUp = () =>
  stateTimeline({
    title: "Targets over time",
    description: "When each target could be scraped.",
    mappings: [valueTexts({ 0: ["down", COLOUR.bad], 1: ["up", COLOUR.good] })],
    noValue: "no target",
    queries: [{ expr: `min by (instance) (${series("up")})`, legend: "{{instance}}" }],
  });

const scrapes = () =>
  timeSeries({
    title: "Duration of scrapes",
    description:
      "How long Prometheus waits for the page of each target. More than a second: too many series, or a busy machine.",
    unit: "s",
    min: 0,
    queries: [{ expr: `max by (instance) (${series("scrape_duration_seconds")})`, legend: "{{instance}}" }],
  });

const memory = () =>
  timeSeries({
    title: "Clients and requests in memory",
    description:
      "Clients whose refusals are in memory, and entries that were removed early because a limit was reached. " +
      "If any were removed, findings may be missed: raise the limit.",
    unit: "locale",
    decimals: 0,
    min: 0,
    overrides: [
      ...colouredWords({ dropped: COLOUR.bad, early: COLOUR.warn }),
      byName("in memory", { color: { mode: "fixed", fixedColor: COLOUR.deep } }),
    ],
    queries: [
      { expr: `sum(${series("hma_exporter_clients_tracked")})`, legend: "in memory" },
      {
        expr: `sum(increase(${series("hma_exporter_clients_dropped_total")}[$__rate_interval]))`,
        legend: "clients dropped",
      },
      {
        expr: `sum(increase(${series("hma_exporter_joins_dropped_total")}[$__rate_interval]))`,
        legend: "requests given up early",
      },
    ],
  });

const webRequests = () =>
  timeSeries({
    title: "Requests to the exporter",
    description:
      "Requests to the exporter's own pages by outcome. refused: too many requests at the same time; somebody scrapes too often.",
    unit: "reqps",
    min: 0,
    overrides: colouredNames({
      success: COLOUR.good,
      client_error: COLOUR.warn,
      refused: COLOUR.note,
      server_error: COLOUR.bad,
    }),
    queries: [
      {
        expr: `sum by (outcome) (rate(${series("hma_exporter_http_requests_total")}[$__rate_interval]))`,
        legend: "{{outcome}}",
      },
    ],
  });

const checkpointAge = (limits: Limits) =>
  ageSeries({
    title: "Age of the stored state",
    description:
      "Time since each exporter last wrote its state. It writes while logs are read, so some seconds are normal.",
    in: "minutes",
    min: 0,
    limit: { seconds: limits("hma:checkpoint_age_seconds:threshold"), colour: COLOUR.bad },
    noValue: "never written",
    queries: [
      {
        expr: `time() - max by (instance) (${series("hma_exporter_checkpoint_last_success_timestamp_seconds")})`,
        legend: "{{instance}}",
      },
    ],
  });

const perfmonRequests = () =>
  timeSeries({
    title: "Bearer requests by performance counters",
    description:
      "Bearer requests and refusals by Exchange's own counters, independent of the logs. Absent if they are not collected.",
    unit: "reqps",
    min: 0,
    noValue: "not collected",
    overrides: colouredNames({ requests: COLOUR.deep, refused: COLOUR.bad }),
    queries: [
      { expr: `sum(rate(${series("hma_perfmon_bearer_requests_total")}[$__rate_interval]))`, legend: "requests" },
      { expr: `sum(rate(${series("hma_perfmon_bearer_rejections_total")}[$__rate_interval]))`, legend: "refused" },
    ],
  });

const configAge = () =>
  ageSeries({
    title: "Age of the active configuration",
    description: "Time since each exporter loaded its configuration. It falls to 0 at every restart and reload.",
    in: "days",
    min: 0,
    queries: [
      {
        expr: `time() - max by (instance) (${series("hma_exporter_config_last_reload_success_timestamp_seconds")} > 0)`,
        legend: "{{instance}}",
      },
    ],
  });
