import { setImmediate as nextTurn } from "node:timers/promises";

/** Longest time without giving way to the event loop. */
const TURN_MS = 10;

/** Lets others have their turn, now and then. */
export class EventLoopYield {
  #endsAt = performance.now() + TURN_MS;

  /** Gives way to the event loop when this turn has been long. */
  async ifDue(): Promise<void> {
    if (performance.now() < this.#endsAt) return;
    await nextTurn();
    this.#endsAt = performance.now() + TURN_MS;
  }
}
