import { STRANGER_CATEGORIES } from "../../../src/model/label-values.ts";
import { alert, record, type AlertParts, type RuleFileParts, type RuleParts } from "../rule.ts";
import { answer, COUNTED, ELSE, END, INSTANCE, JOB, PERCENT } from "../template.ts";

/**
 * Ranges are five seconds shorter than their names. The recorded series has a sample at every full minute; so no sample is exactly at the
 * start of a range, which Prometheus 2 includes and Prometheus 3 does not.
 */
const RANGES = {
  "5m": "4m55s",
  "30m": "29m55s",
  "1h": "59m55s",
  "2h": "1h59m55s",
  "6h": "5h59m55s",
  "1d": "23h59m55s",
  "3d": "2d23h59m55s",
  "30d": "29d23h59m55s",
} as const;
type Window = keyof typeof RANGES;

/** Reasons for callers without any access: no user notices these refusals. */
const STRANGERS = `category=~"${STRANGER_CATEGORIES.join("|")}"`;

const REQUESTS = "job:hma_bearer_requests:rate5m";
const REFUSED = "job:hma_bearer_refused:rate5m";

/** The service level and the burn rate of its error budget. */
export function capacityRules(): RuleFileParts {
  return {
    name: "hma-capacity",
    interval: "1m",
    comment:
      "The service level: the share of users' Bearer requests that are not refused (objective in " +
      "hma-thresholds.rules.yml). Burn rates, each over two windows, open tickets; incidents page by " +
      "themselves. Challenges are not requests with a token. Refusals of strangers (tokens that nobody issued, " +
      "users that the server does not know) are counted separately. A share needs all requests: if no log shows " +
      "that a Bearer token was ever accepted (IIS logs only, with or without x-ms-diagnostics), refusals cannot " +
      "be compared with anything. These rules exclude such a protocol of a server, and HmaBearerShareUnknown " +
      "reports it.",
    rules: [...rates(), ...shares(), burnFast(), burnSlow(), shareUnknown()],
  };
}

function rates(): RuleParts[] {
  const rate = (matchers: string): string => `
    sum by (job) (
      rate(hma_requests_total{scheme="bearer",${matchers}}[${RANGES["5m"]}])
        and on (job, instance, protocol) hma_requests_total{scheme="bearer",result="success"} > 0
    )
  `;
  return [
    record({
      comment: "Requests with a token, and refused ones, of protocols whose accepted requests are known.",
      record: "job:hma_bearer_requests_all:rate5m",
      expr: rate('result!="challenge"'),
    }),
    record({ record: "job:hma_bearer_refused_all:rate5m", expr: rate('result="rejected"') }),
    record({
      comment: "Refusals of strangers; 0 if there was none.",
      record: "job:hma_bearer_refused_strangers:rate5m",
      expr: `
        sum by (job) (
          rate(hma_bearer_rejections_total{${STRANGERS}}[${RANGES["5m"]}])
            and on (job, instance) hma_requests_total{scheme="bearer",result="success"} > 0
        )
          or 0 * job:hma_bearer_refused_all:rate5m
      `,
    }),
    record({
      comment: "The difference is the users' requests.",
      record: REQUESTS,
      expr: "clamp_min(job:hma_bearer_requests_all:rate5m - job:hma_bearer_refused_strangers:rate5m, 0)",
    }),
    record({
      record: REFUSED,
      expr: "clamp_min(job:hma_bearer_refused_all:rate5m - job:hma_bearer_refused_strangers:rate5m, 0)",
    }),
  ];
}

function shares(): RuleParts[] {
  const windows: readonly Window[] = ["30m", "1h", "2h", "6h", "1d", "3d", "30d"];
  return [
    record({ record: "job:hma_bearer_refused:ratio_rate5m", expr: `${REFUSED} / (${REQUESTS} > 0)` }),
    ...windows.map((window) =>
      record({
        record: `job:hma_bearer_refused:ratio_rate${window}`,
        expr: `avg_over_time(${REFUSED}[${RANGES[window]}]) / (avg_over_time(${REQUESTS}[${RANGES[window]}]) > 0)`,
      }),
    ),
    record({
      comment: "How much of the last 30 days is known, in seconds: one sample per minute, the interval of this group.",
      record: "job:hma_bearer_requests:seconds30d",
      expr: `60 * count_over_time(${REQUESTS}[${RANGES["30d"]}])`,
    }),
    record({
      comment:
        "Remaining error budget of the month, 0 to 1; below 0 if the objective is missed. Unknown parts of the month count as not refused.",
      record: "job:hma_bearer_error_budget:left30d",
      expr: `
        1 - job:hma_bearer_refused:ratio_rate30d * clamp_max(job:hma_bearer_requests:seconds30d / 2592000, 1)
          / on () group_left () (1 - hma:slo_objective:ratio)
      `,
    }),
  ];
}

interface Burn {
  readonly long: "1h" | "6h" | "1d" | "3d";
  readonly short: Window;
}

