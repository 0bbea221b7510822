import type { Dashboard } from "@grafana/schema";
import { board } from "./board.ts";
import { ACTION_TEXTS, CAUSE_NUMBER_TEXTS, CAUSE_TEXTS, causeNumbers } from "./cause-guide.ts";
import { ofOpenIncident, REFUSED, refusedShare, WITH_TOKEN } from "./expressions.ts";
import { ANY_IS_BAD, ANY_IS_WARNING, byName, nothingText, thresholds, valueTexts } from "./field.ts";
import { sideBySide, sized } from "./layout.ts";
import { TO_RUNBOOK, TO_SERVER, toBoard, toServerFrom } from "./link.ts";
import { COLOUR } from "./palette.ts";
import { SHORT_POOL_NAMES } from "./panel.ts";
import { firingAlerts, organisation, series } from "./series.ts";
import { stat } from "./stat.ts";
import { stateTimeline } from "./state-timeline.ts";
import { table } from "./table.ts";
import type { Limits } from "./limits.ts";
import { timeSeries } from "./time-series.ts";
import { exposedStat, keysOverTime } from "./key-panels.ts";

/** Dashboard of all servers: where and why clients are refused now. */
export function fleetOverview(limits: Limits): Dashboard {
  return board({
    name: "fleet",
    description:
      "Are clients being refused now, where and why; would the next recycle refuse tokens; is the configuration correct.",
    targets: "servers",
    from: "now-6h",
    refresh: "30s",
    sections: [
      {
        title: "Now",
        panels: sideBySide(
          4,
          clientsRefused(),
          incidentsOpen(),
          serversHit(),
          exposedStat(),
          alertsFiring(),
          criticalChecks(),
          notRefused(limits),
          serversNotScraped(),
        ),
      },
      { title: "Where and why", panels: [sized(24, 9, incidentTable(limits)), sized(24, 7, incidentsOverTime())] },
      { title: "Over time", panels: sideBySide(8, refusedByServer(), clientsByServer(), keysOverTime()) },
      { title: "Servers", panels: [sized(24, 8, serverTable(limits))] },
      { title: "Alerts and compliance overview", panels: sideBySide(8, alertTable(), complianceTable()) },
    ],
  });
}

const clientsRefused = () =>
  stat({
    title: "Clients refused",
    description:
      "Clients that are in a loop at this moment: refused at least five times in a row without one success. 0 " +
      "is good; from 3 on one app pool it is an incident.",
    unit: "none",
    noValue: "no server is scraped",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("hma_bearer_loops_open")})` }],
  });

const incidentsOpen = () =>
  stat({
    title: "Open incidents",
    description: "App pools on which at least three clients are in loops at once. The table below shows where and why.",
    unit: "none",
    noValue: "no server is scraped",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("hma_incident_open")})` }],
  });

