import type { Dashboard, Panel } from "@grafana/schema";
import { board } from "./board.ts";
import { CAUSE_NUMBER_TEXTS, CAUSE_TEXTS, causeNumbers, WORKER_PHASES } from "./cause-guide.ts";
import { BEARER_POOLS, HEAL_SECONDS, ofOpenIncident, onlyWhere, REFUSED, refusedShare } from "./expressions.ts";
import { ALL_LINE, ANY_IS_BAD, byName, colouredNames, colouredWords, nothingText, thresholds } from "./field.ts";
import { heatmap } from "./heatmap.ts";
import { exposedStat, keysOverTime } from "./key-panels.ts";
import { sideBySide, sized, type Placed } from "./layout.ts";
import {
  CATEGORY_COLOURS,
  COLOUR,
  FORMAT_COLOURS,
  POOL_COLOURS,
  PROTOCOL_COLOURS,
  REASON_COLOURS,
  RESULT_COLOURS,
} from "./palette.ts";
import { SHORT_POOL_NAMES } from "./panel.ts";
import { probeExpiry, probeSuccess, probeAges, probeDurations, probeStatus, probeVerdicts } from "./probe-panels.ts";
import { organisation, series } from "./series.ts";
import { stat } from "./stat.ts";
import { stateTimeline } from "./state-timeline.ts";
import { table } from "./table.ts";
import type { Limits } from "./limits.ts";
import { timeSeries } from "./time-series.ts";

/** Dashboard of one server: its app pools on one time axis. */
export function server(limits: Limits): Dashboard {
  return board({
    name: "server",
    description:
      "One server's app pools on one time axis: recycle, first Bearer request, refusals, loops, incident, " +
      "recovery. Select two servers to compare them: their sections are shown one below the other.",
    targets: "servers",
    single: true,
    from: "now-3h",
    refresh: "30s",
    sections: [
      {
        title: "Probe: answers of this server, independent of clients",
        panels: [
          sized(8, 7, probeVerdicts()),
          sized(8, 7, probeSuccess()),
          sized(8, 7, probeDurations()),
          sized(8, 6, probeAges()),
          sized(8, 6, probeExpiry()),
          sized(8, 6, probeStatus()),
        ],
      },
      {
        title: "Organisation: would a new worker refuse tokens?",
        panels: [sized(4, 6, exposedStat()), sized(12, 6, keysOverTime()), sized(8, 6, keyChanges())],
      },
      {
        title: "$instance",
        repeat: "instance",
        panels: [
          sized(4, 4, clientsRefused()),
          sized(5, 4, refused()),
          sized(5, 4, suspected()),
          sized(5, 4, newestWorker()),
          sized(5, 4, newestRow(limits)),
          sized(24, 5, openIncidents()),
          ...onOneAxis(
            requestsByResult(),
            rejectionsByCategory(),
            loopsByPool(),
            incidents(),
            workerPhases(),
            recycles(),
          ),
          sized(24, 9, poolTable()),
          ...sideBySide(8, byProtocol(), byScheme(), loopLengths()),
          ...sideBySide(8, bearerErrors(), logsAgainstCounters(), logLag()),
        ],
      },
    ],
  });
}

/** Full-width panels with axes of the same width, so that events at one time are in one vertical line. */
function onOneAxis(...panels: readonly Panel[]): readonly Placed[] {
  return panels.map((panel) => {
    const { fieldConfig } = panel;
    const height = panel.type === "state-timeline" ? 5 : 6;
    if (fieldConfig === undefined) return sized(24, height, panel);
    const custom = { ...fieldConfig.defaults.custom, axisWidth: 130 };
    return sized(24, height, {
      ...panel,
      fieldConfig: { ...fieldConfig, defaults: { ...fieldConfig.defaults, custom } },
    });
  });
}

