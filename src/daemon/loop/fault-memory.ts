/** A fault not seen for this long counts as new, ms. A failing file is tried again at least every minute. */
export const FAULT_MEMORY_MS = 300_000;
const MAX_FAULTS = 10_000;

/** Faults already logged, so that a lasting fault is logged once. Beyond MAX_FAULTS the fault seen longest ago is dropped. */
export class FaultMemory {
  readonly #keepMs: number;
  /** When each fault was last seen (monotonic clock, ms), the most recent at the end. */
  readonly #seen = new Map<string, number>();

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Notes that the fault was seen at `now` (monotonic clock, ms). True when it was not seen within the time it is remembered. */
  isNew(fault: string, now: number): boolean {
    const before = this.#seen.get(fault);
    this.#seen.delete(fault);
    this.#seen.set(fault, now);
    if (this.#seen.size > MAX_FAULTS) this.#seen.delete(this.#seen.keys().next().value ?? "");
    return before === undefined || now - before > this.#keepMs;
  }
}
