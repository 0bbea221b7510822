/** Bearer traffic of one app pool of one server by the minute: whether a worker was new when an incident began. Plain data. */
interface Minute {
  /** First token presented in each tenth second of it; 0 when none. */
  readonly bearers: number[];
  /** First and last token accepted; 0 when none. */
  firstAcceptedMs: number;
  lastAcceptedMs: number;
}

const MINUTE_MS = 60_000;
const PART_MS = 10_000;
const PARTS = MINUTE_MS / PART_MS;

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
      minute = { bearers: new Array<number>(PARTS).fill(0), firstAcceptedMs: 0, lastAcceptedMs: 0 };
      this.#minutes.set(number, minute);
      if (this.#minutes.size > this.#keepMinutes) this.#forgetOldest();
    }
    const part = Math.floor((atMs - number * MINUTE_MS) / PART_MS);
    const first = minute.bearers[part] ?? 0;
    if (first === 0 || atMs < first) minute.bearers[part] = atMs;
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

  /** The first token presented at or after that instant, known to ten seconds where a recycle falls between tokens; null when none is known. */
  firstBearerSince(fromMs: number): number | null {
    let first = Infinity;
    for (const minute of this.#minutes.values()) {
      for (const bearerMs of minute.bearers) if (bearerMs >= fromMs && bearerMs < first) first = bearerMs;
    }
    return first === Infinity ? null : first;
  }

  hasBearerBetween(fromMs: number, toMs: number): boolean {
    for (const minute of this.#minutes.values()) {
      if (minute.bearers.some((bearerMs) => bearerMs >= fromMs && bearerMs <= toMs)) return true;
    }
    return false;
  }

  dump(): { minutes: number[][]; forgottenAcceptedMs: number } {
    const minutes = [...this.#minutes].map(([number, minute]) => [number, minute.firstAcceptedMs, minute.lastAcceptedMs, ...minute.bearers]);
    return { minutes, forgottenAcceptedMs: this.#forgottenAcceptedMs };
  }

  restore(dump: ReturnType<PoolTimeline["dump"]>): void {
    for (const [number = 0, firstAcceptedMs = 0, lastAcceptedMs = 0, ...bearers] of dump.minutes) {
      this.#minutes.set(number, { bearers, firstAcceptedMs, lastAcceptedMs });
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