const keyChanges = () =>
  table({
    title: "Last key changes",
    description:
      "When the keys that Entra ID publishes, the keys trusted in AD and the Exchange auth certificate last " +
      "changed, and how often within the time shown. If keys were published after the last update of AD, the " +
      "next recycle causes the fault.",
    noValue: "–",
    lone: "Value #B",
    queries: [
      { expr: `1000 * max by (kind) (${organisation("hma_key_change_timestamp_seconds")})` },
      { expr: `max by (kind) (round(increase(${organisation("hma_key_changes_total")}[$__range])))` },
    ],
    sortBy: { title: "Last", descending: true },
    columns: [
      { field: "kind", title: "Change" },
      { field: "Value #A", title: "Last", unit: "dateTimeAsIsoNoDateIfToday", width: 160, noValue: "none seen" },
      { field: "Value #B", title: "In this time", unit: "none", width: 100 },
    ],
  });

const clientsRefused = () =>
  stat({
    title: "Clients refused",
    description: "Clients in a loop on this server at this moment. 0 is good.",
    unit: "none",
    noValue: "not scraped",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("hma_bearer_loops_open")})` }],
  });

const openIncidents = () =>
  table({
    title: "Open incidents",
    description:
      "App pools of this server with an open incident, its cause, the clients it has hit, its start, and when " +
      "the worker should have loaded the new keys by itself. The evidence is on the exporter's page /incidents.",
    noValue: "–",
    without: ["instance"],
    lone: "Value #A",
    queries: [
      {
        expr: `${ofOpenIncident(series("hma_incident_clients"))}
        or label_replace(label_replace(max by (instance) (${series("hma_incident_open")}) == 0, "app_pool", "all app pools", "", ""), "cause", "no incident", "", "")`,
      },
      { expr: `1000 * ${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))}` },
      { expr: `1000 * ${ofOpenIncident(series("hma_incident_expected_end_timestamp_seconds"))}` },
    ],
    sortBy: { title: "Clients", descending: true },
    columns: [
      { field: "app_pool", title: "App pool" },
      { field: "cause", title: "Cause", width: 240, cell: "coloured", mappings: [CAUSE_TEXTS] },
      { field: "Value #A", title: "Clients", unit: "none", width: 110, thresholds: ANY_IS_BAD, cell: "coloured" },
      { field: "Value #B", title: "Since", unit: "dateTimeAsIsoNoDateIfToday", width: 180 },
      {
        field: "Value #C",
        title: "Heals by",
        unit: "dateTimeAsIsoNoDateIfToday",
        width: 180,
        noValue: "not by itself",
      },
    ],
  });

const refused = () =>
  stat({
    title: "Refused",
    description: "Share of this server's requests with a Bearer token that were refused, in the time shown.",
    unit: "percentunit",
    decimals: 2,
    noValue: "no Bearer request",
    thresholds: thresholds([null, COLOUR.unknown], [0, COLOUR.good], [0.005, COLOUR.warn], [0.01, COLOUR.bad]),
    queries: [{ expr: refusedShare("", { range: "$__range" }) }],
  });

const newestWorker = () =>
  stat({
    title: "Newest worker",
    description:
      "How long ago the youngest worker of a pool that checks Bearer tokens started. Refusals that began a few " +
      "minutes later suggest stale keys.",
    unit: "s",
    decimals: 0,
    noValue: "unknown",
    thresholds: thresholds([null, COLOUR.unknown], [0, COLOUR.warn], [HEAL_SECONDS, COLOUR.good]),
    queries: [{ expr: `time() - max(${series("hma_app_pool_worker_start_timestamp_seconds", BEARER_POOLS)})` }],
  });

const newestRow = (limits: Limits) =>
  stat({
    title: "Newest log row",
    description: "Age of the newest front-end log row that was read. If it is old, all other values here are old too.",
    unit: "s",
    decimals: 0,
    noValue: "no row yet",
    thresholds: thresholds(
      [null, COLOUR.good],
      [300, COLOUR.warn],
      [limits("hma:log_stale_front_seconds:threshold"), COLOUR.bad],
    ),
    queries: [{ expr: `time() - max(${series("hma_log_last_event_timestamp_seconds", 'format=~"iis|http_proxy"')})` }],
  });

const suspected = () =>
  stat({
    title: "Suspected",
    description:
      "401 answers of IIS in the time shown for which no log shows whether a token was refused or only " +
      "requested. A high number: turn on the HttpProxy log, or log the response header x-ms-diagnostics.",
    unit: "locale",
    decimals: 0,
    noValue: "not scraped",
    thresholds: thresholds([null, COLOUR.unknown], [0, COLOUR.good], [100, COLOUR.warn]),
    queries: [{ expr: `sum(increase(${series("hma_requests_total", 'result="suspected"')}[$__range]))` }],
  });

const requestsByResult = () =>
  timeSeries({
    title: "Requests by result",
    description:
      "Requests with a Bearer token, or whose scheme no log shows. Refused and suspected ones are at the " +
      "bottom. A challenge only asks for a token and is normal; success that falls while refusals rise is a " +
      "loop.",
    unit: "reqps",
    min: 0,
    draw: "areas",
    stacked: true,
    overrides: colouredNames(RESULT_COLOURS),
    queries: [
      ...["rejected", "suspected", "error", "challenge", "success"].map((result) => ({
        expr: `sum by (result) (rate(${series("hma_requests_total", `scheme=~"bearer|unknown", result="${result}"`)}[$__rate_interval]))`,
        legend: "{{result}}",
      })),
    ],
  });

const rejectionsByCategory = () =>
  timeSeries({
    title: "Refused Bearer requests by reason",
    description:
      "Why tokens were refused, as the server stated to the client. invalid_signature: the worker lacks the key " +
      "(this fault). token_expired: clocks. invalid_resource: host name or SSL offload. Only reasons that occur " +
      'in the time shown have a line; "all" is their sum. "403 and 5xx" are requests with that status and an ' +
      "OAuth reason: configuration not loaded, linked account.",
    unit: "reqps",
    min: 0,
    softMax: 0.1,
    overrides: [...colouredNames(CATEGORY_COLOURS), ALL_LINE],
    queries: [
      { expr: `sum(rate(${series("hma_bearer_rejections_total")}[$__rate_interval]))`, legend: "all" },
      {
        expr: onlyWhere(
          `sum by (category) (rate(${series("hma_bearer_rejections_total")}[$__rate_interval]))`,
          "category",
          `sum by (category) (increase(${series("hma_bearer_rejections_total")}[$__range] @ end()))`,
        ),
        legend: "{{category}}",
      },
      { expr: `sum(rate(${series("hma_bearer_errors_total")}[$__rate_interval])) > 0`, legend: "403 and 5xx" },
    ],
  });

const loopsByPool = () =>
  timeSeries({
    title: "Clients in loops by app pool",
    description:
      "Number of clients in a loop at each time, by app pool. 3 or more on one pool are an incident. Pools " +
      'without a loop in the time shown are not listed; "all" is the sum of all.',
    unit: "none",
    decimals: 0,
    min: 0,
    softMax: 5,
    draw: "steps",
    transformations: [SHORT_POOL_NAMES],
    limits: thresholds([null, "transparent"], [3, COLOUR.bad]),
    overrides: [...colouredNames(POOL_COLOURS), ALL_LINE],
    queries: [
      { expr: `sum(${series("hma_bearer_loops_open")})`, legend: "all" },
      {
        expr: onlyWhere(
          `sum by (app_pool) (${series("hma_bearer_loops_open")})`,
          "app_pool",
          `max by (app_pool) (max_over_time(${series("hma_bearer_loops_open")}[$__range] @ end()))`,
        ),
        legend: "{{app_pool}}",
      },
    ],
  });

const incidents = () =>
  stateTimeline({
    title: "Incidents by app pool and cause",
    description:
      "When an incident was open, coloured by its cause at that time. Pools without an incident in the time shown are left out.",
    mappings: [CAUSE_NUMBER_TEXTS],
    legend: true,
    transformations: [SHORT_POOL_NAMES],
    noValue: "no incident in this time",
    queries: [
      {
        expr: onlyWhere(
          `(${causeNumbers("app_pool", (matchers) => series("hma_incident_open", matchers))})`,
          "app_pool",
          `max by (app_pool) (max_over_time(${series("hma_incident_open")}[$__range] @ end()))`,
        ),
        legend: "{{app_pool}}",
      },
    ],
  });

const workerPhases = () =>
  stateTimeline({
    title: "Workers: new, within 30 minutes of the first Bearer request, settled",
    description:
      "The clock of this fault starts at a worker's first Bearer request, not at the recycle, and runs for at " +
      "most 30 minutes. Refusals inside a marked band belong to the new worker; refusals outside all bands have " +
      "another cause.",
    mappings: [WORKER_PHASES],
    legend: true,
    transformations: [SHORT_POOL_NAMES],
    noValue: "no worker seen yet",
    queries: [
      {
        expr: `(time() - max by (app_pool) (${series("hma_app_pool_first_bearer_timestamp_seconds", BEARER_POOLS)}) < bool ${HEAL_SECONDS})
      or (max by (app_pool) (${series("hma_app_pool_worker_start_timestamp_seconds", BEARER_POOLS)}) > bool 0) * 2`,
        legend: "{{app_pool}}",
      },
    ],
  });

const recycles = () =>
  timeSeries({
    title: "Workers replaced, by app pool and reason",
    description:
      "Recycles within each step. While the organisation is exposed, each can start the fault. A crash caused " +
      "by Managed Availability has its own reason. The marks on the time axis show the exact times.",
    unit: "none",
    decimals: 0,
    min: 0,
    softMax: 2,
    draw: "bars",
    stacked: true,
    interval: "5m",
    transformations: [SHORT_POOL_NAMES],
    overrides: colouredWords(REASON_COLOURS),
    queries: [
      {
        expr: `round(sum by (app_pool, reason) (increase(${series("hma_app_pool_recycles_total")}[$__rate_interval]))) > 0`,
        legend: "{{app_pool}} {{reason}}",
      },
      { expr: `sum(increase(${series("hma_app_pool_recycles_total")}[$__rate_interval])) * 0`, legend: "none" },
    ],
  });

const poolTable = () =>
  table({
    title: "App pools",
    description:
      "Each app pool of the server: its worker, its first Bearer request, and its refusals in the time shown. " +
      "No first Bearer request: the worker is new and has not checked a token yet.",
    noValue: "–",
    without: ["instance"],
    queries: [
      { expr: `sum by (instance, app_pool) (${series("hma_bearer_loops_open")})` },
      { expr: ofOpenIncident(series("hma_incident_clients")) },
      { expr: `1000 * max by (instance, app_pool) (${series("hma_app_pool_worker_start_timestamp_seconds")})` },
      { expr: `1000 * max by (instance, app_pool) (${series("hma_app_pool_first_bearer_timestamp_seconds")})` },
      { expr: `sum by (instance, app_pool) (round(increase(${series("hma_app_pool_recycles_total")}[$__range])))` },
      { expr: `sum by (instance, app_pool) (increase(${series("hma_bearer_rejections_total")}[$__range]))` },
      {
        expr: `sum by (instance, app_pool) (round(increase(${series("hma_bearer_loops_total", 'outcome="recovered"')}[$__range])))`,
      },
      {
        expr: `sum by (instance, app_pool) (round(increase(${series("hma_bearer_loops_total", 'outcome="unresolved"')}[$__range])))`,
      },
    ],
    sortBy: { title: "Refused", descending: true },
    columns: [
      { field: "app_pool", title: "App pool" },
      {
        field: "Value #A",
        width: 130,
        title: "Clients refused",
        unit: "none",
        thresholds: ANY_IS_BAD,
        cell: "coloured",
      },
      {
        field: "cause",
        width: 220,
        title: "Open incident",
        mappings: [CAUSE_TEXTS, nothingText("none")],
        cell: "coloured",
      },
      { field: "Value #B", width: 90, title: "Clients hit", unit: "none" },
      {
        field: "Value #C",
        width: 170,
        title: "Worker started",
        unit: "dateTimeAsIsoNoDateIfToday",
        noValue: "unknown",
      },
      {
        field: "Value #D",
        width: 170,
        title: "First Bearer request",
        unit: "dateTimeAsIsoNoDateIfToday",
        noValue: "none yet",
      },
      { field: "Value #E", width: 90, title: "Recycles", unit: "none" },
      { field: "Value #F", width: 100, title: "Refused", unit: "locale", decimals: 0 },
      { field: "Value #G", width: 145, title: "Loops recovered", unit: "none" },
      {
        field: "Value #H",
        width: 150,
        title: "Loops unresolved",
        unit: "none",
        thresholds: thresholds([null, COLOUR.good], [1, COLOUR.warn]),
        cell: "coloured",
      },
    ],
  });

const byProtocol = () =>
  timeSeries({
    title: "Refused by protocol",
    description:
      "Refused Bearer requests by protocol: ews and mapi are Outlook, eas is mobile devices, autodiscover comes " +
      "before the others. EWS and Autodiscover also carry server-to-server tokens.",
    unit: "reqps",
    min: 0,
    softMax: 0.1,
    overrides: colouredNames(PROTOCOL_COLOURS),
    queries: [
      {
        expr: `sum by (protocol) (rate(${series("hma_requests_total", REFUSED)}[$__rate_interval]))`,
        legend: "{{protocol}}",
      },
    ],
  });

const byScheme = () =>
  timeSeries({
    title: "All requests by scheme",
    description:
      "All requests except noise, by authentication scheme. The share of bearer shows the progress of modern " +
      "authentication; unknown are requests whose scheme IIS does not log.",
    unit: "reqps",
    min: 0,
    draw: "areas",
    stacked: true,
    overrides: colouredNames({
      bearer: COLOUR.deep,
      negotiate: COLOUR.calm,
      ntlm: COLOUR.warn,
      basic: COLOUR.bad,
      forms: COLOUR.note,
      anonymous: COLOUR.pale,
      unknown: COLOUR.unknown,
    }),
    queries: [
      { expr: `sum by (scheme) (rate(${series("hma_requests_total")}[$__rate_interval]))`, legend: "{{scheme}}" },
    ],
  });

const loopLengths = () =>
  heatmap({
    title: "Length of ended loops",
    description:
      "How long clients were refused before they recovered or gave up. Up to 30 minutes is the fault that heals " +
      "by itself; loops above it have another cause.",
    unit: "s",
    interval: "5m",
    query: { expr: `sum by (le) (increase(${series("hma_bearer_loop_duration_seconds_bucket")}[$__rate_interval]))` },
  });

const bearerErrors = () =>
  timeSeries({
    title: "403 and 5xx with an OAuth reason",
    description:
      "Answers other than 401 with an OAuth reason: the worker could not load its configuration, or the account " +
      "is linked or disabled. Clients show an error and do not ask for another token, so there is no loop.",
    unit: "reqps",
    min: 0,
    softMax: 0.1,
    transformations: [SHORT_POOL_NAMES],
    queries: [
      {
        expr: `sum by (app_pool, category) (rate(${series("hma_bearer_errors_total")}[$__rate_interval])) > 0`,
        legend: "{{app_pool}} {{category}}",
      },
      { expr: `sum(rate(${series("hma_bearer_errors_total")}[$__rate_interval]))`, legend: "all" },
    ],
    overrides: [ALL_LINE],
  });

const logsAgainstCounters = () =>
  timeSeries({
    title: "Refusals: logs against performance counters",
    description:
      "Refusals counted from the logs, and by Exchange's own counters if they are collected. If the lines " +
      "differ, rows are not read or reasons are not recognised.",
    unit: "reqps",
    min: 0,
    softMax: 0.1,
    overrides: [
      byName("logs", { color: { mode: "fixed", fixedColor: COLOUR.bad } }),
      byName("counters", {
        color: { mode: "fixed", fixedColor: COLOUR.deep },
        "custom.lineStyle": { fill: "dash", dash: [8, 6] },
      }),
    ],
    queries: [
      { expr: `sum(rate(${series("hma_bearer_rejections_total")}[$__rate_interval]))`, legend: "logs" },
      { expr: `sum(rate(${series("hma_perfmon_bearer_rejections_total")}[$__rate_interval]))`, legend: "counters" },
    ],
  });

const logLag = () =>
  timeSeries({
    title: "Lag of the logs",
    description:
      "Time from a row's own time until it was read. About a minute is normal for IIS, which writes its buffer " +
      "once a minute. A longer lag delays every finding by the same time.",
    unit: "s",
    min: 0,
    limits: thresholds([null, "transparent"], [300, COLOUR.warn]),
    overrides: colouredNames(FORMAT_COLOURS),
    queries: [{ expr: `max by (format) (${series("hma_log_lag_seconds")})`, legend: "{{format}}" }],
  });
