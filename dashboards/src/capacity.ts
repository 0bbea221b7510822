import type { Dashboard } from "@grafana/schema";
import { board } from "./board.ts";
import {
  REFUSED,
  refusedShare,
  refusedStrangers,
  refusedUsers,
  userMinutes,
  WITH_TOKEN,
  WITHIN_BOUND,
} from "./expressions.ts";
import { byName, colouredNames, PLAIN, thresholds } from "./field.ts";
import { heatmap } from "./heatmap.ts";
import { sideBySide, sized } from "./layout.ts";
import { TO_SERVER } from "./link.ts";
import { COLOUR, PROTOCOL_COLOURS } from "./palette.ts";
import { recorded, series } from "./series.ts";
import { stat } from "./stat.ts";
import { table } from "./table.ts";
import type { Limits } from "./limits.ts";
import { timeSeries } from "./time-series.ts";

/** Objective of the service level: the recorded one, or the default if the rules are not loaded. */
const objective = (limits: Limits) =>
  `scalar(${recorded("hma:slo_objective:ratio")} or vector(${limits("hma:slo_objective:ratio")}))`;

/** The UTC day that starts at a bar's time; for today, the part until now. */
const DAY = { range: "1d", offset: "offset -1d" };
const ofDay = (selector: string) => `increase(${selector}[${DAY.range}] ${DAY.offset})`;

/** Increase of a counter per protocol and complete UTC day, at the midnight that ends the day. */
function fullDays(matchers: string): string {
  const counter = series("hma_requests_total", matchers);
  return `(sum by (protocol) (increase(${counter}[1d])) and on (protocol) sum by (protocol) (increase(${counter}[1h] offset 1d)) >= 0)`;
}

/** Number of complete days that a comparison of two weeks needs. */
const MIN_DAYS = 14;

/** Time between the middle and the end of a week, days. */
const HALF_WEEK_DAYS = 3.5;

/**
 * Increase of a counter per protocol and day over whole weeks, with week ends half a week apart. Each value covers the same days of the
 * week, so that quiet weekends do not bend the line. No value for an incomplete week.
 */
function wholeWeeks(matchers: string): string {
  const counter = series("hma_requests_total", matchers);
  return `(sum by (protocol) (increase(${counter}[1w])) / 7 and on (protocol) sum by (protocol) (increase(${counter}[1h] offset 1w)) >= 0)`;
}

/** Minimum number of week ends for a straight line: those of two weeks. */
const MIN_WEEK_ENDS = 3;

/** Linear forecast in `days` days from the whole weeks of the last four; no value with less than two complete weeks. */
function ahead(matchers: string, days: number): string {
  const history = `${wholeWeeks(matchers)}[4w:${HALF_WEEK_DAYS * 24}h]`;
  return (
    `clamp_min(predict_linear(${history}, ${days + HALF_WEEK_DAYS} * 86400), 0) and on (protocol) ` +
    `count_over_time(${history}) >= ${MIN_WEEK_ENDS}`
  );
}

/** `expr` if there were requests two weeks ago, because an incomplete week cannot be compared. */
function sinceFortnight(by: string, expr: string): string {
  return `${expr} and on (${by}) sum by (${by}) (increase(${series("hma_requests_total", WITH_TOKEN)}[2h] offset 330h)) >= 0`;
}

