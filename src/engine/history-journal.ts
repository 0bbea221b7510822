import type { CountListener } from "./counters.ts";

/** A counter of one server. */
export interface CountedSeries {
  readonly server: string;
  readonly metric: string;
  /** Values in the order in which the catalogue declares the label names. */
  readonly labels: readonly string[];
  readonly counts: StepCounts;
}

/** A length of time of one server, observed at an instant. */
export interface ObservedSeries {
  readonly server: string;
  readonly metric: string;
  readonly labels: readonly string[];
  /** Instant (Unix ms) and value, one after the other, in no order. */
  readonly observations: number[];
}

/** The finest resolution of history. */
export const HISTORY_MINUTE_MS = 60_000;
/** Beyond it the history is kept five times as coarse: packed counts of about 20 million minutes of single series. */
const MOST_BYTES = 64 * 1024 * 1024;
const COARSER = 5;
/** Looked at so rarely: counts between two looks. */
const LOOK_EVERY = 65_536;

/**
 * Everything that was counted, by series and minute of the event: a few bytes for each minute in which a series grew. When it becomes too
 * large it is kept coarser. Rows may come in any order.
 */
export class HistoryJournal {
  readonly #mostBytes: number;
  readonly #counted = new Map<string, Map<string, Map<string, CountedSeries>>>();
  readonly #requests = new Map<string, Map<string, Map<string, Map<string, CountedSeries>>>>();
  readonly #observed = new Map<string, ObservedSeries>();
  readonly #all: CountedSeries[] = [];
  #stepMs = HISTORY_MINUTE_MS;
  #untilLook = LOOK_EVERY;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Length of a step. A count at an instant stands in the step that ends at or after it. */
  get stepMs(): number {
    return this.#stepMs;
  }

  counted(): readonly CountedSeries[] {
    return this.#all;
  }

