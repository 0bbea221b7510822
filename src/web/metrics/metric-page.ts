import { initialSeries } from "../../catalogue/initial-series.ts";
import type { Metric } from "../../catalogue/metric.ts";
import { METRICS } from "../../catalogue/metrics.ts";
import type { MetricGroup } from "../../catalogue/switches.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { boundOf, escapeQuoted, headLines, numberText, sampleNameOf } from "./render-exposition.ts";

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

type HistogramValue = Extract<MetricValue, { readonly kind: "histogram" }>;

/** The series of one metric on a page: value by formatted labels. */
type Series = Map<string, number | HistogramValue>;

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
 * The lines of the page's metrics in the catalogue's order, with zeros where the catalogue requires them. Metrics without a series are left
 * out. Throws for a value that is not in the catalogue: another metric name or page, a label or label value outside its list.
 */
export function pageLines(page: MetricPage, format: ExpositionFormat): string[] {
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
    if (known !== undefined && series.size > 0) writeSeries(lines, { metric: known.metric, series, format });
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
function counted(before: number | HistogramValue | undefined, metric: string, more: number): number {
  if (!Number.isFinite(more) || more < 0)
    throw new Error(`Cannot render the metric "${metric}": a counter has no ${String(more)}`);
  return (typeof before === "number" ? before : 0) + more;
}

/** The labels in the catalogue's order. Throws if one is missing, unknown, or has a value outside its closed list. */
function labelText(
  { metric, labels }: Pick<PageMetric, "metric" | "labels">,
  given: Readonly<Record<string, string>>,
): string {
  let text = "";
  for (const { name, allowed } of labels) {
    const value = given[name];
    if (value === undefined)
      throw new Error(`Cannot render the metric "${metric.name}": the label "${name}" is missing`);
    if (allowed?.has(value) === false)
      throw new Error(`Cannot render the metric "${metric.name}": the label "${name}" has no value "${value}"`);
    text += `${text === "" ? "" : ","}${name}="${escapeQuoted(value)}"`;
  }
  const names = Object.keys(given);
  if (names.length === labels.length) return text;
  const unknown = names.find((name) => !(name in metric.labels));
  throw new Error(`Cannot render the metric "${metric.name}": it has no label "${String(unknown)}"`);
}

interface MetricSeries {
  readonly metric: Metric;
  readonly series: Series;
  readonly format: ExpositionFormat;
}

function writeSeries(lines: string[], { metric, series, format }: MetricSeries): void {
  lines.push(...headLines(metric, format));
  const name = sampleNameOf(metric, format);
  const bounds = (metric.buckets ?? []).map((bound) => boundOf(bound, format));
  for (const [labels, value] of series) {
    if (metric.type === "histogram") writeHistogram(lines, { name, labels, bounds }, value);
    else lines.push(`${sample(name, labels)} ${numberText(typeof value === "number" ? value : 0)}`);
  }
}

interface HistogramLabels {
  readonly name: string;
  readonly labels: string;
  readonly bounds: readonly string[];
}

/** Returns cumulative buckets. */
function writeHistogram(
  lines: string[],
  { name, labels, bounds }: HistogramLabels,
  value: number | HistogramValue,
): void {
  const { counts, sum } = typeof value === "number" ? { counts: [], sum: value } : value;
  const before = labels === "" ? "" : `${labels},`;
  let total = 0;
  [...bounds, "+Inf"].forEach((bound, at) => {
    total += counts[at] ?? 0;
    lines.push(`${name}_bucket{${before}le="${bound}"} ${numberText(total)}`);
  });
  lines.push(`${sample(`${name}_sum`, labels)} ${numberText(sum)}`);
  lines.push(`${sample(`${name}_count`, labels)} ${numberText(total)}`);
}

function sample(name: string, labels: string): string {
  return labels === "" ? name : `${name}{${labels}}`;
}
