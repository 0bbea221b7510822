import type { CountListener } from "../counters.ts";
import { StepCounts } from "./history-step-counts.ts";

type Count = Parameters<CountListener>[0];

/** A counter of one server. */
export interface CountedSeries {
  readonly server: string;
  readonly metric: string;
  /** Label values, in the order in which the catalogue declares the label names. */
  readonly labels: readonly string[];
  readonly counts: StepCounts;
}

/** Observations of a histogram of one server. */
export interface ObservedSeries {
  readonly server: string;
  readonly metric: string;
  readonly labels: readonly string[];
  /** Pairs of time (Unix ms) and value, one after the other, unsorted. */
  readonly observations: number[];
}

/** The finest resolution of history. */
export const HISTORY_MINUTE_MS = 60_000;
/** Memory limit, bytes: about 20 million minutes of single series. Beyond it, the steps become COARSER times as long. */
const MAX_BYTES = 64 * 1024 * 1024;
const COARSER = 5;
/** Number of counts between two checks of the memory. */
const LOOK_EVERY = 65_536;

/**
 * All counts by series and minute of the event: a few bytes for each minute in which a series grew. When it becomes too large, its steps
 * become longer. Counts may come in any order.
 */
export class HistoryJournal {
  readonly #mostBytes: number;
  readonly #counted = new Map<string, Map<string, Map<string, CountedSeries>>>();
  readonly #requests = new Map<string, Map<string, Map<string, Map<string, CountedSeries>>>>();
  readonly #observed = new Map<string, ObservedSeries>();
  readonly #all: CountedSeries[] = [];
  #stepMs = HISTORY_MINUTE_MS;
  #untilLook = LOOK_EVERY;

  constructor(mostBytes = MAX_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Length of a step, ms. An event belongs to the step that ends at or after its time. */
  get stepMs(): number {
    return this.#stepMs;
  }

  counted(): readonly CountedSeries[] {
    return this.#all;
  }

  observed(): readonly ObservedSeries[] {
    return [...this.#observed.values()];
  }

  /** Listener for the engine's counts. `isHistogram`: whether the amounts of a metric are observed values. */
  listener(isHistogram: (metric: string) => boolean): CountListener {
    const histograms = new Map<string, boolean>();
    return (count) => {
      const { server, metric, labels, atMs, amount } = count;
      if (metric === "hma_requests_total") {
        this.#count(this.#requestSeries(server, labels), atMs, amount);
        return;
      }
      let observes = histograms.get(metric);
      if (observes === undefined) histograms.set(metric, (observes = isHistogram(metric)));
      if (observes) this.#observe(count);
      else this.#count(this.#series(server, metric, labels), atMs, amount);
    };
  }

  #count(series: CountedSeries, atMs: number, amount: number): void {
    series.counts.add(Math.ceil(atMs / this.#stepMs), amount);
    this.#untilLook -= amount;
    if (this.#untilLook > 0) return;
    this.#untilLook = LOOK_EVERY;
    let bytes = 0;
    for (const one of this.#all) bytes += one.counts.bytes;
    if (bytes <= this.#mostBytes) return;
    this.#stepMs *= COARSER;
    for (const one of this.#all) one.counts.coarsen(COARSER);
  }

  #observe({ server, metric, labels, atMs, amount }: Count): void {
    const key = [server, metric, ...labels].join("\u0001");
    let series = this.#observed.get(key);
    if (series === undefined)
      this.#observed.set(key, (series = { server, metric, labels: [...labels], observations: [] }));
    series.observations.push(atMs, amount);
  }

  #series(server: string, metric: string, labels: readonly string[]): CountedSeries {
    const ofMetric = within(within(this.#counted, server), metric);
    const key = labels.join("\u0001");
    return ofMetric.get(key) ?? this.#begin(ofMetric, key, { server, metric, labels });
  }

  /** Looked up for every request: nested maps are faster than a joined key. */
  #requestSeries(server: string, labels: readonly string[]): CountedSeries {
    const [protocol = "", scheme = "", result = ""] = labels;
    const ofScheme = within(within(within(this.#requests, server), protocol), scheme);
    return ofScheme.get(result) ?? this.#begin(ofScheme, result, { server, metric: "hma_requests_total", labels });
  }

  #begin(into: Map<string, CountedSeries>, key: string, about: Omit<CountedSeries, "counts">): CountedSeries {
    const series = { ...about, labels: [...about.labels], counts: new StepCounts() };
    into.set(key, series);
    this.#all.push(series);
    return series;
  }
}

function within<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let inner = map.get(key);
  if (inner === undefined) map.set(key, (inner = new Map<K, V>()));
  return inner;
}