/** True if both windows burn faster than the limit, enough of the long window is known, and there are more than a few refusals. */
function burning({ long, short }: Burn): string {
  const limit = `scalar(hma:slo_burn:threshold{window="${long}"}) * (1 - scalar(hma:slo_objective:ratio))`;
  const seconds = { "1h": 3600, "6h": 21_600, "1d": 86_400, "3d": 259_200 }[long];
  return `
        (
          job:hma_bearer_refused:ratio_rate${long} > ${limit}
          and
          job:hma_bearer_refused:ratio_rate${short} > ${limit}
          and
          60 * sum_over_time(${REFUSED}[${RANGES[long]}]) >= scalar(hma:slo_refusals:threshold)
          and
          60 * count_over_time(${REQUESTS}[${RANGES[long]}]) / ${seconds} >= scalar(hma:slo_window_share:threshold)
        )`;
}

const OBJECTIVE = `the objective allows ${answer("1 - hma:slo_objective:ratio")}${PERCENT}${END} over 30 days`;

function most(range: Window): string {
  const query =
    "topk(3, sum by (instance, app_pool, category) " +
    `(increase(hma_bearer_rejections_total{job=$job,category!~"${STRANGER_CATEGORIES.join("|")}"}[${RANGES[range]}])) ` +
    "> 0)";
  const text = "{{ $s.Labels.instance }} {{ $s.Labels.app_pool }} {{ $s.Labels.category }}";
  return `${answer(query)}{{ range $i, $s := . }}{{ if $i }}, {{ end }}${text}{{ end }}${ELSE}none${END}`;
}

const BURN = { severity: "warning", component: "slo", keepFiringFor: "6h" } as const satisfies Partial<AlertParts>;

function burnFast(): RuleParts {
  return alert({
    // keepFiringFor is long enough that the slow windows have mostly passed the same burn: one ticket, not two.
    ...BURN,
    comment:
      "The number of refusals in a window is the sum of the rates times this group's interval, 60 s. A rate of " +
      "14.4 for an hour spends 2 % of the month's budget, a rate of 6 for six hours 5 %.",
    alert: "HmaBearerErrorBudgetBurnFast",
    expr: `${burning({ long: "1h", short: "5m" })}\n        or${burning({ long: "6h", short: "30m" })}`,
    for: "2m",
    board: { name: "capacity", from: { hours: 24 } },
    summary: "Bearer requests are refused so often that the month's error budget will be spent within days",
    description: `
      {{ $value | humanizePercentage }} of the users' Bearer requests of ${JOB} were refused within the last hour or hours;
      ${OBJECTIVE}. Most refusals of the last six hours: ${most("6h")}.
      Likely cause: a loop incident now or within the last hours.
      First action: find the incidents of the last hours on the dashboard, and remove their cause before the next recycle.
    `,
  });
}

function burnSlow(): RuleParts {
  return alert({
    ...BURN,
    comment:
      "A rate of 3 for a day spends 10 % of the month's budget; a rate of 1 spends the budget in exactly a month.",
    alert: "HmaBearerErrorBudgetBurnSlow",
    expr: `${burning({ long: "1d", short: "2h" })}\n        or${burning({ long: "3d", short: "6h" })}`,
    for: "1h",
    board: { name: "capacity", from: { hours: 168 } },
    summary: "Bearer requests are refused steadily, faster than the month's error budget allows",
    description: `
      {{ $value | humanizePercentage }} of the users' Bearer requests of ${JOB} were refused within the last days;
      ${OBJECTIVE}. Most refusals of the last day: ${most("1d")}.
      Likely cause: incidents that recur at every recycle, or a steady fault too small for an incident: one client,
      one namespace, one clock.
      First action: compare the categories and app pools over the last days on the dashboard, and start with the largest.
    `,
  });
}

function shareUnknown(): RuleParts {
  return alert({
    comment: "The rules above exclude these servers.",
    alert: "HmaBearerShareUnknown",
    expr: `
      sum by (job, instance) (increase(hma_requests_total{scheme="bearer",result="rejected"}[${RANGES["6h"]}]))
        >= scalar(hma:slo_refusals:threshold)
        unless on (job, instance) hma_requests_total{scheme="bearer",result="success"} > 0
    `,
    for: "1h",
    keepFiringFor: "1h",
    severity: "info",
    component: "slo",
    board: { name: "server", from: { hours: 24 }, ofServer: true },
    summary: "Only refused Bearer requests of a server are known, not accepted ones, so it has no service level",
    description: `
      {{ $value | ${COUNTED} }} Bearer requests were refused on ${INSTANCE} within six hours, and no log has ever shown
      an accepted one: their share is unknown, and the error budget excludes that server. Incidents still page.
      Likely cause: IIS logs x-ms-diagnostics, which only refusals contain, and no HttpProxy log is read.
      First action: let the exporter read the HttpProxy logs of that server.
    `,
  });
}
