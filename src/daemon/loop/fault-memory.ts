/** A fault that has been away for so long is a new one: a file is tried again every minute at the latest. */
export const FAULT_MEMORY_MS = 300_000;
const MAX_FAULTS = 10_000;

/** Faults already logged, so that a lasting fault is logged once. Bounded: beyond the limit the fault seen longest ago is dropped. */
export class FaultMemory {
  readonly #keepMs: number;
  /** When each was seen last (a monotonic clock, ms); the one seen last at the end. */
  readonly #seen = new Map<string, number>();

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Notes that the fault is there; true when it was not shortly before. */
  isNew(fault: string, now: number): boolean {
    const before = this.#seen.get(fault);
    this.#seen.delete(fault);
    this.#seen.set(fault, now);
    if (this.#seen.size > MAX_FAULTS) this.#seen.delete(this.#seen.keys().next().value ?? "");
    return before === undefined || now - before > this.#keepMs;
  }
}
