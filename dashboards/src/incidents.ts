import type { Dashboard } from "@grafana/schema";
import { CAUSES } from "../../src/model/label-values.ts";
import { board } from "./board.ts";
import { ACTION_TEXTS, CAUSE_NUMBER_TEXTS, CAUSE_TEXTS, causeNumbers, firstActionOf } from "./cause-guide.ts";
import { barGauge } from "./bar-gauge.ts";
import { HEAL_SECONDS, ofOpenIncident, onlyWhere, WITHIN_BOUND } from "./expressions.ts";
import { ALL_LINE, ANY_IS_BAD, colouredNames, colouredWords, thresholds } from "./field.ts";
import { heatmap } from "./heatmap.ts";
import { sideBySide, sized } from "./layout.ts";
import { TO_SERVER, toServerFrom } from "./link.ts";
import { CAUSE_COLOURS, COLOUR, OUTCOME_COLOURS, POOL_COLOURS } from "./palette.ts";
import { SHORT_POOL_NAMES } from "./panel.ts";
import { series } from "./series.ts";
import { stat } from "./stat.ts";
import { stateTimeline } from "./state-timeline.ts";
import { table } from "./table.ts";
import { text } from "./text.ts";
import { timeSeries } from "./time-series.ts";

/** Dashboard of incidents: when, how long compared with 30 minutes, how many clients. */
export function incidents(): Dashboard {
  return board({
    name: "incidents",
    description:
      "Incidents by server, app pool and cause: when, how long compared with the 30 minutes within which a " +
      "worker loads new keys by itself, how many clients, and what happened before.",
    targets: "servers",
    from: "now-7d",
    marks: "few",
    refresh: "1m",
    sections: [
      {
        title: "Now",
        panels: [
          ...sideBySide(4, openNow(), clientsNow(), ended(), withinBound(), median(), longTail()),
          sized(24, 9, openTable()),
        ],
      },
      { title: "When and why", panels: [sized(24, 8, timeline()), ...sideBySide(8, clientsHit(), clientsInLoops())] },
      {
        title: "How long",
        panels: [sized(12, 8, durations()), sized(6, 8, boundByCause()), sized(6, 8, loopOutcomes())],
      },
      { title: "History", panels: [sized(24, 9, history()), sized(12, 9, byCause()), sized(12, 9, guide())] },
    ],
  });
}

