import { DURATION_BUCKETS } from "../catalogue/metrics.ts";

/** Counts per bucket, the last one for values above all bounds, and the sum of the values. */
export interface HistogramCount {
  counts: number[];
  sum: number;
}

/**
 * Called for every count, with the time of the event (Unix ms), for history. Served requests that a scanner has kept are counted together:
 * those of one URL within ten seconds, at the time of the first. Those at a full minute are not counted together with others.
 */
export type CountListener = (count: {
  readonly server: string;
  readonly metric: string;
  readonly labels: readonly string[];
  readonly atMs: number;
  readonly amount: number;
}) => void;

const SEPARATOR = "\u0001";

/** Counters and histograms of one server (or of the organisation), by metric and labels. They never decrease. */
export class Counters {
  readonly #server: string;
  readonly #listener: CountListener | null;
  readonly #counts = new Map<string, number>();
  readonly #histograms = new Map<string, HistogramCount>();
  /** Labels of the last count, and its key: many requests are counted with the same list of labels, one after the other. */
  #lastLabels: readonly string[] | null = null;
  #lastMetric = "";
  #lastKey = "";

  constructor(server: string, listener: CountListener | null) {
    this.#server = server;
    this.#listener = listener;
  }

  /** `labels`: the values, in the order in which the catalogue declares the label names. The list must not change afterwards. */
  add(metric: string, labels: readonly string[], atMs: number, amount = 1): void {
    if (labels !== this.#lastLabels || metric !== this.#lastMetric) {
      this.#lastKey = metric + SEPARATOR + labels.join(SEPARATOR);
      this.#lastLabels = labels;
      this.#lastMetric = metric;
    }
    this.#counts.set(this.#lastKey, (this.#counts.get(this.#lastKey) ?? 0) + amount);
    this.#listener?.({ server: this.#server, metric, labels, atMs, amount });
  }

  /** Informs only the listener: hma_requests_total is counted in `ServerState.requests`. */
  noteRequest(protocol: string, scheme: string, result: string, atMs: number, amount = 1): void {
    this.#listener?.({
      server: this.#server,
      metric: "hma_requests_total",
      labels: [protocol, scheme, result],
      atMs,
      amount,
    });
  }

  /** Observes a value of a histogram of durations, in seconds. */
  observe(
    metric: string,
    labels: readonly string[],
    { atMs, value }: { readonly atMs: number; readonly value: number },
  ): void {
    const key = metric + SEPARATOR + labels.join(SEPARATOR);
    let histogram = this.#histograms.get(key);
    if (histogram === undefined) {
      histogram = { counts: new Array<number>(DURATION_BUCKETS.length + 1).fill(0), sum: 0 };
      this.#histograms.set(key, histogram);
    }
    const bucket = DURATION_BUCKETS.findIndex((bound) => value <= bound);
    const index = bucket < 0 ? DURATION_BUCKETS.length : bucket;
    histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
    histogram.sum += value;
    this.#listener?.({ server: this.#server, metric, labels, atMs, amount: value });
  }

  *values(): Iterable<{ metric: string; labels: string[]; value: number }> {
    for (const [key, value] of this.#counts) {
      const [metric = "", ...labels] = key.split(SEPARATOR);
      yield { metric, labels, value };
    }
  }

  *histograms(): Iterable<{ metric: string; labels: string[]; histogram: HistogramCount }> {
    for (const [key, histogram] of this.#histograms) {
      const [metric = "", ...labels] = key.split(SEPARATOR);
      yield { metric, labels, histogram };
    }
  }

  dump(): { counts: [string, number][]; histograms: [string, HistogramCount][] } {
    return { counts: [...this.#counts], histograms: [...this.#histograms] };
  }

  restore(dump: ReturnType<Counters["dump"]>): void {
    for (const [key, count] of dump.counts) this.#counts.set(key, count);
    for (const [key, histogram] of dump.histograms)
      this.#histograms.set(key, { counts: [...histogram.counts], sum: histogram.sum });
  }
}
