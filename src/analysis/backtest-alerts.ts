import type { AlertFinding } from "../model/alert-finding.ts";

/** How long an alert must be active before it fires, and how long it keeps firing afterwards. */
export interface AlertRule {
  readonly name: string;
  readonly query: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** The times of evaluation. */
export interface Evaluations {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly stepMs: number;
}

/** A label set for which the rule's expression had a value, and the times at which it had (Unix ms, ascending). */
export interface ActiveSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly activeMs: readonly number[];
}

export interface FiringSpan {
  readonly startMs: number;
  /** Time of the evaluation that resolved it; null if it was still firing at the last one. */
  readonly endMs: number | null;
}

/**
 * When an alert fires, as Prometheus decides at each evaluation: pending until it was active for `forMs` without a gap, then firing until
 * it is inactive, or with `keepFiringForMs` until it has been inactive for that time.
 */
export function firingSpans(
  activeMs: readonly number[],
  rule: Pick<AlertRule, "forMs" | "keepFiringForMs">,
  { firstMs, lastMs, stepMs }: Evaluations,
): FiringSpan[] {
  const active = new Set(activeMs);
  const spans: FiringSpan[] = [];
  let pendingMs: number | null = null;
  let firingMs: number | null = null;
  let keptMs: number | null = null;
  for (let atMs = firstMs; atMs <= lastMs; atMs += stepMs) {
    if (active.has(atMs)) {
      keptMs = null;
      pendingMs ??= atMs;
      if (atMs - pendingMs >= rule.forMs) firingMs ??= atMs;
      continue;
    }
    if (firingMs !== null && rule.keepFiringForMs > 0) {
      keptMs ??= atMs;
      if (atMs - keptMs < rule.keepFiringForMs) continue;
    }
    if (firingMs !== null) spans.push({ startMs: firingMs, endMs: atMs });
    pendingMs = firingMs = keptMs = null;
  }
  if (firingMs !== null) spans.push({ startMs: firingMs, endMs: null });
  return spans;
}

/** When and for which servers a rule is evaluated. */
export interface AlertRange {
  readonly evaluations: Evaluations;
  /** An `instance` that is not among them stands for the organisation. */
  readonly servers: readonly string[];
}

/** The alerts of one rule, in order of time. */
export function alertsOf(rule: AlertRule, series: readonly ActiveSeries[], range: AlertRange): AlertFinding[] {
  return byAlertLabels(rule, series)
    .flatMap(({ labels, activeMs }) =>
      firingSpans(activeMs, rule, range.evaluations).map((span) => alertFinding(rule, { labels, ...span }, range)),
    )
    .sort(compareAlerts);
}

/** Alerts have no metric name, so series that differ only in the name are one alert. */
function byAlertLabels(rule: AlertRule, series: readonly ActiveSeries[]): readonly ActiveSeries[] {
  const alerts = new Map<string, { labels: Readonly<Record<string, string>>; activeMs: number[] }>();
  for (const { labels: found, activeMs } of series) {
    const { __name__: _name, ...labels } = { ...found, ...rule.labels };
    const key = JSON.stringify(Object.entries(labels).sort());
    const alert = alerts.get(key) ?? { labels, activeMs: [] };
    alerts.set(key, alert);
    for (const atMs of activeMs) alert.activeMs.push(atMs);
  }
  return [...alerts.values()];
}

export function compareAlerts(a: AlertFinding, b: AlertFinding): number {
  return (
    compare(a.start, b.start) ||
    compare(a.alert, b.alert) ||
    compare(a.server ?? "", b.server ?? "") ||
    compare(JSON.stringify(a.labels), JSON.stringify(b.labels))
  );
}

/** Interval between two messages about one page. Alerts that start within it belong to the same page. */
const JOINS_MS = 5 * 60_000;

/**
 * Number of pages that would have been sent. Critical alerts of one component that fire at the same time are one page, as in the sample
 * configuration of Alertmanager.
 */
export function pagesOf(alerts: readonly AlertFinding[]): number {
  const untilMs = new Map<string, number>();
  let pages = 0;
  for (const alert of alerts.filter(({ severity }) => severity === "critical").sort(compareAlerts)) {
    const component = alert.labels["component"] ?? "";
    const startMs = Date.parse(alert.start);
    if (startMs > (untilMs.get(component) ?? -Infinity) + JOINS_MS) pages += 1;
    untilMs.set(component, Math.max(untilMs.get(component) ?? -Infinity, startMs + alert.durationSeconds * 1000));
  }
  return pages;
}

function alertFinding(
  rule: AlertRule,
  { labels, startMs, endMs }: FiringSpan & Pick<ActiveSeries, "labels">,
  { evaluations, servers }: AlertRange,
): AlertFinding {
  const { job: _job, severity = "", instance, ...others } = labels;
  const isServer = instance !== undefined && servers.includes(instance);
  return {
    alert: rule.name,
    severity,
    server: isServer ? instance : null,
    labels: { ...others, ...(instance === undefined || isServer ? {} : { instance }) },
    start: new Date(startMs).toISOString(),
    end: endMs === null ? null : new Date(endMs).toISOString(),
    durationSeconds: ((endMs ?? evaluations.lastMs) - startMs) / 1000,
    summary: rule.summary.includes("{{") ? "" : rule.summary,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
