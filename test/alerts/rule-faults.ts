import { parseDuration } from "../../src/model/durations.ts";
import { alertsOf } from "./rule-files.ts";
import type { AlertRule, RuleFile, RuleTestFile } from "./rule-files.ts";
import { queriesIn, readExpression } from "./promql.ts";
import type { Expression, Matcher, Selector } from "./promql.ts";

/** The facts with which the rules must agree. */
export interface RuleWorld {
  /** Labels of each metric of the catalogue, with their closed set of values (empty: open). */
  readonly metrics: ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>;
  readonly checks: readonly string[];
  /** Uids of the dashboards. */
  readonly boards: readonly string[];
  /** Text of each page of `docs/runbooks/` by its file name. */
  readonly runbooks: ReadonlyMap<string, string>;
  readonly tests: readonly RuleTestFile[];
}

const SEVERITIES = ["critical", "warning", "info"];
const COMPONENTS = ["bearer", "keys", "certificate", "configuration", "slo", "exporter"];
const ANNOTATIONS = ["dashboard_url", "description", "runbook_url", "summary"];
/** Annotations that only alerts about open incidents have. */
const MORE_ANNOTATIONS = ["incident_url", "since"];
const RUNBOOK_SECTIONS = ["Meaning", "Confirm", "Act", "Diagnose", "Escalate"];
const TARGET_LABELS = ["job", "instance"];
/** Four samples at a scrape interval of a minute. A rate needs two, wherever the range starts and ends. */
const MIN_RANGE_SECONDS = 240;

/** All faults of the rules, one sentence each. */
export function ruleFaults(files: readonly RuleFile[], world: RuleWorld): string[] {
  const rules = files.flatMap((file) => file.content.groups.flatMap((group) => group.rules));
  const recorded = new Set(rules.flatMap((rule) => (rule.record === undefined ? [] : [rule.record])));
  const alerts = alertsOf(files);
  const used = new Set<string>();
  const faults: string[] = [];
  for (const rule of rules) {
    const name = rule.alert ?? rule.record ?? "";
    // Sample: job:hma_exposed:max
    if (rule.record !== undefined && !/^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$/.test(rule.record))
      faults.push(`${name}: no name of the form level:metric:operation`);
    for (const [place, text] of [
      ["expr", rule.expr],
      ...Object.values(rule.annotations ?? {})
        .flatMap(queriesIn)
        .map((query) => ["annotation", query]),
    ] as [string, string][]) {
      const expression = readExpression(text);
      for (const selector of expression.selectors) if (name !== "HmaThresholdsMissing") used.add(selector.metric);
      faults.push(...expressionFaults(expression, recorded, world).map((fault) => `${name}, ${place}: ${fault}`));
    }
  }
  for (const alert of alerts) faults.push(...alertFaults(alert, world).map((fault) => `${alert.alert}: ${fault}`));
  const watched = readExpression(rules.find((rule) => rule.alert === "HmaThresholdsMissing")?.expr ?? "").selectors.map(
    (selector) => selector.metric,
  );
  for (const name of recorded)
    if (name.startsWith("hma:") && !watched.includes(name))
      faults.push(`${name}: HmaThresholdsMissing does not watch it`);
  for (const name of recorded)
    if (name.endsWith(":threshold") && !used.has(name)) faults.push(`${name}: no rule uses this threshold`);
  const names = new Set(alerts.map((alert) => `${alert.alert}.md`));
  for (const page of world.runbooks.keys())
    if (page !== "README.md" && !names.has(page)) faults.push(`docs/runbooks/${page}: no alert of that name`);
  return faults;
}

function expressionFaults(expression: Expression, recorded: ReadonlySet<string>, world: RuleWorld): string[] {
  const faults = expression.errors.map((text) => `not PromQL of Prometheus 3 near "${text}"`);
  for (const { text } of expression.ranges)
    if (rangeSeconds(text) < MIN_RANGE_SECONDS)
      faults.push(`range [${text}] is too short to hold two samples for certain`);
  for (const number of expression.comparedNumbers)
    if (number !== 0 && number !== 1)
      faults.push(`${number} is compared with here and not in hma-thresholds.rules.yml`);
  for (const selector of expression.selectors) faults.push(...selectorFaults(selector, recorded, world));
  return faults;
}

function selectorFaults({ metric, matchers }: Selector, recorded: ReadonlySet<string>, world: RuleWorld): string[] {
  const faults: string[] = [];
  for (const matcher of matchers)
    if (matcher.label === "le") faults.push("le is matched, which Prometheus 3 writes otherwise (60.0)");
  if (metric === "up" || recorded.has(metric)) return faults;
  // Sample: hma_bearer_loop_duration_seconds_bucket
  const labels = world.metrics.get(metric) ?? world.metrics.get(metric.replace(/_(bucket|sum|count)$/, ""));
  if (labels === undefined) return [...faults, `the catalogue has no metric ${metric}`];
  for (const matcher of matchers) {
    if (TARGET_LABELS.includes(matcher.label) || matcher.label === "le") continue;
    const values = matcher.label === "check" ? world.checks : labels[matcher.label];
    if (values === undefined) faults.push(`${metric} has no label ${matcher.label}`);
    else if (values.length > 0)
      faults.push(...valuesNotIn(values, matcher).map((value) => `${metric}{${matcher.label}} is never "${value}"`));
  }
  return faults;
}

