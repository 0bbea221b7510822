import { setImmediate as nextTurn } from "node:timers/promises";

/** Longest time without yielding to the event loop, ms. */
const TURN_MS = 10;

/** Yields to the event loop from time to time during a long loop, so that other work (a scrape) need not wait for its end. */
export class EventLoopYield {
  #endsAt = performance.now() + TURN_MS;

  /** Yields to the event loop when the last yield was at least TURN_MS ago. */
  async ifDue(): Promise<void> {
    if (performance.now() < this.#endsAt) return;
    await nextTurn();
    this.#endsAt = performance.now() + TURN_MS;
  }
}
