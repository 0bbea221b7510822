import { createSteadyClock, type Clock } from "../model/clock.ts";

/**
 * What of a `WatchClock` outlives the process: how far it is behind the wall clock (ms); null while what was there at the first start is
 * being read.
 */
export type HoldClockRecord = { readonly lagMs: number | null };

/**
 * The clock by which rows wait for the rows of their other logs. At the first start hours of logs are read in minutes, in order of their
 * times: then the rows themselves are the clock, as they are in history, so that what is long over is counted as soon as it is read and
 * no more is held than minutes of it. From then on it goes on with the wall clock, from where the rows stood, for good: rows that come
 * late are held by when they come.
 */
export class HoldClock {
  readonly #wall: () => number;
  /** Rows are held by the time that passes: a wall clock that is set back or ahead holds none longer or shorter. */
  readonly #steady: () => number;
  #lagMs: number | null;
  #newestMs = -Infinity;
  #watermarkMs = -Infinity;
  /** The newest row of an earlier process that was stopped in its first reading. */
  readonly #reachedMs: number;

  /**
   * `record` is null at the first start. `reachedMs`: where this clock stood when the record was written, or, in the first reading, the
   * newest row that had been read; it never goes back behind that.
   */
  constructor(record: HoldClockRecord | null, clock: Clock, reachedMs: number) {
    this.#wall = clock.wall;
    this.#steady = createSteadyClock(clock);
    const lagMs = record === null ? null : record.lagMs;
    this.#reachedMs = record !== null && lagMs === null ? Math.min(reachedMs, this.#wall()) : -Infinity;
    this.#lagMs = lagMs === null || !Number.isFinite(reachedMs) ? lagMs : Math.min(lagMs, this.#steady() - reachedMs);
  }

  /** What is there at the first start is being read. */
  get isFirstReading(): boolean {
    return this.#lagMs === null;
  }

  /** The clock at which a row of that time arrives. A row dated ahead of the wall clock moves nothing: it arrives now. */
  atRow(atMs: number): number {
    if (this.#lagMs !== null) return this.#steady() - this.#lagMs;
    const nowMs = this.#wall();
    if (atMs > nowMs) return nowMs;
    this.#newestMs = Math.max(this.#newestMs, atMs);
    return atMs;
  }

  /** All files are read up to there, or to their ends: then it stands at the newest row. */
  noteWatermark(watermarkMs: number): void {
    this.#watermarkMs = Math.min(watermarkMs, this.#newestMs);
  }

  /** All that was there is read. */
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