/** Values, or alternatives of a regular expression, that the label never has. */
function valuesNotIn(values: readonly string[], { operator, value }: Matcher): string[] {
  if (value === "x") return [];
  if (operator === "=" || operator === "!=") return values.includes(value) ? [] : [value];
  if (!values.some((one) => new RegExp(`^(?:${value})$`).test(one))) return [value];
  if (value.includes("(")) return [];
  return value.split("|").filter((part) => !values.some((one) => new RegExp(`^(?:${part})$`).test(one)));
}

function alertFaults({ alert, rule }: AlertRule, world: RuleWorld): string[] {
  const faults: string[] = [];
  const { severity = "", component = "" } = rule.labels ?? {};
  const {
    summary = "",
    description = "",
    runbook_url: runbook = "",
    dashboard_url: dashboard = "",
  } = rule.annotations ?? {};
  if (!/^Hma[A-Z]/.test(alert)) faults.push("its name does not begin with Hma");
  if (!SEVERITIES.includes(severity)) faults.push(`severity is "${severity}"`);
  if (!COMPONENTS.includes(component)) faults.push(`component is "${component}"`);
  if (severity === "critical" && rule.keep_firing_for === undefined)
    faults.push("a page without keep_firing_for: every pause would page anew");
  if (
    Object.keys(rule.annotations ?? {})
      .filter((name) => !MORE_ANNOTATIONS.includes(name))
      .sort()
      .join() !== ANNOTATIONS.join()
  )
    faults.push(`annotations are not ${ANNOTATIONS.join(", ")}`);
  if (summary.includes("{{") || summary.endsWith(".") || summary.length < 20)
    faults.push("summary is no static sentence");
  if (severity !== "info" && !/Likely cause:|Named cause:|Evidence:/.test(description))
    faults.push("description names no cause");
  if (severity !== "info" && !description.includes("First action:")) faults.push("description names no first action");
  faults.push(
    ...runbookFaults(alert, runbook, world),
    ...dashboardFaults(alert, dashboard, world),
    ...testFaults(alert, world),
  );
  return faults;
}

function runbookFaults(alert: string, url: string, world: RuleWorld): string[] {
  if (!url.endsWith(`{{ end }}/${alert}.md`)) return ["runbook_url does not lead to its page"];
  const page = world.runbooks.get(`${alert}.md`);
  if (page === undefined) return [`docs/runbooks/${alert}.md is missing`];
  const sections = [...page.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
  const faults =
    sections.join() === RUNBOOK_SECTIONS.join()
      ? []
      : [`its runbook's sections are not ${RUNBOOK_SECTIONS.join(", ")}`];
  if (!page.startsWith(`# ${alert}\n`)) faults.push("its runbook's title is another");
  if (!page.includes("```")) faults.push("its runbook has no command");
  return faults;
}

function dashboardFaults(alert: string, url: string, world: RuleWorld): string[] {
  const uid = /\/d\/([\w-]+)\?/.exec(url)?.[1] ?? "";
  const faults = world.boards.includes(uid) ? [] : [`dashboard_url leads to no dashboard ("${uid}")`];
  if (!url.includes("var-job={{ $labels.job | urlquery }}")) faults.push("dashboard_url does not carry the job");
  if (!/&from=\{\{.*&to=now$/.test(url)) faults.push("dashboard_url does not carry the time");
  const isOfServer = casesOf(alert, world).some((one) =>
    one.exp_alerts.some(({ exp_labels: labels }) => labels["instance"] !== undefined),
  );
  if (isOfServer && !url.includes("var-instance={{ $labels.instance | urlquery }}"))
    faults.push("dashboard_url does not carry the server");
  return faults;
}

/** Each alert needs a test in which it fires and resolves, and a near miss in which it does not fire. */
function testFaults(alert: string, world: RuleWorld): string[] {
  const faults: string[] = [];
  const tests = world.tests
    .flatMap((file) => file.content.tests)
    .map((test) => ({ name: test.name, cases: test.alert_rule_test.filter((one) => one.alertname === alert) }));
  const resolves = tests.some(({ cases }) =>
    cases.some(
      (one, at) => one.exp_alerts.length > 0 && cases.slice(at + 1).some((later) => later.exp_alerts.length === 0),
    ),
  );
  const nearMiss = tests.some(
    ({ name, cases }) =>
      name.includes(`${alert} near miss`) && cases.length > 0 && cases.every((one) => one.exp_alerts.length === 0),
  );
  if (!tests.some(({ cases }) => cases.some((one) => one.exp_alerts.length > 0)))
    faults.push("no rule test sees it fire");
  if (!resolves) faults.push("no rule test sees it resolve");
  if (!nearMiss) faults.push("no rule test is its near miss");
  return faults;
}

function casesOf(alert: string, world: RuleWorld): RuleTestFile["content"]["tests"][number]["alert_rule_test"] {
  return world.tests
    .flatMap((file) => file.content.tests)
    .flatMap((test) => test.alert_rule_test)
    .filter((one) => one.alertname === alert);
}

/** Sample: `1h59m55s` */
function rangeSeconds(text: string): number {
  return (parseDuration(text) ?? 0) / 1000;
}
