/** Bearer traffic of one app pool of one server by the minute: whether a worker was new when an incident began. Plain data. */
interface Minute {
  /** First token presented, first token accepted; 0 when none. */
  firstBearerMs: number;
  firstAcceptedMs: number;
  lastAcceptedMs: number;
}

const MINUTE_MS = 60_000;

/** Bounded by `keepMinutes`; of what is older it remembers the last token accepted. */
export class PoolTimeline {
  readonly #keepMinutes: number;
  readonly #minutes = new Map<number, Minute>();
  #forgottenAcceptedMs = 0;

  constructor(keepMinutes: number) {
    this.#keepMinutes = keepMinutes;
  }

  /** Notes a Bearer token (or, where no log tells the scheme, what may have been one) that was accepted or refused. */
  note(atMs: number, isAccepted: boolean): void {
    const number = Math.floor(atMs / MINUTE_MS);
    let minute = this.#minutes.get(number);
    if (minute === undefined) {
      minute = { firstBearerMs: 0, firstAcceptedMs: 0, lastAcceptedMs: 0 };
      this.#minutes.set(number, minute);
      if (this.#minutes.size > this.#keepMinutes) this.#forgetOldest();
    }
    if (minute.firstBearerMs === 0 || atMs < minute.firstBearerMs) minute.firstBearerMs = atMs;
    if (!isAccepted) return;
    if (minute.firstAcceptedMs === 0 || atMs < minute.firstAcceptedMs) minute.firstAcceptedMs = atMs;
    if (atMs > minute.lastAcceptedMs) minute.lastAcceptedMs = atMs;
  }

  /** A token was accepted in [fromMs, toMs). */
  acceptedBetween(fromMs: number, toMs: number): boolean {
    if (this.#forgottenAcceptedMs >= fromMs && this.#forgottenAcceptedMs < toMs) return true;
    for (const minute of this.#minutes.values()) {
      if (minute.firstAcceptedMs >= fromMs && minute.firstAcceptedMs < toMs && minute.firstAcceptedMs > 0) return true;
      if (minute.lastAcceptedMs >= fromMs && minute.lastAcceptedMs < toMs && minute.lastAcceptedMs > 0) return true;
    }
    return false;
  }

  /** The first token presented at or after that instant; null when none is known. */
  firstBearerSince(fromMs: number): number | null {
    let first = Infinity;
    for (const minute of this.#minutes.values()) {
      if (minute.firstBearerMs >= fromMs && minute.firstBearerMs < first) first = minute.firstBearerMs;
      else if (minute.lastAcceptedMs >= fromMs && minute.lastAcceptedMs < first) first = minute.lastAcceptedMs;
    }
    return first === Infinity ? null : first;
  }

  hasBearerBetween(fromMs: number, toMs: number): boolean {
    for (const minute of this.#minutes.values()) {
      if (minute.firstBearerMs >= fromMs - MINUTE_MS && minute.firstBearerMs <= toMs) return true;
    }
    return false;
  }

  dump(): { minutes: number[][]; forgottenAcceptedMs: number } {
    const minutes = [...this.#minutes].map(([number, minute]) => [number, minute.firstBearerMs, minute.firstAcceptedMs, minute.lastAcceptedMs]);
    return { minutes, forgottenAcceptedMs: this.#forgottenAcceptedMs };
  }

  restore(dump: ReturnType<PoolTimeline["dump"]>): void {
    for (const [number = 0, firstBearerMs = 0, firstAcceptedMs = 0, lastAcceptedMs = 0] of dump.minutes) {
      this.#minutes.set(number, { firstBearerMs, firstAcceptedMs, lastAcceptedMs });
    }
    this.#forgottenAcceptedMs = dump.forgottenAcceptedMs;
  }

  #forgetOldest(): void {
    let oldest = Infinity;
    for (const number of this.#minutes.keys()) if (number < oldest) oldest = number;
    const minute = this.#minutes.get(oldest);
    if (minute !== undefined && minute.lastAcceptedMs > this.#forgottenAcceptedMs) this.#forgottenAcceptedMs = minute.lastAcceptedMs;
    this.#minutes.delete(oldest);
  }
}
