import type { ProbeClock } from "../../probing/prober.ts";
import { pause } from "../../reading/pause.ts";

/** Clock of a real prober. `now` returns Unix ms; pauses use timers, which do not change when the wall clock is set. */
export function systemProbeClock(now: () => number): ProbeClock {
  return { now, random: Math.random, pause };
}
