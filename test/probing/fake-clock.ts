import type { ProbeClock } from "../../src/probing/prober.ts";

/** A clock that the test advances; pauses end when it has advanced far enough. */
export class FakeClock implements ProbeClock {
  readonly #pauses = new Set<{ readonly untilMs: number; readonly end: () => void }>();
  readonly #arrivals: (() => void)[] = [];
  ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  readonly now = (): number => this.ms;
  readonly random = (): number => 0.5;
  readonly pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const pause = { untilMs: this.ms + ms, end: resolve };
      const end = (): void => {
        this.#pauses.delete(pause);
        resolve();
      };
      this.#pauses.add({ ...pause, end });
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      for (const arrived of this.#arrivals.splice(0)) arrived();
    });

  /** Advances the clock and ends the pauses that are over; returns their number. */
  advance(ms: number): number {
    this.ms += ms;
    const over = [...this.#pauses].filter(({ untilMs }) => untilMs <= this.ms);
    for (const pause of over) {
      this.#pauses.delete(pause);
      pause.end();
    }
    return over.length;
  }

  /** Remaining times of the current pauses, shortest first. */
  waits(): readonly number[] {
    return [...this.#pauses].map(({ untilMs }) => untilMs - this.ms).sort((a, b) => a - b);
  }

  /** Resolves when a pause starts. */
  paused(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrivals.push(resolve);
    });
  }
}