const openNow = () =>
  stat({
    title: "Open incidents",
    description: "App pools with an open incident at this moment.",
    unit: "none",
    noValue: "not scraped",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("hma_incident_open")})` }],
  });

const clientsNow = () =>
  stat({
    title: "Clients hit now",
    description:
      "Clients hit by the open incidents, summed over app pools: a client that is refused on two pools counts twice.",
    unit: "none",
    noValue: "not scraped",
    thresholds: ANY_IS_BAD,
    queries: [{ expr: `sum(${series("hma_incident_clients")})` }],
  });

const ended = () =>
  stat({
    title: "Ended in this time",
    description: "Incidents that ended in the time shown.",
    unit: "none",
    decimals: 0,
    noValue: "not scraped",
    thresholds: thresholds([null, COLOUR.unknown], [0, COLOUR.good], [1, COLOUR.warn]),
    queries: [{ expr: `sum(round(increase(${series("hma_incidents_total")}[$__range])))` }],
  });

const withinBound = () =>
  stat({
    title: "Within 30 minutes",
    description:
      "Share of the incidents ended in the time shown that ended within 30 minutes, as expected for the fault " +
      "of KB 4559435. A low share means other causes: see the panels by cause.",
    unit: "percentunit",
    decimals: 0,
    noValue: "none ended",
    thresholds: thresholds([null, COLOUR.bad], [0.5, COLOUR.warn], [0.9, COLOUR.good]),
    queries: [
      {
        expr:
          `sum(increase(${series("hma_incident_duration_seconds_bucket", WITHIN_BOUND)}[$__range])) / ` +
          `(sum(increase(${series("hma_incident_duration_seconds_count")}[$__range])) > 0)`,
      },
    ],
  });

const median = () =>
  stat({
    title: "Median length",
    description:
      "Half of the incidents ended in the time shown were shorter. Interpolated between the histogram's bucket bounds.",
    unit: "s",
    decimals: 0,
    noValue: "none ended",
    thresholds: thresholds([null, COLOUR.good], [HEAL_SECONDS, COLOUR.warn], [2 * HEAL_SECONDS, COLOUR.bad]),
    queries: [
      {
        expr: `histogram_quantile(0.5, sum by (le) (increase(${series("hma_incident_duration_seconds_bucket")}[$__range])) > 0)`,
      },
    ],
  });

const longTail = () =>
  stat({
    title: "Mean length",
    description:
      "Mean length of the incidents ended in the time shown, first to last refusal. Far above the median: a few " +
      "long incidents, which are not the fault that heals by itself.",
    unit: "s",
    decimals: 0,
    noValue: "none ended",
    thresholds: thresholds([null, COLOUR.good], [HEAL_SECONDS, COLOUR.warn], [2 * HEAL_SECONDS, COLOUR.bad]),
    queries: [
      {
        expr:
          `sum(increase(${series("hma_incident_duration_seconds_sum")}[$__range])) / ` +
          `(sum(increase(${series("hma_incident_duration_seconds_count")}[$__range])) > 0)`,
      },
    ],
  });

const openTable = () =>
  table({
    title: "Open incidents: who is hit, and what to do",
    description:
      'One row for each open incident. "Left" counts down to 30 minutes after the worker\'s first Bearer ' +
      "request; below 0 the worker will not heal by itself. The server's name links to its dashboard, from half " +
      "an hour before the incident.",
    noValue: "–",
    queries: [
      { expr: `label_replace(${ofOpenIncident(series("hma_incident_clients"))}, "action", "$1", "cause", "(.+)")` },
      { expr: ofOpenIncident(series("hma_bearer_loops_open")) },
      { expr: `1000 * ${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))}` },
      { expr: `time() - ${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))}` },
      { expr: `${ofOpenIncident(series("hma_incident_expected_end_timestamp_seconds"))} - time()` },
      { expr: `1000 * (${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))} - 1800)` },
    ],
    sortBy: { title: "Clients hit", descending: true },
    columns: [
      { field: "instance", title: "Server", width: 120, links: [toServerFrom("from")] },
      { field: "app_pool", title: "App pool", width: 270 },
      { field: "cause", title: "Cause", width: 210, cell: "coloured", mappings: [CAUSE_TEXTS] },
      { field: "Value #A", title: "Clients hit", unit: "none", width: 110 },
      { field: "Value #B", title: "In loops now", unit: "none", width: 115 },
      { field: "Value #C", title: "Since", unit: "dateTimeAsIsoNoDateIfToday", width: 155 },
      { field: "Value #D", title: "Open for", unit: "dtdurations", decimals: 0, width: 120 },
      {
        field: "Value #E",
        title: "Left",
        unit: "dtdurations",
        decimals: 0,
        width: 140,
        noValue: "not by itself",
        thresholds: thresholds([null, COLOUR.bad], [0, COLOUR.warn]),
        cell: "coloured",
      },
      { field: "action", title: "First action", cell: "wrapped", mappings: [ACTION_TEXTS] },
      { field: "Value #F", title: "from", unit: "none", hidden: true },
    ],
  });

const timeline = () =>
  stateTimeline({
    title: "Incidents by server and app pool, coloured by cause",
    description:
      "Each band is an open incident. Bands of one server: a worker there. Bands of all servers at the same " +
      "time: the keys or the metadata. Pools without an incident in the time shown are not listed.",
    mappings: [CAUSE_NUMBER_TEXTS],
    legend: true,
    transformations: [SHORT_POOL_NAMES],
    noValue: "no incident in this time",
    queries: [
      {
        expr: onlyWhere(
          `(${causeNumbers("instance, app_pool", (matchers) => series("hma_incident_open", matchers))})`,
          "instance, app_pool",
          `max by (instance, app_pool) (max_over_time(${series("hma_incident_open")}[$__range] @ end()))`,
        ),
        legend: "{{instance}} {{app_pool}}",
      },
    ],
  });

const clientsHit = () =>
  timeSeries({
    title: "Clients hit by open incidents",
    description: "Clients whose loops make up the open incidents, by server.",
    unit: "none",
    decimals: 0,
    min: 0,
    softMax: 5,
    draw: "steps",
    queries: [{ expr: `sum by (instance) (${series("hma_incident_clients")})`, legend: "{{instance}}" }],
  });

const clientsInLoops = () =>
  timeSeries({
    title: "Clients in loops, with and without an incident",
    description:
      "Clients in loops by app pool, all servers together. Fewer than three loops at a time are not an " +
      "incident: single users, not the server.",
    unit: "none",
    decimals: 0,
    min: 0,
    softMax: 5,
    draw: "steps",
    transformations: [SHORT_POOL_NAMES],
    overrides: [...colouredNames(POOL_COLOURS), ALL_LINE],
    queries: [
      {
        expr: onlyWhere(
          `sum by (app_pool) (${series("hma_bearer_loops_open")})`,
          "app_pool",
          `sum by (app_pool) (max_over_time(${series("hma_bearer_loops_open")}[$__range] @ end()))`,
        ),
        legend: "{{app_pool}}",
      },
      { expr: `sum(${series("hma_bearer_loops_open")})`, legend: "all" },
    ],
  });

const durations = () =>
  heatmap({
    title: "Length of ended incidents, compared with 30 minutes",
    description:
      "Each cell is the number of incidents that ended at that time, by length. Incidents above 30 min did not heal by themselves.",
    unit: "s",
    interval: "1h",
    query: { expr: `sum by (le) (increase(${series("hma_incident_duration_seconds_bucket")}[$__rate_interval]))` },
  });

const boundByCause = () =>
  barGauge({
    title: "Within 30 minutes, by cause",
    description:
      "Share of the incidents of each cause, ended in the time shown, that ended within 30 minutes. Only " +
      "stale_keys_after_recycle should be near 100 %.",
    unit: "percentunit",
    decimals: 0,
    max: 1,
    noValue: "none ended",
    thresholds: thresholds([null, COLOUR.warn], [0.9, COLOUR.good]),
    queries: [
      {
        expr:
          `sum by (cause) (increase(${series("hma_incident_duration_seconds_bucket", WITHIN_BOUND)}[$__range])) / ` +
          `(sum by (cause) (increase(${series("hma_incident_duration_seconds_count")}[$__range])) > 0)`,
        legend: "{{cause}}",
      },
    ],
  });

const loopOutcomes = () =>
  barGauge({
    title: "Loops ended, by outcome",
    description:
      "Recovered: the client's next request succeeded. Unresolved: the client sent no request for ten minutes.",
    unit: "none",
    decimals: 0,
    noValue: "not scraped",
    overrides: colouredNames(OUTCOME_COLOURS),
    queries: [
      {
        expr: `sum by (outcome) (round(increase(${series("hma_bearer_loops_total")}[$__range])))`,
        legend: "{{outcome}}",
      },
    ],
  });

/** One series per incident, with its start as a label. A step of a minute is enough: an incident is open for longer. */
const PER_INCIDENT =
  `count_values by (instance, app_pool, cause) ("start", 1000 * ` +
  `${ofOpenIncident(series("hma_incident_start_timestamp_seconds"))})`;

const history = () =>
  table({
    title: "Incidents in the time shown",
    description:
      "One row for each incident that was open in the time shown, newest first: start, how long it was open (in " +
      "steps of a minute), maximum number of clients. An incident whose cause was corrected, or whose start was " +
      "moved by late rows, has one row per cause and start. The evidence is on the exporter's page /incidents.",
    noValue: "–",
    queries: [
      { expr: `60 * count_over_time((${PER_INCIDENT})[$__range:1m])` },
      {
        expr:
          `max_over_time((${PER_INCIDENT} * on (instance, app_pool, cause) group_left () ` +
          `${ofOpenIncident(series("hma_incident_clients"))})[$__range:1m])`,
      },
    ],
    sortBy: { title: "Start", descending: true },
    steps: [
      {
        id: "convertFieldType",
        options: { conversions: [{ targetField: "start", destinationType: "number" }], fields: {} },
      },
    ],
    columns: [
      { field: "start", title: "Start", unit: "dateTimeAsIso", width: 180 },
      { field: "instance", title: "Server", width: 130, links: [TO_SERVER] },
      { field: "app_pool", title: "App pool" },
      { field: "cause", title: "Cause", cell: "coloured", mappings: [CAUSE_TEXTS] },
      {
        field: "Value #A",
        title: "Open for",
        unit: "dtdurations",
        decimals: 0,
        thresholds: thresholds([null, COLOUR.good], [HEAL_SECONDS + 600, COLOUR.warn], [2 * HEAL_SECONDS, COLOUR.bad]),
        cell: "coloured",
      },
      { field: "Value #B", title: "Max. clients", unit: "none" },
    ],
  });

const byCause = () =>
  timeSeries({
    title: "Incidents ended, by cause",
    description: "Incidents that ended within each step, by their final cause.",
    unit: "none",
    decimals: 0,
    min: 0,
    softMax: 2,
    draw: "bars",
    stacked: true,
    interval: "6h",
    overrides: colouredWords(CAUSE_COLOURS),
    queries: [
      {
        expr: `round(sum by (cause) (increase(${series("hma_incidents_total")}[$__rate_interval]))) > 0`,
        legend: "{{cause}}",
      },
      { expr: `sum(increase(${series("hma_incidents_total")}[$__rate_interval])) * 0`, legend: "none" },
    ],
  });

const guide = () =>
  text(
    "First action by cause",
    "First action for each possible cause of an incident.",
    [
      "| Cause | First action |",
      "|---|---|",
      // An unescaped | in a command would end the table cell, and Grafana would omit the rest.
      ...CAUSES.map((cause) => `| \`${cause}\` | ${firstActionOf(cause).replaceAll("|", String.raw`\|`)} |`),
    ].join("\n"),
  );