/** Dashboard for weeks and months: cost, trend and forecast. */
export function capacity(limits: Limits): Dashboard {
  return board({
    name: "capacity",
    description:
      "Weeks and months: cost of refusals, trend and forecast. Days are UTC days; a bar is drawn at the start " +
      "of its day, and today's bar grows.",
    targets: "servers",
    timezone: "utc",
    marks: "few",
    from: "now-30d",
    refresh: "1h",
    sections: [
      {
        title: "In this time",
        panels: sideBySide(
          4,
          refusedTotal(),
          strangersTotal(),
          clientMinutesTotal(),
          incidentMinutesTotal(),
          acceptedTotal(limits),
          budgetLeft(),
          peakLength(),
        ),
      },
      {
        title: "What it costs, by day",
        panels: [
          ...sideBySide(8, refusedPerDay(), clientMinutesPerDay()),
          ...sideBySide(8, loopMinutesPerDay(), recyclesAgainstLoops()),
        ],
      },
      { title: "Service level", panels: sideBySide(8, budget(), burnRates(limits)) },
      {
        title: "Trends by protocol",
        panels: [...sideBySide(8, refusedShareByProtocol(), requestsPerDay()), sized(24, 8, forecast())],
      },
      { title: "Week over week", panels: [sized(24, 7, weekOverWeek())] },
      { title: "How long loops last", panels: sideBySide(9, loopHeatmap(), incidentHeatmap()) },
    ],
  });
}

const refusedTotal = () =>
  stat({
    title: "Users refused",
    description:
      "Requests whose token a log proves to have been refused, in the time shown, except those of strangers.",
    unit: "locale",
    decimals: 0,
    noValue: "no data",
    queries: [{ expr: refusedUsers("", { range: "$__range" }) }],
  });

const strangersTotal = () =>
  stat({
    title: "Strangers refused",
    description:
      "Requests refused as invalid_token or invalid_user: tokens that nobody issued for this organisation, " +
      "users whom the server does not know. No user notices them, and they do not use the error budget. A high " +
      "number: a scanner, or a delayed synchronisation.",
    unit: "locale",
    decimals: 0,
    noValue: "none",
    queries: [{ expr: refusedStrangers("", { range: "$__range" }) }],
  });

const clientMinutesTotal = () =>
  stat({
    title: "Client-minutes",
    description:
      "Time for which users' clients were refused, summed over all ended loops, in minutes. A loop is counted when " +
      "it ends; loops of strangers are not counted.",
    unit: "locale",
    decimals: 0,
    noValue: "no data",
    queries: [{ expr: userMinutes("", { range: "$__range" }) }],
  });

const incidentMinutesTotal = () =>
  stat({
    title: "Incident minutes",
    description: "Sum of the lengths of the ended incidents; incidents of several app pools are added.",
    unit: "locale",
    decimals: 0,
    noValue: "no data",
    queries: [{ expr: `sum(increase(${series("hma_incident_duration_seconds_sum")}[$__range])) / 60` }],
  });

const acceptedTotal = (limits: Limits) =>
  stat({
    title: "Success ratio",
    description:
      "Share of users' requests with a Bearer token that were not refused, in the time shown. The objective of " +
      "the rules is 99.5 %. Protocols without accepted requests in any log are excluded.",
    unit: "percentunit",
    decimals: 3,
    noValue: "no Bearer request",
    thresholds: thresholds([null, COLOUR.bad], [0.99, COLOUR.warn], [limits("hma:slo_objective:ratio"), COLOUR.good]),
    queries: [{ expr: `1 - ${refusedShare("", { range: "$__range" })}` }],
  });

const budgetLeft = () =>
  stat({
    title: "Error budget left",
    description:
      "Remaining share of the users' requests that may be refused within 30 days, and how many of these days " +
      "are known; unknown time counts as not refused. Below 0, the objective is missed. Needs the recording " +
      "rules of the folder alerts.",
    unit: "percentunit",
    decimals: 0,
    noValue: "rules not loaded",
    thresholds: thresholds([null, COLOUR.bad], [0, COLOUR.warn], [0.25, COLOUR.good]),
    named: true,
    overrides: [byName("days known", { unit: "none", decimals: 0, thresholds: PLAIN })],
    queries: [
      { expr: `min(${recorded("job:hma_bearer_error_budget:left30d")})`, legend: "of 30 days" },
      { expr: `min(${recorded("job:hma_bearer_requests:seconds30d")}) / 86400`, legend: "days known" },
    ],
  });

