import { initialSeries } from "../../catalogue/initial-series.ts";
import type { Metric } from "../../catalogue/metric.ts";
import { METRICS } from "../../catalogue/metrics.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import { labelsText, numberText, sampleHead } from "../../model/text/sample-text.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { boundOf, headLines, sampleNameOf } from "./family-lines.ts";
import { TextPiece } from "./text-piece.ts";

type HistogramValue = Extract<MetricValue, { readonly kind: "histogram" }>;
type SeriesValue = number | HistogramValue;
type LabelTexts = Readonly<Record<string, string>>;

/** A metric of the catalogue, prepared for all pages. Labels are formatted as between the braces of a sample, see `labelsText()`. */
export class PreparedMetric {
  readonly metric: Metric;
  /** Index of each series that is 0 from the first scrape, by its labels. */
  readonly initial: ReadonlyMap<string, number>;
  readonly #labels: readonly { readonly name: string; readonly allowed: ReadonlySet<string> | null }[];
  readonly #texts: Partial<Record<ExpositionFormat, InitialTexts>> = {};

  constructor(metric: Metric) {
    this.metric = metric;
    this.#labels = Object.entries(metric.labels).map(([name, values]) => ({
      name,
      allowed: values.length === 0 ? null : new Set(values),
    }));
    this.initial = new Map(initialSeries(metric).map((given, at) => [this.#checkedText(given), at]));
  }

  /** What is the same on each page. A page has more than a thousand series, most of which are 0. */
  texts(format: ExpositionFormat): InitialTexts {
    return (this.#texts[format] ??= initialTexts(this, format));
  }

  /** The labels in the catalogue's order. Throws if one is missing, unknown, or has a value outside its closed list. */
  labelsText(given: LabelTexts): string {
    let text = "";
    for (const { name } of this.#labels) text += `${text === "" ? "" : ","}${name}="${given[name] ?? ""}"`;
    // A text of an initial series is correct as it is, provided that there is no other label.
    return this.initial.has(text) && Object.keys(given).length === this.#labels.length
      ? text
      : this.#checkedText(given);
  }

  #checkedText(given: LabelTexts): string {
    const text = labelsText(this.#checked(given));
    if (Object.keys(given).length === this.#labels.length) return text;
    const { name, labels } = this.metric;
    const unknown = Object.keys(given).find((one) => !(one in labels));
    throw new Error(`Cannot render the metric "${name}": it has no label "${String(unknown)}"`);
  }

  *#checked(given: LabelTexts): Iterable<readonly [string, string]> {
    for (const { name, allowed } of this.#labels) {
      const value = given[name];
      if (value === undefined)
        throw new Error(`Cannot render the metric "${this.metric.name}": the label "${name}" is missing`);
      if (allowed?.has(value) === false)
        throw new Error(`Cannot render the metric "${this.metric.name}": the label "${name}" has no value "${value}"`);
      yield [name, value];
    }
  }
}

/** In the catalogue's order. */
export const PREPARED_METRICS: ReadonlyMap<string, PreparedMetric> = new Map(
  METRICS.map((metric) => [metric.name, new PreparedMetric(metric)]),
);

/** Texts of a metric in one format. */
interface InitialTexts {
  /** The lines before the samples. */
  readonly head: readonly string[];
  /** The lines of each initial series while it is 0. */
  readonly zeros: readonly string[];
  /** Head and zeros. */
  readonly all: TextPiece;
}

function initialTexts(prepared: PreparedMetric, format: ExpositionFormat): InitialTexts {
  const head = headLines(prepared.metric, format);
  const zeros = [...prepared.initial.keys()].map((labels) => seriesText(prepared.metric, [labels, 0], format));
  return { head, zeros, all: pieceOf([...head, ...zeros]) };
}

function pieceOf(lines: readonly string[]): TextPiece {
  return new TextPiece(`${lines.join("\n")}\n`);
}

/** The lines of one series. */
function seriesText(metric: Metric, [labels, value]: readonly [string, SeriesValue], format: ExpositionFormat): string {
  const name = sampleNameOf(metric, format);
  if (metric.type !== "histogram")
    return `${sampleHead(name, labels)} ${numberText(typeof value === "number" ? value : 0)}`;
  const bounds = (metric.buckets ?? []).map((bound) => boundOf(bound, format));
  return histogramLines({ name, labels, bounds }, value).join("\n");
}

interface HistogramLabels {
  readonly name: string;
  readonly labels: string;
  readonly bounds: readonly string[];
}

/** The lines of a histogram, with cumulative buckets. A number is the sum of no observation. */
function histogramLines({ name, labels, bounds }: HistogramLabels, value: SeriesValue): string[] {
  const { counts, sum } = typeof value === "number" ? { counts: [], sum: value } : value;
  const before = labels === "" ? "" : `${labels},`;
  let total = 0;
  const lines = [...bounds, "+Inf"].map((bound, at) => {
    total += counts[at] ?? 0;
    return `${name}_bucket{${before}le="${bound}"} ${numberText(total)}`;
  });
  lines.push(`${sampleHead(`${name}_sum`, labels)} ${numberText(sum)}`);
  lines.push(`${sampleHead(`${name}_count`, labels)} ${numberText(total)}`);
  return lines;
}

/** The values of one metric on a page. */
export class PageValues {
  readonly #prepared: PreparedMetric;
  /** By labels, as `labelsText()` returns them; only those that were set. */
  readonly #values = new Map<string, SeriesValue>();

  constructor(prepared: PreparedMetric) {
    this.#prepared = prepared;
  }

  /** Sets the value of a gauge or a histogram; adds a part to a counter. Throws for a value that the metric cannot have. */
  set(value: MetricValue): void {
    const { type } = this.#prepared.metric;
    if ((type === "histogram") !== (value.kind === "histogram"))
      throw new Error(`Cannot render the metric "${value.metric}": a ${type} has no ${value.kind}`);
    const labels = this.#prepared.labelsText(value.labels);
    if (value.kind === "histogram") this.#values.set(labels, value);
    else if (type === "gauge") this.#values.set(labels, value.value);
    else this.#values.set(labels, counted(this.#values.get(labels), value.metric, value.value));
  }

  /** Head and series; null for a metric without a series. */
  piece(format: ExpositionFormat): TextPiece | null {
    const { metric, initial } = this.#prepared;
    if (this.#values.size === 0 && initial.size === 0) return null;
    const { head, zeros, all } = this.#prepared.texts(format);
    if (this.#values.size === 0) return all;
    const lines = [...head, ...zeros];
    for (const series of this.#values) {
      const at = initial.get(series[0]);
      const text = seriesText(metric, series, format);
      if (at === undefined) lines.push(text);
      else lines[head.length + at] = text;
    }
    return pieceOf(lines);
  }
}

/** Adds a part of a counter. Throws for a value that a counter cannot have. */
function counted(before: SeriesValue | undefined, metric: string, more: number): number {
  if (!Number.isFinite(more) || more < 0)
    throw new Error(`Cannot render the metric "${metric}": a counter has no ${String(more)}`);
  return (typeof before === "number" ? before : 0) + more;
}