const serversHit = () =>
  stat({
    title: "Servers hit",
    description:
      "Servers with an open incident. One server: a worker there holds old keys, the others can carry the load. " +
      "Several at once: keys rolled or the metadata cannot be reached; do not recycle.",
    unit: "none",
    noValue: "no server is scraped",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(max by (instance) (${series("hma_incident_open")}))` }],
  });

/** Counts an alert once per set of its own labels; labels that Prometheus adds do not count. */
const alertsOf = (matchers = "") =>
  `max by (alertname, severity, component, job, instance, check, collector, format) (${firingAlerts(matchers)})`;

const alertsFiring = () =>
  stat({
    title: "Alerts firing",
    description:
      "Alerts of this product that fire now for the selected jobs and servers: critical ones page, the others " +
      "are tickets and hints. Also 0 if the alerting rules are not loaded.",
    unit: "none",
    noValue: "unknown",
    named: true,
    thresholds: ANY_IS_WARNING,
    overrides: [byName("critical", { thresholds: ANY_IS_BAD })],
    queries: [
      { expr: `count(${alertsOf('severity="critical"')}) or vector(0)`, legend: "critical" },
      { expr: `count(${alertsOf('severity!="critical"')}) or vector(0)`, legend: "others" },
    ],
  });

const criticalChecks = () =>
  stat({
    title: "Critical failures",
    description:
      "Compliance checks of severity critical that fail for at least one object. Unknown is not compliant: " +
      "checks without a verdict are counted on the dashboard Config compliance.",
    unit: "none",
    noValue: "unknown",
    thresholds: ANY_IS_BAD,
    queries: [
      {
        expr: `sum(min by (check, object) (${organisation("hma_config_compliant", 'severity="critical"')}) == bool 0)`,
      },
    ],
  });

const notRefused = (limits: Limits) =>
  stat({
    title: "Success ratio",
    description:
      "Share of users' requests with a Bearer token that were not refused, in the time shown. Challenges " +
      "(requests that only ask for a token) and refusals of strangers are not counted. Needs a log that shows " +
      "accepted and refused requests (HttpProxy).",
    unit: "percentunit",
    decimals: 3,
    noValue: "no Bearer request",
    thresholds: thresholds([null, COLOUR.bad], [0.99, COLOUR.warn], [limits("hma:slo_objective:ratio"), COLOUR.good]),
    queries: [{ expr: `1 - ${refusedShare("", { range: "$__range" })}` }],
  });

const serversNotScraped = () =>
  stat({
    title: "Targets down",
    description:
      "Targets that Prometheus cannot scrape. The state of a server that is not scraped is unknown, not good.",
    unit: "none",
    noValue: "no target",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("up")} == bool 0)` }],
  });

const incidentTable = (limits: Limits) =>
  table({
    title: "Open incidents: who is hit, why, and what to do",
    description:
      "One row for each open incident. The cause is determined while the incident is open, and corrected when " +
      'evidence arrives. "Heals by" is 30 minutes after the worker\'s first Bearer request; causes that do not ' +
      "heal by themselves have none. The server's name links to its dashboard, from half an hour before the " +
      "incident.",
    noValue: "–",
    queries: [
      { expr: `label_replace(${ofOpenIncident(series("hma_incident_clients"))}, "action", "$1", "cause", "(.+)")` },
      { expr: `1000 * ${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))}` },
      { expr: `time() - ${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))}` },
      { expr: `1000 * ${ofOpenIncident(series("hma_incident_expected_end_timestamp_seconds"))}` },
      { expr: `1000 * (${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))} - 1800)` },
      { expr: ofOpenIncident(series("hma_incident_proven")) },
    ],
    sortBy: { title: "Clients hit", descending: true },
    columns: [
      { field: "instance", title: "Server", width: 130, links: [toServerFrom("from")] },
      { field: "app_pool", title: "App pool", width: 270 },
      { field: "cause", title: "Cause", width: 210, cell: "coloured", mappings: [CAUSE_TEXTS] },
      {
        field: "Value #A",
        title: "Clients hit",
        unit: "none",
        width: 115,
        thresholds: thresholds([null, COLOUR.warn], [10, COLOUR.bad]),
        cell: "coloured",
      },
      {
        field: "Value #F",
        title: "Proven",
        unit: "none",
        width: 80,
        mappings: [valueTexts({ 0: ["no", COLOUR.warn], 1: ["yes"] }), nothingText("unknown")],
      },
      { field: "Value #B", title: "Since", unit: "dateTimeAsIsoNoDateIfToday", width: 160 },
      {
        field: "Value #C",
        title: "Open for",
        unit: "dtdurations",
        decimals: 0,
        width: 120,
        thresholds: thresholds([null, COLOUR.warn], [limits("hma:incident_prolonged_seconds:threshold"), COLOUR.bad]),
        cell: "coloured",
      },
      {
        field: "Value #D",
        title: "Heals by",
        unit: "dateTimeAsIsoNoDateIfToday",
        width: 160,
        noValue: "not by itself",
      },
      { field: "action", title: "First action", cell: "wrapped", mappings: [ACTION_TEXTS] },
      { field: "Value #E", title: "from", unit: "none", hidden: true },
    ],
  });

