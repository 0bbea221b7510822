import type { Scenario } from "../scenario.ts";
import { stageCrash } from "./crash.ts";
import { TAIL_MS } from "./stale-keys.ts";

/** The worker process crashes, and the new one has all keys. */
export const recycleWithoutDrift: Scenario = {
  description: "a crash, WAS 5011, and the new worker accepts every token",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: () => TAIL_MS,
  stage: stageCrash,
};
