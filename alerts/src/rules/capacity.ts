import { alert, record, type AlertParts, type RuleFileParts, type RuleParts } from "../rule.ts";
import { answer, ELSE, END, INSTANCE, JOB, PERCENT } from "../template.ts";

/**
 * Ranges end five seconds short of their names: the recorded series has a sample at every whole minute, so that none stands at the edge
 * of a range, which Prometheus 2 counts in and Prometheus 3 does not.
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

/** Reasons given to callers who have no access in the first place: refusals that no user feels. */
const STRANGERS = 'category=~"invalid_token|invalid_user"';

const REQUESTS = "job:hma_bearer_requests:rate5m";
const REFUSED = "job:hma_bearer_refused:rate5m";

/** The service level and how fast its budget burns. */
export function capacityRules(): RuleFileParts {
  return {
    name: "hma-capacity",
    interval: "1m",
    comment:
      "The service level: the share of users' Bearer requests that are not refused (objective in hma-thresholds.rules.yml), by burn rate over two windows each, into tickets. An incident pages by itself; what it cost is seen here. Challenges are no requests with a token; refusals of strangers (tokens that nobody issued, users whom the server does not know) are counted apart. A share needs all requests: where no log shows that a Bearer token was ever accepted (IIS logs alone, with or without x-ms-diagnostics), refusals have nothing to be compared with; these rules leave such a protocol of a server out, and HmaBearerShareUnknown says so.",
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
      comment: "Requests with a token, and those refused, where accepted ones are known, too.",
      record: "job:hma_bearer_requests_all:rate5m",
      expr: rate('result!="challenge"'),
    }),
    record({ record: "job:hma_bearer_refused_all:rate5m", expr: rate('result="rejected"') }),
    record({
      comment: "Refusals of strangers, 0 where there was none.",
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
      comment: "What is left is users' requests.",
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
      comment:
        "How much of the last 30 days is known, in seconds: a sample stands for a minute, the interval of this group.",
      record: "job:hma_bearer_requests:seconds30d",
      expr: `60 * count_over_time(${REQUESTS}[${RANGES["30d"]}])`,
    }),
    record({
      comment:
        "What is left of the month's budget, 0 to 1, below 0 when the objective is missed: what is not known of the month counts as not refused.",
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

/** The long window of which enough was seen, and the short one, burn faster than the limit, and it is about more than a few requests. */
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
  const query = `topk(3, sum by (instance, app_pool, category) (increase(hma_bearer_rejections_total{job=$job,category!~"invalid_token|invalid_user"}[${RANGES[range]}])) > 0)`;
  const text = "{{ $s.Labels.instance }} {{ $s.Labels.app_pool }} {{ $s.Labels.category }}";
  return `${answer(query)}{{ range $i, $s := . }}{{ if $i }}, {{ end }}${text}{{ end }}${ELSE}none${END}`;
}

const BURN = { severity: "warning", component: "slo", keepFiringFor: "6h" } as const satisfies Partial<AlertParts>;

function burnFast(): RuleParts {
  return alert({
    // keepFiringFor is so long that the slow windows have mostly forgotten the same burn: one ticket, not two.
    ...BURN,
    comment: `Refusals within a window are the sum of the rates times this group's interval, 60 s. 14.4 times for an hour spends 2 % of the month's budget, 6 times for six hours 5 %.`,
    alert: "HmaBearerErrorBudgetBurnFast",
    expr: `${burning({ long: "1h", short: "5m" })}\n        or${burning({ long: "6h", short: "30m" })}`,
    for: "2m",
    board: { name: "capacity", from: { hours: 24 } },
    summary: "Bearer requests are refused so often that the month's error budget will be spent within days",
    description: `
      {{ $value | humanizePercentage }} of the users' Bearer requests of ${JOB} were refused within the last hour or hours;
      ${OBJECTIVE}. Most refusals of the last six hours: ${most("6h")}.
      Likely cause: a loop incident now or within the last hours.
      First action: look on the dashboard for incidents of the last hours, and remove their cause before the next recycle.
    `,
  });
}

function burnSlow(): RuleParts {
  return alert({
    ...BURN,
    comment: "3 times for a day spends 10 %, at 1 the budget is spent when the month is.",
    alert: "HmaBearerErrorBudgetBurnSlow",
    expr: `${burning({ long: "1d", short: "2h" })}\n        or${burning({ long: "3d", short: "6h" })}`,
    for: "1h",
    board: { name: "capacity", from: { hours: 168 } },
    summary: "Bearer requests are refused steadily, faster than the month's error budget allows",
    description: `
      {{ $value | humanizePercentage }} of the users' Bearer requests of ${JOB} were refused within the last days;
      ${OBJECTIVE}. Most refusals of the last day: ${most("1d")}.
      Likely cause: incidents that come back at every recycle, or a steady fault too small for an incident: one client,
      one name space, one clock.
      First action: compare the categories and app pools over the last days on the dashboard, and take the largest.
    `,
  });
}

function shareUnknown(): RuleParts {
  return alert({
    comment: "The rules above cannot tell of these servers.",
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
    summary: "Refused Bearer requests of a server are known, accepted ones are not: it has no service level",
    description: `
      {{ $value | printf "%.0f" }} Bearer requests were refused on ${INSTANCE} within six hours, and no log has ever shown
      an accepted one: their share cannot be told, and the error budget leaves that server out. Incidents still page.
      Likely cause: IIS logs x-ms-diagnostics, which stands in refusals alone, and no HttpProxy log is read.
      First action: let the exporter read the HttpProxy logs of that server.
    `,
  });
}
