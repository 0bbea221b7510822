import { createSteadyClock, type Clock } from "../model/clock.ts";

/**
 * State of a `HoldClock` in the record. `lagMs`: how far it is behind the wall clock (ms); null during the first reading, which is the
 * reading of the logs that exist at the first start.
 */
export type HoldClockRecord = { readonly lagMs: number | null };

/**
 * The clock by which the engine holds rows back until the rows of the same request in other logs have come. First reading: event time
 * drives the clock, as in history, because hours of logs are read in minutes; so old requests are counted as soon as they are read, and
 * only minutes of rows are held. Once caught up, the clock runs with the wall clock from there, and never goes back: late rows are then
 * held from their arrival on.
 */
export class HoldClock {
  readonly #wall: () => number;
  /** Unix ms of a clock that does not jump: setting the wall clock does not change how long rows are held. */
  readonly #steady: () => number;
  #lagMs: number | null;
  #newestMs = -Infinity;
  #watermarkMs = -Infinity;
  /** Time of the newest row (Unix ms) read by an earlier process that was stopped in its first reading; otherwise -Infinity. */
  readonly #reachedMs: number;

  /**
   * `record` is null at the first start. `reachedMs` (Unix ms): this clock's time when the record was written or, in the first reading,
   * the time of the newest row read by then. The clock never goes back before it.
   */
  constructor(record: HoldClockRecord | null, clock: Clock, reachedMs: number) {
    this.#wall = clock.wall;
    this.#steady = createSteadyClock(clock);
    const lagMs = record === null ? null : record.lagMs;
    this.#reachedMs = record !== null && lagMs === null ? Math.min(reachedMs, this.#wall()) : -Infinity;
    this.#lagMs = lagMs === null || !Number.isFinite(reachedMs) ? lagMs : Math.min(lagMs, this.#steady() - reachedMs);
  }

  /** True while the logs that exist at the first start are being read. */
  get isFirstReading(): boolean {
    return this.#lagMs === null;
  }

  /** Arrival time (Unix ms) of a row with the time `atMs`. A row dated ahead of the wall clock does not move the clock: it arrives now. */
  atRow(atMs: number): number {
    if (this.#lagMs !== null) return this.#steady() - this.#lagMs;
    const nowMs = this.#wall();
    if (atMs > nowMs) return nowMs;
    this.#newestMs = Math.max(this.#newestMs, atMs);
    return atMs;
  }

  /** All files are read up to the watermark. In the first reading the clock follows it, up to the newest row at most. */
  noteWatermark(watermarkMs: number): void {
    this.#watermarkMs = Math.min(watermarkMs, this.#newestMs);
  }

  /** The logs of the first start are read: from now on the clock runs with the wall clock. */
  endFirstReading(): void {
    if (this.#lagMs !== null) return;
    const lagMs = this.#steady() - Math.max(this.#newestMs, this.#reachedMs);
    this.#lagMs = Number.isFinite(lagMs) ? Math.max(0, lagMs) : 0;
  }

  get ms(): number {
    return this.#lagMs === null ? this.#watermarkMs : this.#steady() - this.#lagMs;
  }

  record(): HoldClockRecord {
    return { lagMs: this.#lagMs };
  }
}
