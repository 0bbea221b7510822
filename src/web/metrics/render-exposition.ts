import type { Metric } from "../../catalogue/metric.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import { escapeBackslashes, escapeQuoted, labelsText, numberText, sampleHead } from "../../model/text/sample-text.ts";
import type { ExpositionFormat } from "./exposition-format.ts";

/** A metric without its samples. */
export interface MetricHead {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/** A metric as prom-client's `getMetricsAsJSON()` returns it. */
export interface MetricFamily extends MetricHead {
  readonly labelNames: readonly string[];
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The family's name, or with `_bucket`, `_sum`, `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
}

const UNITS = ["seconds", "bytes", "ratio"] as const;

/**
 * The lines of a metric family in the text format 0.0.4 or in OpenMetrics 1.0.0. They differ in the names of counters, the bounds of
 * buckets, escaping and the end of the page.
 */
export function familyLines(family: MetricFamily, format: ExpositionFormat): string[] {
  const lines = [...headLines(family, format)];
  for (const sample of family.samples) {
    const name = family.type === "counter" ? sampleNameOf(family, format) : sample.name;
    lines.push(`${sampleHead(name, labelsText(labelsOf(family, sample, format)))} ${numberText(sample.value)}`);
  }
  return lines;
}

/** The lines before the samples of a metric. */
function headLines({ name, help, type }: MetricHead, format: ExpositionFormat): string[] {
  if (format === "text") return [`# HELP ${name} ${escapeBackslashes(help)}`, `# TYPE ${name} ${type}`];
  const family = type === "counter" ? name.replace(/_total$/, "") : name;
  const unit = UNITS.find((suffix) => family.endsWith(`_${suffix}`));
  return [
    `# TYPE ${family} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}`]),
    `# HELP ${family} ${escapeQuoted(help)}`,
  ];
}

/** The base name of a metric's samples; histograms append suffixes. */
function sampleNameOf({ name, type }: MetricHead, format: ExpositionFormat): string {
  return format === "openmetrics" && type === "counter" ? `${name.replace(/_total$/, "")}_total` : name;
}

/** The labels in the order of the family's declaration, `le` last. */
function* labelsOf(
  { labelNames, type }: MetricFamily,
  { labels }: Sample,
  format: ExpositionFormat,
): Iterable<readonly [string, string]> {
  for (const name of labelNames) {
    const value = labels[name];
    if (value !== undefined) yield [name, String(value)];
  }
  const { le } = labels;
  if (le !== undefined && type === "histogram") yield ["le", boundOf(le, format)];
}

/** A bucket's bound. OpenMetrics writes it as a float: `60.0`. */
function boundOf(bound: string | number, format: ExpositionFormat): string {
  if (typeof bound !== "number") return bound;
  const isWhole = Number.isInteger(bound) && Math.abs(bound) < 1e21;
  return format === "openmetrics" && isWhole ? `${bound}.0` : numberText(bound);
}

type HistogramValue = Extract<MetricValue, { readonly kind: "histogram" }>;

/** The series of one metric on a page: value by labels, as `labelsText()` returns them. */
export type Series = Map<string, number | HistogramValue>;

/** The lines of a metric of the catalogue. */
export function seriesLines(metric: Metric, series: Series, format: ExpositionFormat): string[] {
  const lines = headLines(metric, format);
  const name = sampleNameOf(metric, format);
  const bounds = (metric.buckets ?? []).map((bound) => boundOf(bound, format));
  for (const [labels, value] of series) {
    if (metric.type === "histogram") addHistogram(lines, { name, labels, bounds }, value);
    else lines.push(`${sampleHead(name, labels)} ${numberText(typeof value === "number" ? value : 0)}`);
  }
  return lines;
}

interface HistogramLabels {
  readonly name: string;
  readonly labels: string;
  readonly bounds: readonly string[];
}

/** Adds the lines of a histogram, with cumulative buckets. A number is the sum of no observation. */
function addHistogram(
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
  lines.push(`${sampleHead(`${name}_sum`, labels)} ${numberText(sum)}`);
  lines.push(`${sampleHead(`${name}_count`, labels)} ${numberText(total)}`);
}