const incidentsOverTime = () =>
  stateTimeline({
    title: "Incidents by server and app pool",
    description:
      "When an incident was open, and its cause at that time. Only one server: a worker with old keys. All " +
      "servers at the same time: the keys or the metadata. Only pools with an incident in the time shown have a " +
      "row.",
    mappings: [CAUSE_NUMBER_TEXTS],
    legend: true,
    transformations: [SHORT_POOL_NAMES],
    noValue: "no incident in this time",
    queries: [
      {
        expr: `(${causeNumbers("instance, app_pool", (matchers) => series("hma_incident_open", matchers))})
      and on (instance, app_pool) (max by (instance, app_pool) (max_over_time(${series("hma_incident_open")}[$__range] @ end())) > 0)`,
        legend: "{{instance}} {{app_pool}}",
      },
    ],
  });

const refusedByServer = () =>
  timeSeries({
    title: "Bearer requests refused, by server",
    description:
      "Refused Bearer requests per second. If one server stands out, drain it; if all servers rise together, " +
      "the cause is in the organisation.",
    unit: "reqps",
    min: 0,
    softMax: 0.1,
    queries: [
      {
        expr: `sum by (instance) (rate(${series("hma_requests_total", REFUSED)}[$__rate_interval]))`,
        legend: "{{instance}}",
      },
    ],
  });

const clientsByServer = () =>
  timeSeries({
    title: "Clients in loops, by server",
    description: "Number of clients in a loop at each time. Each is a person or a device without mail.",
    unit: "none",
    decimals: 0,
    min: 0,
    softMax: 5,
    draw: "steps",
    queries: [{ expr: `sum by (instance) (${series("hma_bearer_loops_open")})`, legend: "{{instance}}" }],
  });

