/** IIS writes its buffer about once a minute, and a folder is read every second: a row that comes later than this shows that its log comes late. */
const LATE_MS = 100_000;
/** So long after a late row, or after the first, nothing is taken for complete: another file of the log may be as late. */
const DOUBT_AFTER_LATE_MS = 3_600_000;
const DOUBT_AT_START_MS = 600_000;
/** Rows stand in a log in the order in which requests end, which is that of their times to this. */
const ROW_ORDER_MS = 60_000;

/**
 * How far one log of one server is read, by event time: it has no further row of what lies before. Said only of a log whose rows come in time. Not kept
 * over a restart: until it is known again, nothing is complete.
 */
export class LogProgress {
  #newestMs = -Infinity;
  #trustedFromMs = Infinity;

  /** Takes note of a row. `clockMs`: the engine's clock when it came. */
  note(atMs: number, clockMs: number): void {
    if (atMs > this.#newestMs) this.#newestMs = atMs;
    if (clockMs - atMs > LATE_MS) this.#trustedFromMs = clockMs + DOUBT_AFTER_LATE_MS;
    else if (this.#trustedFromMs === Infinity) this.#trustedFromMs = clockMs + DOUBT_AT_START_MS;
  }

  /** Every row before that instant has come; -Infinity where that is not known. */
  completeToMs(clockMs: number): number {
    return clockMs < this.#trustedFromMs ? -Infinity : this.#newestMs - ROW_ORDER_MS;
  }
}
