import type { ExpositionFormat } from "./exposition-format.ts";

/** A metric as prom-client's `getMetricsAsJSON()` gives it. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
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
 * The page of the families in the text format 0.0.4 or in OpenMetrics 1.0.0. Both are written here, because the two differ in
 * the names of counters, the bounds of buckets, escaping and the end of the page.
 */
export function renderExposition(families: readonly MetricFamily[], format: ExpositionFormat): string {
  const lines: string[] = [];
  for (const family of families) {
    if (format === "openmetrics") writeOpenMetrics(lines, family);
    else writeText(lines, family);
  }
  if (format === "openmetrics") lines.push("# EOF");
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function writeText(lines: string[], family: MetricFamily): void {
  lines.push(`# HELP ${family.name} ${escapeBackslashes(family.help)}`, `# TYPE ${family.name} ${family.type}`);
  for (const sample of family.samples)
    lines.push(`${sample.name}${labelSet(family, sample, boundText)} ${numberText(sample.value)}`);
}

function writeOpenMetrics(lines: string[], family: MetricFamily): void {
  const name = family.type === "counter" ? family.name.replace(/_total$/, "") : family.name;
  const unit = UNITS.find((suffix) => name.endsWith(`_${suffix}`));
  lines.push(`# TYPE ${name} ${family.type}`);
  if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}`);
  lines.push(`# HELP ${name} ${escapeQuoted(family.help)}`);
  for (const sample of family.samples) {
    const sampleName = family.type === "counter" ? `${name}_total` : sample.name;
    lines.push(`${sampleName}${labelSet(family, sample, boundOpenMetrics)} ${numberText(sample.value)}`);
  }
}

/** The labels in the order of the family's declaration, `le` last. */
function labelSet(family: MetricFamily, sample: Sample, bound: (value: string | number) => string): string {
  const parts: string[] = [];
  for (const name of family.labelNames) {
    const value = sample.labels[name];
    if (value !== undefined) parts.push(`${name}="${escapeQuoted(String(value))}"`);
  }
  const { le } = sample.labels;
  if (le !== undefined && family.type === "histogram") parts.push(`le="${bound(le)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function boundText(bound: string | number): string {
  return typeof bound === "number" ? numberText(bound) : bound;
}

/** OpenMetrics writes bounds as floats: `60.0`. */
function boundOpenMetrics(bound: string | number): string {
  return typeof bound === "number" && Number.isInteger(bound) && Math.abs(bound) < 1e21
    ? `${bound}.0`
    : boundText(bound);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

function escapeBackslashes(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeQuoted(text: string): string {
  return escapeBackslashes(text).replaceAll('"', '\\"');
}
