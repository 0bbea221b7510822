import type { Metric } from "../catalogue/metric.ts";
import { METRICS } from "../catalogue/metrics.ts";
import type { History, HistorySeries } from "../engine/history/history-series.ts";
import { escapeQuoted, labelsText, numberText, sampleHead } from "../model/text/sample-text.ts";

export interface HistorySampling {
  /** Time between two samples of a changing series, ms. A multiple of the history's resolution. */
  readonly stepMs: number;
  /** Labels that Prometheus sets at a scrape. `instance` is used for the organisation's metrics; a server's metrics have its name. */
  readonly job: string;
  readonly instance: string;
  /**
   * Maximum time between two samples of a series while it does not change (`restMs`), and of a series that never changes (`constantMs`),
   * ms.
   */
  readonly restMs: number;
  readonly constantMs: number;
}

/**
 * Two samples in every five minutes, so that `rate(…[5m])` always has a value. A constant series needs only one within Prometheus'
 * look-back of five minutes.
 */
export const REST_MS = 120_000;
export const CONSTANT_MS = 240_000;
/** A history up to this length is sampled every minute, a longer one every two minutes. ms */
const FINE_MS = 14 * 86_400_000;

/** Default step: fine enough for the alert rules and dashboards, and not finer, so that the file stays small. ms */
export function usualStepMs(history: Pick<History, "fromMs" | "toMs" | "resolutionMs">): number {
  return Math.max(history.resolutionMs, history.toMs - history.fromMs <= FINE_MS ? 60_000 : 120_000);
}

/**
 * Times of the first and the last sample, Unix ms. The first sample is before everything that is counted, so that increases are complete.
 */
export function sampledRange(
  { fromMs, toMs }: Pick<History, "fromMs" | "toMs">,
  stepMs: number,
): { readonly firstMs: number; readonly lastMs: number } {
  return { firstMs: (Math.ceil(fromMs / stepMs) - 1) * stepMs, lastMs: Math.ceil(toMs / stepMs) * stepMs };
}

const LARGE_CHUNK = 1 << 16;

/**
 * The history as OpenMetrics text in chunks: families in the order of the catalogue, the samples of a series by time, `# EOF` at the end.
 * Without a history only `# EOF`.
 */
export function* openMetricsHistory(
  history: History | null,
  sampling: HistorySampling,
): Generator<string, void, undefined> {
  if (history !== null) {
    for (const metric of METRICS) {
      const series = history.series.filter((one) => one.metric === metric.name);
      if (series.length > 0) yield* familyText(metric, { ...history, series }, sampling);
    }
    yield* upText(history, sampling);
  }
  yield "# EOF\n";
}

/** The family of a metric. `history` holds the series of that metric alone. */
function* familyText(metric: Metric, history: History, sampling: HistorySampling): Generator<string, void, undefined> {
  const family = metric.type === "counter" ? metric.name.replace(/_total$/, "") : metric.name;
  let text = `# TYPE ${family} ${metric.type}\n# HELP ${family} ${escapeQuoted(metric.help)}\n`;
  for (const one of history.series) {
    const labels = { ...one.labels, instance: one.server ?? sampling.instance, job: sampling.job };
    const head = sampleHead(one.sample, labelsText(Object.entries(labels)));
    for (const { index, value } of samplesOf(one, history, sampling)) {
      text += `${head} ${numberText(value)} ${(index * sampling.stepMs) / 1000}\n`;
      if (text.length < LARGE_CHUNK) continue;
      yield text;
      text = "";
    }
  }
  yield text;
}

/** `up` is 1 for every target over the whole range. A scrape adds `up` itself, and alerts use it. */
function* upText(history: History, sampling: HistorySampling): Generator<string, void, undefined> {
  let text = "# TYPE up gauge\n";
  for (const instance of [...history.servers, sampling.instance]) {
    const up: HistorySeries = { metric: "up", sample: "up", server: instance, labels: {}, initial: 1, steps: () => [] };
    const head = sampleHead("up", labelsText(Object.entries({ instance, job: sampling.job })));
    for (const { index, value } of samplesOf(up, history, sampling))
      text += `${head} ${value} ${(index * sampling.stepMs) / 1000}\n`;
  }
  yield text;
}

interface HistorySample {
  /** Sample time as a number of steps since 1970. */
  readonly index: number;
  readonly value: number;
}

/**
 * The samples of a series. Leaves out samples without news, but keeps the sample one step before each change, so that `rate()` has the
 * right slope.
 */
export function* samplesOf(
  series: HistorySeries,
  history: Pick<History, "fromMs" | "toMs">,
  sampling: HistorySampling,
): Generator<HistorySample, void, undefined> {
  const { stepMs } = sampling;
  const range = sampledRange(history, stepMs);
  const last = range.lastMs / stepMs;
  const changes = changesOf(series, range.firstMs / stepMs, stepMs);
  let current = changes.next();
  let isConstant = true;
  while (current.done !== true) {
    const { index, value } = current.value;
    if (index > last) return;
    const next = changes.next();
    const end = Math.min(last, next.done === true ? last : next.value.index - 1);
    isConstant &&= next.done === true;
    const gap = Math.max(1, Math.floor((isConstant ? sampling.constantMs : sampling.restMs) / stepMs));
    if (!Number.isNaN(value)) {
      for (let at = index; at < end; at += gap) yield { index: at, value };
      yield { index: end, value };
    }
    current = next;
  }
}

/** The value at the first step, and each change at the first step at or after it. */
function* changesOf(series: HistorySeries, first: number, stepMs: number): Generator<HistorySample, void, undefined> {
  let held = { index: first, value: series.initial };
  for (const { atMs, value } of series.steps()) {
    const index = Math.max(first, Math.ceil(atMs / stepMs));
    if (index > held.index) {
      if (Object.is(value, held.value)) continue;
      yield held;
    }
    held = { index, value };
  }
  yield held;
}
