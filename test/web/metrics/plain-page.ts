import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { initialSeries } from "../../../src/catalogue/initial-series.ts";
import type { Metric } from "../../../src/catalogue/metric.ts";
import { METRICS } from "../../../src/catalogue/metrics.ts";
import type { MetricGroup } from "../../../src/catalogue/switches.ts";
import type { MetricValue } from "../../../src/model/metric-value.ts";

export type MetricScope = Metric["scope"];

/** The values of a page, and the metrics of the catalogue that it contains. */
export interface MetricPage {
  readonly scopes: readonly MetricScope[];
  readonly values: Iterable<MetricValue>;
  /** Metrics without a value are omitted instead of being 0. */
  readonly isKnownAlone?: boolean;
  /** Groups whose metrics and values are omitted; default: none. */
  readonly disabled?: readonly MetricGroup[];
}

type Instrument =
  | { readonly kind: "counter"; readonly metric: Metric; readonly counter: Counter<string> }
  | { readonly kind: "gauge"; readonly metric: Metric; readonly gauge: Gauge<string> }
  | { readonly kind: "histogram"; readonly metric: Metric; readonly histogram: CountedHistogram };

/**
 * A registry with all metrics of the page's scopes, at 0 where the catalogue says so, and with the page's values. Throws if the catalogue
 * does not have a value's metric, page, label or label value.
 */
export function metricRegistry(page: MetricPage): Registry {
  const registry = new Registry();
  const instruments = new Map<string, Instrument>();
  const leftOut = new Set<string>();
  for (const metric of METRICS) {
    if (isDisabled(metric, page.disabled)) leftOut.add(metric.name);
    else if (page.scopes.includes(metric.scope) && (page.isKnownAlone !== true || "absentUntilKnown" in metric))
      instruments.set(metric.name, instrumentOf(metric, registry));
  }
  for (const value of page.values) if (!leftOut.has(value.metric)) setValue(instruments.get(value.metric), value);
  return registry;
}

function isDisabled({ group }: Metric, disabled: readonly MetricGroup[] = []): boolean {
  return group !== undefined && disabled.includes(group);
}

function instrumentOf(metric: Metric, registry: Registry): Instrument {
  const config = {
    name: metric.name,
    help: metric.help,
    labelNames: Object.keys(metric.labels),
    registers: [registry],
  };
  const series = initialSeries(metric);
  if (metric.type === "counter") {
    const counter = new Counter(config);
    // prom-client initialises a metric without labels with 0, even if it is unknown.
    if (series.length === 0) counter.remove({});
    for (const labels of series) counter.inc(labels, 0);
    return { kind: "counter", metric, counter };
  }
  if (metric.type === "gauge") {
    const gauge = new Gauge(config);
    if (series.length === 0) gauge.remove({});
    for (const labels of series) gauge.set(labels, 0);
    return { kind: "gauge", metric, gauge };
  }
  const histogram = new CountedHistogram({ ...config, buckets: [...(metric.buckets ?? [])] });
  for (const labels of series) histogram.setCounts(labels, [], 0);
  return { kind: "histogram", metric, histogram };
}

function setValue(instrument: Instrument | undefined, value: MetricValue): void {
  if (instrument === undefined)
    throw new Error(`Cannot render the metric "${value.metric}": it does not belong to this page`);
  const labels = checkedLabels(instrument.metric, value.labels);
  if (instrument.kind === "histogram" && value.kind === "histogram")
    instrument.histogram.setCounts(labels, value.counts, value.sum);
  else if (instrument.kind === "counter" && value.kind === "value") instrument.counter.inc(labels, value.value);
  else if (instrument.kind === "gauge" && value.kind === "value") instrument.gauge.set(labels, value.value);
  else throw new Error(`Cannot render the metric "${value.metric}": a ${instrument.kind} has no ${value.kind}`);
}

/** The labels in the catalogue's order. Throws if one is missing, unknown, or has a value outside its closed list. */
function checkedLabels(metric: Metric, given: Readonly<Record<string, string>>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, allowed] of Object.entries(metric.labels)) {
    const value = given[name];
    if (value === undefined)
      throw new Error(`Cannot render the metric "${metric.name}": the label "${name}" is missing`);
    if (allowed.length > 0 && !allowed.includes(value))
      throw new Error(`Cannot render the metric "${metric.name}": the label "${name}" has no value "${value}"`);
    labels[name] = value;
  }
  const unknown = Object.keys(given).find((name) => !(name in metric.labels));
  if (unknown !== undefined) throw new Error(`Cannot render the metric "${metric.name}": it has no label "${unknown}"`);
  return labels;
}

/** A histogram whose buckets are set from existing counts, instead of single observations. */
class CountedHistogram extends Histogram<string> {
  readonly #bounds: readonly number[];
  readonly #entries = new Map<
    string,
    { readonly labels: Record<string, string>; readonly counts: readonly number[]; readonly sum: number }
  >();

  constructor(config: { name: string; help: string; labelNames: string[]; registers: Registry[]; buckets: number[] }) {
    super(config);
    this.#bounds = config.buckets;
  }

  setCounts(labels: Readonly<Record<string, string>>, counts: readonly number[], sum: number): void {
    this.#entries.set(JSON.stringify(Object.values(labels)), { labels: { ...labels }, counts, sum });
  }

  override async get(): ReturnType<Histogram<string>["get"]> {
    const family = await super.get();
    const values: (typeof family)["values"] = [];
    for (const { labels, counts, sum } of this.#entries.values()) {
      let total = 0;
      for (const [index, bound] of [...this.#bounds, "+Inf"].entries()) {
        total += counts[index] ?? 0;
        values.push({ metricName: `${family.name}_bucket`, labels: { ...labels, le: bound }, value: total });
      }
      values.push(
        { metricName: `${family.name}_sum`, labels, value: sum },
        { metricName: `${family.name}_count`, labels, value: total },
      );
    }
    return { ...family, values };
  }
}
