import type { ProbeClock } from "../../probing/prober.ts";
import { pause } from "../../reading/pause.ts";

/** The machine's own time: pauses by timers, which do not follow a wall clock that is set. `now` in Unix milliseconds. */
export function systemProbeClock(now: () => number): ProbeClock {
  return { now, random: Math.random, pause };
}