const serverTable = (limits: Limits) =>
  table({
    title: "Servers",
    description:
      'All selected servers. "New workers" have seen no Bearer request yet: while the organisation is exposed, ' +
      'each of them will refuse tokens. "Newest row" is the age of the newest front-end log row: while it is ' +
      "old, the other numbers are too.",
    noValue: "unknown",
    queries: [
      // Excludes the daemon of a central installation, which is not a server.
      {
        expr:
          `max by (instance) (${series("up")} unless on (job, instance) (${series("hma_exporter_build_info")} ` +
          `unless on (job, instance) ${series("hma_bearer_loops_open")}))`,
      },
      { expr: `sum by (instance) (${series("hma_bearer_loops_open")})` },
      { expr: `sum by (instance) (${series("hma_incident_open")})` },
      { expr: `sum by (instance) (rate(${series("hma_requests_total", WITH_TOKEN)}[$__rate_interval]))` },
      { expr: refusedShare(" by (instance)", { range: "$__range" }) },
      { expr: `sum by (instance) (increase(${series("hma_requests_total", 'result="suspected"')}[$__range]))` },
      { expr: `sum by (instance) (round(increase(${series("hma_app_pool_recycles_total")}[$__range])))` },
      {
        expr:
          `count by (instance) (${series("hma_app_pool_worker_start_timestamp_seconds")} unless ` +
          `${series("hma_app_pool_first_bearer_timestamp_seconds")}) or sum by (instance) ` +
          `(${series("hma_bearer_loops_open")}) * 0`,
      },
      {
        expr: `time() - max by (instance) (${series("hma_log_last_event_timestamp_seconds", 'format=~"iis|http_proxy"')})`,
      },
      { expr: `max by (instance) (${series("hma_server_in_maintenance")})` },
      { expr: `min by (instance) (${series("hma_server_logs_found")})` },
    ],
    sortBy: { title: "Server" },
    columns: [
      { field: "instance", title: "Server", width: 150, links: [TO_SERVER] },
      {
        field: "Value #A",
        title: "Scraped",
        width: 90,
        mappings: [valueTexts({ 0: ["down", COLOUR.bad], 1: ["up", COLOUR.good] }), nothingText("unknown")],
        cell: "coloured",
      },
      {
        field: "Value #K",
        title: "Logs",
        width: 90,
        mappings: [valueTexts({ 0: ["gone", COLOUR.bad], 1: ["found"] }), nothingText("unknown")],
        cell: "coloured",
      },
      {
        field: "Value #J",
        title: "In maintenance",
        width: 130,
        mappings: [valueTexts({ 0: ["no"], 1: ["yes", COLOUR.note] }), nothingText("unknown")],
      },
      {
        field: "Value #B",
        title: "Clients refused",
        width: 130,
        unit: "none",
        thresholds: ANY_IS_BAD,
        cell: "coloured",
      },
      {
        field: "Value #C",
        title: "Open incidents",
        width: 130,
        unit: "none",
        thresholds: ANY_IS_BAD,
        cell: "coloured",
      },
      { field: "Value #D", title: "Bearer requests", width: 140, unit: "reqps", decimals: 1 },
      {
        field: "Value #E",
        title: "Refused",
        unit: "percentunit",
        decimals: 2,
        thresholds: thresholds([null, COLOUR.unknown], [0, COLOUR.good], [0.005, COLOUR.warn], [0.01, COLOUR.bad]),
        cell: "coloured",
        noValue: "no Bearer request",
      },
      { field: "Value #F", title: "Suspected", width: 110, unit: "locale", decimals: 0 },
      { field: "Value #G", title: "Recycles", width: 100, unit: "none", decimals: 0 },
      { field: "Value #H", title: "New workers", width: 120, unit: "none" },
      {
        field: "Value #I",
        title: "Newest row",
        unit: "dtdurations",
        decimals: 0,
        thresholds: thresholds(
          [null, COLOUR.good],
          [300, COLOUR.warn],
          [limits("hma:log_stale_front_seconds:threshold"), COLOUR.bad],
        ),
        cell: "coloured",
      },
    ],
  });

const alertTable = () =>
  table({
    title: "Firing alerts",
    description:
      "Alerts that fire now. The alert's name links to its runbook, the server's name to its dashboard. Empty " +
      "if nothing fires, and if the alerting rules are not loaded.",
    noValue: "–",
    without: ["check", "collector", "format"],
    queries: [{ expr: alertsOf() }],
    sortBy: { title: "Severity" },
    columns: [
      {
        field: "severity",
        title: "Severity",
        width: 100,
        cell: "coloured",
        mappings: [
          valueTexts({
            critical: ["critical", COLOUR.bad],
            warning: ["warning", COLOUR.warn],
            info: ["info", COLOUR.calm],
          }),
        ],
      },
      { field: "alertname", title: "Alert", links: [TO_RUNBOOK] },
      { field: "instance", title: "Server", width: 160, links: [TO_SERVER] },
      { field: "component", title: "Part", width: 130 },
    ],
  });

const complianceTable = () =>
  table({
    title: "Compliance overview",
    description:
      "Number of objects that pass and that fail, by severity of the check. Checks without a verdict are in " +
      "neither column: see the dashboard Config compliance.",
    noValue: "none",
    queries: [
      { expr: `sum by (severity) (min by (check, severity, object) (${organisation("hma_config_compliant")}))` },
      {
        expr: `sum by (severity) (min by (check, severity, object) (${organisation("hma_config_compliant")}) == bool 0)`,
      },
    ],
    sortBy: { title: "Severity" },
    columns: [
      { field: "severity", title: "Severity", links: [toBoard("compliance")] },
      { field: "Value #A", title: "Pass", unit: "none" },
      { field: "Value #B", title: "Fail", unit: "none", thresholds: ANY_IS_BAD, cell: "coloured" },
    ],
  });