const peakLength = () =>
  stat({
    title: "Loops > 30 min",
    description:
      "Share of the ended loops that lasted for more than the 30 minutes within which a worker loads new keys " +
      "by itself. They have another cause, or the client came back late.",
    unit: "percentunit",
    decimals: 0,
    noValue: "no loop ended",
    thresholds: thresholds([null, COLOUR.unknown], [0, COLOUR.good], [0.02, COLOUR.warn], [0.25, COLOUR.bad]),
    queries: [
      {
        expr:
          `1 - sum(increase(${series("hma_bearer_loop_duration_seconds_bucket", WITHIN_BOUND)}[$__range])) / ` +
          `(sum(increase(${series("hma_bearer_loop_duration_seconds_count")}[$__range])) > 0)`,
      },
    ],
  });

const refusedPerDay = () =>
  timeSeries({
    title: "Refused per day, by server",
    description:
      "Users' Bearer requests refused within each day; strangers are shown separately in grey. Peaks on days of " +
      "key roll-overs, patches and reboots are this fault; a steady number is one client or one setting.",
    unit: "locale",
    decimals: 0,
    min: 0,
    draw: "bars",
    stacked: true,
    interval: "1d",
    calcs: ["sum", "max"],
    overrides: colouredNames({ strangers: COLOUR.unknown }),
    queries: [
      { expr: refusedUsers(" by (instance)", DAY), legend: "{{instance}}" },
      { expr: refusedStrangers("", DAY), legend: "strangers" },
    ],
  });

const clientMinutesPerDay = () =>
  timeSeries({
    title: "Client-minutes lost per day, by server",
    description:
      "Minutes for which users' clients were refused, all clients together, by the day on which the loop ended. Loops of " +
      "strangers are not counted.",
    unit: "locale",
    decimals: 0,
    min: 0,
    draw: "bars",
    stacked: true,
    interval: "1d",
    calcs: ["sum", "max"],
    queries: [{ expr: userMinutes(" by (instance)", DAY), legend: "{{instance}}" }],
  });

const loopMinutesPerDay = () =>
  timeSeries({
    title: "Loop minutes per day, by server",
    description: "Minutes of each day in which at least one client was in a loop, sampled every five minutes.",
    unit: "locale",
    decimals: 0,
    axisLabel: "minutes",
    min: 0,
    draw: "bars",
    stacked: true,
    interval: "1d",
    calcs: ["sum", "max"],
    queries: [
      {
        expr: `5 * sum_over_time((max by (instance) (${series("hma_bearer_loops_open")}) > bool 0)[1d:5m] offset -1d)`,
        legend: "{{instance}}",
      },
    ],
  });

const recyclesAgainstLoops = () =>
  timeSeries({
    title: "Recycles against loops, per day",
    description:
      "Workers replaced and loops ended within each day. Recycles without loops are healthy. Loops that " +
      "increase with recycles: the organisation was exposed. Loops without recycles: another cause.",
    unit: "locale",
    decimals: 0,
    min: 0,
    draw: "bars",
    interval: "1d",
    overrides: [
      ...colouredNames({ recycles: COLOUR.deep, loops: COLOUR.bad }),
      byName("recycles", {
        "custom.axisPlacement": "right",
        "custom.drawStyle": "line",
        "custom.lineWidth": 2,
        "custom.fillOpacity": 0,
        "custom.showPoints": "always",
      }),
    ],
    queries: [
      { expr: `sum(${ofDay(series("hma_bearer_loops_total"))})`, legend: "loops" },
      { expr: `sum(${ofDay(series("hma_app_pool_recycles_total"))})`, legend: "recycles" },
    ],
  });

const budget = () =>
  timeSeries({
    title: "Error budget left of 30 days",
    description:
      "Remaining share of the users' requests that may be refused within 30 days, over time; unknown time " +
      "counts as not refused. A steep drop is an incident, a slope is a steady fault. Needs the recording rules " +
      "of the folder alerts, and their history.",
    unit: "percentunit",
    decimals: 0,
    max: 1,
    interval: "1h",
    limits: thresholds([null, COLOUR.bad], [0, COLOUR.bad]),
    noValue: "rules not loaded",
    queries: [
      {
        expr: `min by (job) (${recorded("job:hma_bearer_error_budget:left30d")})`,
        legend: "budget left {{job}}",
      },
    ],
  });

