import type { Registry } from "prom-client";
import { initialSeries } from "../../catalogue/initial-series.ts";
import type { Metric } from "../../catalogue/metric.ts";
import { METRICS } from "../../catalogue/metrics.ts";
import type { MetricGroup } from "../../catalogue/switches.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import { labelsText } from "../../model/text/sample-text.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { familiesOf } from "./process-registry.ts";
import { familyLines, seriesLines, type Series } from "./render-exposition.ts";

export type MetricScope = Metric["scope"];

/** The values of a page, and which of the catalogue's metrics it shows. */
export interface MetricPage {
  readonly scopes: readonly MetricScope[];
  readonly values: Iterable<MetricValue>;
  /** If true, the page has only these values, without zeros for events that have not happened. */
  readonly isKnownAlone?: boolean;
  /** Metric groups that are left out. Default: none. */
  readonly disabled?: readonly MetricGroup[];
}

/** A metric of the catalogue, prepared for all pages. Labels are formatted as between the braces of a sample. */
interface PageMetric {
  readonly metric: Metric;
  readonly labels: readonly { readonly name: string; readonly allowed: ReadonlySet<string> | null }[];
  /** Labels of the series that are 0 from the first scrape. */
  readonly initial: readonly string[];
}

/** In the catalogue's order. A page has more than a thousand series, so their constant parts are formatted once. */
const PAGE_METRICS: ReadonlyMap<string, PageMetric> = new Map(
  METRICS.map((metric) => [metric.name, pageMetricOf(metric)]),
);

function pageMetricOf(metric: Metric): PageMetric {
  const labels = Object.entries(metric.labels).map(([name, values]) => ({
    name,
    allowed: values.length === 0 ? null : new Set(values),
  }));
  const known = { metric, labels };
  return { ...known, initial: initialSeries(metric).map((given) => labelText(known, given)) };
}

/**
 * The metrics page of the values in the catalogue's order, with 0 for events that have not happened, followed by the families of the
 * `extra` registries. Rejects a value that is not in the catalogue.
 */
export async function renderMetrics(
  page: MetricPage,
  format: ExpositionFormat,
  extra: readonly Registry[] = [],
): Promise<string> {
  const lines = pageLines(page, format);
  for (const registry of extra)
    for (const family of await familiesOf(registry))
      if (family.samples.length > 0) lines.push(...familyLines(family, format));
  if (format === "openmetrics") lines.push("# EOF");
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/**
 * The lines of the page's metrics in the catalogue's order, with zeros where the catalogue requires them. Metrics without a series are left
 * out. Throws for a value that is not in the catalogue: another metric name or page, a label or label value outside its list.
 */
function pageLines(page: MetricPage, format: ExpositionFormat): string[] {
  const seriesOf = new Map<string, Series>();
  const leftOut = new Set<string>();
  for (const { metric, initial } of PAGE_METRICS.values()) {
    if (isDisabled(metric, page.disabled)) leftOut.add(metric.name);
    else if (isOfPage(metric, page)) seriesOf.set(metric.name, new Map(initial.map((labels) => [labels, 0])));
  }
  for (const value of page.values) if (!leftOut.has(value.metric)) setValue(seriesOf.get(value.metric), value);
  const lines: string[] = [];
  for (const [name, series] of seriesOf) {
    const known = PAGE_METRICS.get(name);
    if (known !== undefined && series.size > 0) lines.push(...seriesLines(known.metric, series, format));
  }
  return lines;
}

function isDisabled({ group }: Metric, disabled: readonly MetricGroup[] = []): boolean {
  return group !== undefined && disabled.includes(group);
}

function isOfPage(metric: Metric, { scopes, isKnownAlone = false }: MetricPage): boolean {
  return scopes.includes(metric.scope) && (!isKnownAlone || "absentUntilKnown" in metric);
}

function setValue(series: Series | undefined, value: MetricValue): void {
  const known = PAGE_METRICS.get(value.metric);
  if (series === undefined || known === undefined)
    throw new Error(`Cannot render the metric "${value.metric}": it does not belong to this page`);
  const { type } = known.metric;
  if ((type === "histogram") !== (value.kind === "histogram"))
    throw new Error(`Cannot render the metric "${value.metric}": a ${type} has no ${value.kind}`);
  const labels = labelText(known, value.labels);
  if (value.kind === "histogram") series.set(labels, value);
  else if (type === "gauge") series.set(labels, value.value);
  else series.set(labels, counted(series.get(labels), value.metric, value.value));
}

/** Adds a part of a counter. Throws for a value that a counter cannot have. */
function counted(before: ReturnType<Series["get"]>, metric: string, more: number): number {
  if (!Number.isFinite(more) || more < 0)
    throw new Error(`Cannot render the metric "${metric}": a counter has no ${String(more)}`);
  return (typeof before === "number" ? before : 0) + more;
}

/** The labels in the catalogue's order. Throws if one is missing, unknown, or has a value outside its closed list. */
function labelText(known: Pick<PageMetric, "metric" | "labels">, given: Readonly<Record<string, string>>): string {
  const text = labelsText(checkedLabels(known, given));
  if (Object.keys(given).length === known.labels.length) return text;
  const { metric } = known;
  const unknown = Object.keys(given).find((name) => !(name in metric.labels));
  throw new Error(`Cannot render the metric "${metric.name}": it has no label "${String(unknown)}"`);
}

function* checkedLabels(
  { metric, labels }: Pick<PageMetric, "metric" | "labels">,
  given: Readonly<Record<string, string>>,
): Iterable<readonly [string, string]> {
  for (const { name, allowed } of labels) {
    const value = given[name];
    if (value === undefined)
      throw new Error(`Cannot render the metric "${metric.name}": the label "${name}" is missing`);
    if (allowed?.has(value) === false)
      throw new Error(`Cannot render the metric "${metric.name}": the label "${name}" has no value "${value}"`);
    yield [name, value];
  }
}
