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
export function headLines({ name, help, type }: MetricHead, format: ExpositionFormat): string[] {
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
export function sampleNameOf({ name, type }: MetricHead, format: ExpositionFormat): string {
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
export function boundOf(bound: string | number, format: ExpositionFormat): string {
  if (typeof bound !== "number") return bound;
  const isWhole = Number.isInteger(bound) && Math.abs(bound) < 1e21;
  return format === "openmetrics" && isWhole ? `${bound}.0` : numberText(bound);
}