const burnRates = (limits: Limits) =>
  timeSeries({
    title: "Burn rate of the error budget",
    description:
      "Burn rate over one hour, six hours, one day and three days; at 1 the budget is spent in exactly 30 days. " +
      "The limits for a ticket are 14.4, 6, 3 and 1. Needs the recording rules of the folder alerts.",
    unit: "none",
    decimals: 1,
    min: 0,
    softMax: 2,
    interval: "1h",
    limits: thresholds(
      [null, "transparent"],
      [limits("hma:slo_burn:threshold 3d"), COLOUR.calm],
      [limits("hma:slo_burn:threshold 1d"), COLOUR.deep],
      [limits("hma:slo_burn:threshold 6h"), COLOUR.warn],
      [limits("hma:slo_burn:threshold 1h"), COLOUR.bad],
    ),
    noValue: "rules not loaded",
    overrides: colouredNames({ "1 h": COLOUR.bad, "6 h": COLOUR.warn, "1 d": COLOUR.deep, "3 d": COLOUR.calm }),
    queries: [
      { expr: `max(${recorded("job:hma_bearer_refused:ratio_rate1h")}) / (1 - ${objective(limits)})`, legend: "1 h" },
      { expr: `max(${recorded("job:hma_bearer_refused:ratio_rate6h")}) / (1 - ${objective(limits)})`, legend: "6 h" },
      { expr: `max(${recorded("job:hma_bearer_refused:ratio_rate1d")}) / (1 - ${objective(limits)})`, legend: "1 d" },
      { expr: `max(${recorded("job:hma_bearer_refused:ratio_rate3d")}) / (1 - ${objective(limits)})`, legend: "3 d" },
    ],
  });

/** All refusals. Reasons are known per app pool and not per protocol, so refusals of strangers cannot be subtracted here. */
function refusedShareOfDay(): string {
  const grown = (matchers: string): string => `sum by (protocol) (${ofDay(series("hma_requests_total", matchers))})`;
  const known = `and ${grown('scheme="bearer", result="success"')} > 0`;
  return `${grown(REFUSED)} / (${grown(WITH_TOKEN)} > 0 ${known})`;
}

const refusedShareByProtocol = () =>
  timeSeries({
    title: "Share refused, by protocol and day",
    description:
      "Share of each protocol's Bearer requests that were refused. If one protocol differs from the others, the " +
      "cause is its app pool, its host name or its clients.",
    unit: "percentunit",
    decimals: 2,
    min: 0,
    interval: "1d",
    overrides: colouredNames(PROTOCOL_COLOURS),
    queries: [
      {
        expr: refusedShareOfDay(),
        legend: "{{protocol}}",
      },
    ],
  });

const requestsPerDay = () =>
  timeSeries({
    title: "Bearer requests per day, by protocol",
    description: "Requests with a token, by protocol. The number grows as users move to modern authentication.",
    unit: "locale",
    decimals: 0,
    min: 0,
    draw: "bars",
    stacked: true,
    interval: "1d",
    overrides: colouredNames(PROTOCOL_COLOURS),
    queries: [
      { expr: `sum by (protocol) (${ofDay(series("hma_requests_total", WITH_TOKEN))})`, legend: "{{protocol}}" },
    ],
  });

