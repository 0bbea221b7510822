import { MINUTE_MS } from "../../model/durations.ts";
import { BoundedMap } from "../../model/bounded-map.ts";

/** Bearer traffic of one app pool of one server by the minute: whether a worker was new when an incident began. Plain data. */
interface Minute {
  /** First token presented in each tenth second of it; 0 when none. */
  readonly bearers: number[];
  /** First and last token accepted; 0 when none. */
  firstAcceptedMs: number;
  lastAcceptedMs: number;
}

/** Of each step of that length (ms) in the kept minutes, the timeline knows the first token. */
export const TIMELINE_STEP_MS = 10_000;
const PARTS = MINUTE_MS / TIMELINE_STEP_MS;
const QUARTER_MS = 15 * MINUTE_MS;
/** Quarters of an hour that are kept of what is older than the minutes: eight days. */
const MAX_QUARTERS = 8 * 96;

/**
 * Bounded by `keepMinutes`; of what is older it remembers first and last token, and first and last accepted, of each quarter of an hour.
 */
export class PoolTimeline {
  readonly #keepMinutes: number;
  readonly #minutes = new Map<number, Minute>();
  /** Quarter to [first token, last token, first accepted, last accepted]; 0 when none. */
  readonly #quarters = new BoundedMap<number, number[]>(MAX_QUARTERS);

  /** No minute is before it. */
  #firstNumber = Infinity;
  #lastNumber = NaN;
  #lastMinute: Minute | undefined;

  constructor(keepMinutes: number) {
    this.#keepMinutes = keepMinutes;
  }

  /** Notes a Bearer token (or, where no log tells the scheme, what may have been one) that was accepted or refused. */
  note(atMs: number, isAccepted: boolean): void {
    const number = Math.floor(atMs / MINUTE_MS);
    // Most notes are of the minute of the one before.
    let minute = number === this.#lastNumber ? this.#lastMinute : this.#minutes.get(number);
    if (minute === undefined) {
      minute = { bearers: new Array<number>(PARTS).fill(0), firstAcceptedMs: 0, lastAcceptedMs: 0 };
      this.#minutes.set(number, minute);
      if (number < this.#firstNumber) this.#firstNumber = number;
      if (this.#minutes.size > this.#keepMinutes) this.#forgetOldest();
    }
    if (number !== this.#lastNumber) this.#rememberLast(number);
    const part = Math.floor((atMs - number * MINUTE_MS) / TIMELINE_STEP_MS);
    const first = minute.bearers[part] ?? 0;
    if (first === 0 || atMs < first) minute.bearers[part] = atMs;
    if (!isAccepted) return;
    if (minute.firstAcceptedMs === 0 || atMs < minute.firstAcceptedMs) minute.firstAcceptedMs = atMs;
    if (atMs > minute.lastAcceptedMs) minute.lastAcceptedMs = atMs;
  }

  #rememberLast(number: number): void {
    this.#lastMinute = this.#minutes.get(number);
    this.#lastNumber = this.#lastMinute === undefined ? NaN : number;
  }

  /** A token was accepted in [fromMs, toMs). */
  acceptedBetween(fromMs: number, toMs: number): boolean {
    for (const [, , firstMs = 0, lastMs = 0] of this.#quarters.values()) {
      // Accepted before and after within one quarter: in between, too, for all that is known.
      if (firstMs > 0 && firstMs < toMs && lastMs >= fromMs) return true;
    }
    for (const minute of this.#minutes.values()) {
      if (minute.firstAcceptedMs >= fromMs && minute.firstAcceptedMs < toMs && minute.firstAcceptedMs > 0) return true;
      if (minute.lastAcceptedMs >= fromMs && minute.lastAcceptedMs < toMs && minute.lastAcceptedMs > 0) return true;
    }
    return false;
  }

  /**
   * The first token presented at or after that instant, known to ten seconds where a recycle falls between tokens; null when none is
   * known.
   */
  firstBearerSince(fromMs: number): number | null {
    let first = Infinity;
    for (const minute of this.#minutes.values()) {
      for (const bearerMs of minute.bearers) if (bearerMs >= fromMs && bearerMs < first) first = bearerMs;
    }
    for (const [firstMs = 0, lastMs = 0] of this.#quarters.values()) {
      const sinceMs = firstMs >= fromMs ? firstMs : lastMs;
      if (sinceMs >= fromMs && sinceMs < first) first = sinceMs;
    }
    return first === Infinity ? null : first;
  }

  hasBearerBetween(fromMs: number, toMs: number): boolean {
    for (const [firstMs = 0, lastMs = 0] of this.#quarters.values())
      if (firstMs > 0 && firstMs <= toMs && lastMs >= fromMs) return true;
    for (const minute of this.#minutes.values()) {
      if (minute.bearers.some((bearerMs) => bearerMs >= fromMs && bearerMs <= toMs)) return true;
    }
    return false;
  }

  dump(): { minutes: number[][]; quarters: number[][] } {
    const minutes = [...this.#minutes].map(([number, minute]) => [
      number,
      minute.firstAcceptedMs,
      minute.lastAcceptedMs,
      ...minute.bearers,
    ]);
    return { minutes, quarters: [...this.#quarters].map(([number, instants]) => [number, ...instants]) };
  }

  restore(dump: ReturnType<PoolTimeline["dump"]>): void {
    this.#lastNumber = NaN;
    for (const [number = 0, firstAcceptedMs = 0, lastAcceptedMs = 0, ...bearers] of dump.minutes) {
      this.#minutes.set(number, { bearers, firstAcceptedMs, lastAcceptedMs });
      if (number < this.#firstNumber) this.#firstNumber = number;
    }
    for (const [number = 0, ...instants] of dump.quarters) this.#quarters.set(number, instants);
  }

  #forgetOldest(): void {
    const oldest = this.#oldestNumber();
    const minute = this.#minutes.get(oldest);
    if (minute === undefined) return;
    this.#firstNumber = oldest + 1;
    this.#minutes.delete(oldest);
    this.#lastNumber = NaN;
    const bearers = minute.bearers.filter((bearerMs) => bearerMs > 0);
    this.#keepQuarter(Math.floor((oldest * MINUTE_MS) / QUARTER_MS), [
      Math.min(...bearers),
      Math.max(...bearers),
      minute.firstAcceptedMs,
      minute.lastAcceptedMs,
    ]);
  }

  /** Mostly the minute after the one that was forgotten last. */
  #oldestNumber(): number {
    for (let number = this.#firstNumber; number < this.#firstNumber + this.#keepMinutes; number++)
      if (this.#minutes.has(number)) return number;
    let oldest = Infinity;
    for (const number of this.#minutes.keys()) if (number < oldest) oldest = number;
    return oldest;
  }

  #keepQuarter(
    number: number,
    [firstMs = 0, lastMs = 0, firstAcceptedMs = 0, lastAcceptedMs = 0]: readonly number[],
  ): void {
    const [first = 0, last = 0, firstAccepted = 0, lastAccepted = 0] = this.#quarters.get(number) ?? [];
    this.#quarters.set(number, [
      earlier(first, firstMs),
      Math.max(last, lastMs),
      earlier(firstAccepted, firstAcceptedMs),
      Math.max(lastAccepted, lastAcceptedMs),
    ]);
  }
}

/** The earlier of two instants, 0 being none. */
function earlier(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}