  observed(): readonly ObservedSeries[] {
    return [...this.#observed.values()];
  }

  /** Takes a count; to be given to the engine as its listener. `isHistogram` tells the metrics whose amounts are values observed. */
  listener(isHistogram: (metric: string) => boolean): CountListener {
    const histograms = new Map<string, boolean>();
    return ({ server, metric, labels, atMs, amount }) => {
      if (metric === "hma_requests_total") {
        this.#count(this.#requestSeries(server, labels), atMs, amount);
        return;
      }
      let observes = histograms.get(metric);
      if (observes === undefined) histograms.set(metric, (observes = isHistogram(metric)));
      if (observes) this.#observe(server, metric, labels, atMs, amount);
      else this.#count(this.#series(server, metric, labels), atMs, amount);
    };
  }

  #count(series: CountedSeries, atMs: number, amount: number): void {
    series.counts.add(Math.ceil(atMs / this.#stepMs), amount);
    this.#untilLook -= 1;
    if (this.#untilLook > 0) return;
    this.#untilLook = LOOK_EVERY;
    let bytes = 0;
    for (const one of this.#all) bytes += one.counts.bytes;
    if (bytes <= this.#mostBytes) return;
    this.#stepMs *= COARSER;
    for (const one of this.#all) one.counts.coarsen(COARSER);
  }

  #observe(server: string, metric: string, labels: readonly string[], atMs: number, value: number): void {
    const key = [server, metric, ...labels].join("\u0001");
    let series = this.#observed.get(key);
    if (series === undefined) this.#observed.set(key, (series = { server, metric, labels: [...labels], observations: [] }));
    series.observations.push(atMs, value);
  }

  #series(server: string, metric: string, labels: readonly string[]): CountedSeries {
    const ofMetric = within(within(this.#counted, server), metric);
    const key = labels.join("\u0001");
    return ofMetric.get(key) ?? this.#begin(ofMetric, key, { server, metric, labels });
  }

  /** The one that is asked for with every request: without a text to join. */
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

/** Steps that are open at once in one series: logs are read a few minutes apart. */
const OPEN_STEPS = 16;

/** Whole numbers by step: pairs of the distance to the step before and the number, packed as variable-length integers. */
export class StepCounts {
  #packed = new Uint8Array(16);
  #length = 0;
  #lastStep = 0;
  /** The newest steps, by step modulo their number. */
  readonly #open = new Float64Array(OPEN_STEPS);
  #firstOpen = -Infinity;

  get bytes(): number {
    return this.#packed.length + OPEN_STEPS * 8;
  }

  add(step: number, amount: number): void {
    if (this.#firstOpen === -Infinity) this.#firstOpen = step - OPEN_STEPS + 1;
    if (step < this.#firstOpen) {
      this.#pack(step, amount);
      return;
    }
    const newFirst = step - OPEN_STEPS + 1;
    if (newFirst > this.#firstOpen) this.#closeBefore(newFirst);
    const slot = modulo(step);
    this.#open[slot] = (this.#open[slot] ?? 0) + amount;
  }

  /** Steps and their sums, each step once, in order. */
  steps(): { readonly steps: Float64Array; readonly sums: Float64Array } {
    const pairs = this.#unpack();
    for (let step = this.#firstOpen; step < this.#firstOpen + OPEN_STEPS; step++) {
      const amount = this.#open[modulo(step)] ?? 0;
      if (amount !== 0) pairs.push([step, amount]);
    }
    if (pairs.some(([step], index) => index > 0 && step <= (pairs[index - 1]?.[0] ?? step))) pairs.sort((a, b) => a[0] - b[0]);
    return summed(pairs);
  }

  /** Joins `factor` steps to one. */
  coarsen(factor: number): void {
    const { steps, sums } = this.steps();
    this.#packed = new Uint8Array(16);
    this.#length = 0;
    this.#lastStep = 0;
    this.#open.fill(0);
    this.#firstOpen = -Infinity;
    for (const [index, step] of steps.entries()) this.add(Math.ceil(step / factor), sums[index] ?? 0);
    this.#packed = this.#packed.slice(0, Math.max(16, this.#length));
  }

  #closeBefore(newFirst: number): void {
    const end = Math.min(newFirst, this.#firstOpen + OPEN_STEPS);
    for (let step = this.#firstOpen; step < end; step++) {
      const slot = modulo(step);
      const amount = this.#open[slot] ?? 0;
      if (amount !== 0) this.#pack(step, amount);
      this.#open[slot] = 0;
    }
    this.#firstOpen = newFirst;
  }

  #pack(step: number, amount: number): void {
    const distance = step - this.#lastStep;
    this.#lastStep = step;
    this.#write(distance >= 0 ? distance * 2 : -distance * 2 - 1);
    this.#write(amount);
  }

  #write(value: number): void {
    if (this.#length + 10 > this.#packed.length) {
      const larger = new Uint8Array(Math.ceil(this.#packed.length * 1.5) + 16);
      larger.set(this.#packed);
      this.#packed = larger;
    }
    let rest = value;
    while (rest >= 128) {
      this.#packed[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#packed[this.#length++] = rest;
  }

  #unpack(): [number, number][] {
    const pairs: [number, number][] = [];
    let at = 0;
    let step = 0;
    const read = (): number => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = this.#packed[at++] ?? 0;
        value += (byte % 128) * factor;
        if (byte < 128) return value;
      }
    };
    while (at < this.#length) {
      const distance = read();
      step += distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2;
      pairs.push([step, read()]);
    }
    return pairs;
  }
}

function modulo(step: number): number {
  return ((step % OPEN_STEPS) + OPEN_STEPS) % OPEN_STEPS;
}

/** Sums of pairs that stand in order of their steps. */
function summed(pairs: readonly (readonly [number, number])[]): { steps: Float64Array; sums: Float64Array } {
  const steps = new Float64Array(pairs.length);
  const sums = new Float64Array(pairs.length);
  let length = 0;
  for (const [step, amount] of pairs) {
    if (length === 0 || steps[length - 1] !== step) {
      steps[length] = step;
      length += 1;
    }
    sums[length - 1] = (sums[length - 1] ?? 0) + amount;
  }
  return { steps: steps.subarray(0, length), sums: sums.subarray(0, length) };
}