const forecast = () =>
  table({
    title: "Bearer requests per day: now, and forecast from the last four weeks",
    description:
      "Mean of the full UTC days among the last seven, the change against the seven days before, and a linear " +
      "forecast for 30 and 90 days from the whole weeks (weekends included) of the last four. The forecast " +
      "needs two to two and a half full weeks. Read it together with the panel above.",
    noValue: "too little history",
    queries: [
      { expr: `avg_over_time(${fullDays(WITH_TOKEN)}[1w:1d])` },
      {
        expr:
          `avg_over_time(${fullDays(WITH_TOKEN)}[1w:1d]) / (avg_over_time(${fullDays(WITH_TOKEN)}[1w:1d] offset 1w) ` +
          `> 0) - 1 and on (protocol) count_over_time(${fullDays(WITH_TOKEN)}[2w:1d]) >= ${MIN_DAYS}`,
      },
      { expr: ahead(WITH_TOKEN, 30) },
      { expr: ahead(WITH_TOKEN, 90) },
      { expr: ahead(REFUSED, 30) },
    ],
    sortBy: { title: "Requests a day", descending: true },
    columns: [
      { field: "protocol", title: "Protocol" },
      { field: "Value #A", title: "Requests a day", unit: "locale", decimals: 0 },
      { field: "Value #B", title: "Week over week", unit: "percentunit", decimals: 0 },
      { field: "Value #C", title: "In 30 days", unit: "locale", decimals: 0 },
      { field: "Value #D", title: "In 90 days", unit: "locale", decimals: 0 },
      { field: "Value #E", title: "Refused a day, in 30 days", unit: "locale", decimals: 0 },
    ],
  });

const weekOverWeek = () =>
  table({
    title: "This week against the week before, by server",
    description:
      "The last seven days and the seven before them; refusals and client-minutes without those of strangers. Examine a server " +
      "that gets worse while the others do not.",
    noValue: "–",
    queries: [
      { expr: refusedUsers(" by (instance)", { range: "1w" }) },
      {
        expr: sinceFortnight("instance", refusedUsers(" by (instance)", { range: "1w", offset: "offset 1w" })),
      },
      { expr: userMinutes(" by (instance)", { range: "1w" }) },
      { expr: sinceFortnight("instance", userMinutes(" by (instance)", { range: "1w", offset: "offset 1w" })) },
      { expr: `sum by (instance) (round(increase(${series("hma_incidents_total")}[1w])))` },
      { expr: `sum by (instance) (round(increase(${series("hma_app_pool_recycles_total")}[1w])))` },
      { expr: refusedShare(" by (instance)", { range: "1w" }) },
    ],
    sortBy: { title: "Client-minutes", descending: true },
    columns: [
      { field: "instance", title: "Server", links: [TO_SERVER] },
      { field: "Value #A", title: "Refused", unit: "locale", decimals: 0 },
      { field: "Value #B", title: "Refused before", unit: "locale", decimals: 0, noValue: "too little history" },
      { field: "Value #C", title: "Client-minutes", unit: "locale", decimals: 0 },
      {
        field: "Value #D",
        title: "Minutes before",
        unit: "locale",
        decimals: 0,
        noValue: "too little history",
      },
      { field: "Value #E", title: "Incidents", unit: "none" },
      { field: "Value #F", title: "Recycles", unit: "none" },
      {
        field: "Value #G",
        title: "Share refused",
        unit: "percentunit",
        decimals: 2,
        thresholds: thresholds([null, COLOUR.good], [0.005, COLOUR.warn], [0.01, COLOUR.bad]),
        cell: "coloured",
      },
    ],
  });

const loopHeatmap = () =>
  heatmap({
    title: "Loops ended, by length",
    description:
      "Each cell is the number of loops that ended at that time, by length. A band up to 30 min is the fault of " +
      "KB 4559435; loops above it have another cause.",
    unit: "s",
    interval: "6h",
    query: { expr: `sum by (le) (increase(${series("hma_bearer_loop_duration_seconds_bucket")}[$__rate_interval]))` },
  });

const incidentHeatmap = () =>
  heatmap({
    title: "Incidents ended, by length",
    description: "Each cell is the number of incidents that ended at that time, by length.",
    unit: "s",
    interval: "6h",
    query: { expr: `sum by (le) (increase(${series("hma_incident_duration_seconds_bucket")}[$__rate_interval]))` },
  });
