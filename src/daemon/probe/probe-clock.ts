import type { ProbeClock } from "../../probing/prober.ts";

/** The machine's own time: pauses by timers, which do not follow a wall clock that is set. `now` in Unix milliseconds. */
export function systemProbeClock(now: () => number): ProbeClock {
  return { now, random: Math.random, pause };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
