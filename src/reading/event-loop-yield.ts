import { setImmediate as nextTurn } from "node:timers/promises";

/** Longest time without yielding to the event loop, ms. A scrape waits for it at most once per turn of the loop. */
const TURN_MS = 3;

/** Yields to the event loop from time to time during a long loop, so that other work (a scrape) need not wait for its end. */
export class EventLoopYield {
  #endsAt = performance.now() + TURN_MS;

  /** True when the last yield was at least TURN_MS ago. Asking costs less than `ifDue()`, for loops with many short rounds. */
  get isDue(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Yields to the event loop when the last yield was at least TURN_MS ago. */
  async ifDue(): Promise<void> {
    if (!this.isDue) return;
    await nextTurn();
    this.#endsAt = performance.now() + TURN_MS;
  }
}
