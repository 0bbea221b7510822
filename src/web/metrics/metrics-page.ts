import type { Express } from "express";
import type { Registry } from "prom-client";
import { initialSeries } from "../../catalogue/initial-series.ts";
import type { Metric } from "../../catalogue/metric.ts";
import { METRICS } from "../../catalogue/metrics.ts";
import type { MetricGroup } from "../../catalogue/switches.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import { labelsText, numberText, sampleHead } from "../../model/text/sample-text.ts";
import type { RequestCounts } from "../door/request-counts.ts";
import { nameEndpoint, plain, sendMetrics } from "../replies.ts";
import type { WebOptions } from "../web-options.ts";
import type { WebQueries } from "../web-queries.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { createProcessRegistry, familiesOf } from "./process-registry.ts";
import { boundOf, familyLines, headLines, sampleNameOf } from "./family-lines.ts";

/** The metrics of the exporter and of each server. */
export function addMetricRoutes(
  app: Express,
  queries: WebQueries,
  { options, counts }: { readonly options: WebOptions; readonly counts: RequestCounts },
): void {
  const processRegistry = createProcessRegistry();
  const own = function* () {
    yield* queries.exporterMetrics();
    yield* counts.values();
    const only = options.mode === "server" ? queries.serverNames()[0] : undefined;
    if (only !== undefined) yield* queries.metricsOf(only);
  };
  app.get(options.telemetryPath, async (_request, response) => {
    nameEndpoint(response, "metrics");
    const scopes =
      options.mode === "server"
        ? (["server", "organisation", "exporter"] as const)
        : (["organisation", "exporter"] as const);
    const disabled = options.disabledMetrics;
    const process = disabled.includes("internals") ? [] : [processRegistry];
    await sendMetrics(response, (format) => renderMetrics({ scopes, values: own(), disabled }, format, process));
  });
  app.get(`${options.telemetryPath}/servers/:server`, async (request, response) => {
    nameEndpoint(response, "server_metrics");
    const server = queries.serverNames().find((known) => known === request.params.server);
    if (options.mode === "server" || server === undefined) return plain(response, 404, "Not found");
    await sendMetrics(response, (format) =>
      renderMetrics(
        { scopes: ["server"], values: queries.metricsOf(server), disabled: options.disabledMetrics },
        format,
      ),
    );
  });
}

type HistogramValue = Extract<MetricValue, { readonly kind: "histogram" }>;

/** The series of one metric on a page: value by labels, as `labelsText()` returns them. */
type Series = Map<string, number | HistogramValue>;

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

/** The lines of a metric of the catalogue. */
function seriesLines(metric: Metric, series: Series, format: ExpositionFormat): string[] {
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
