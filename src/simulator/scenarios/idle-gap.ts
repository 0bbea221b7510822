import type { Scenario } from "../scenario.ts";
import { stageCrash } from "./crash.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

const NIGHT_MS = 240 * MINUTE_MS;

/** The worker process is replaced at night; the first token arrives hours later. */
export const idleGap: Scenario = {
  description: "stale keys, found out late: WAS 5011 at night, the first Bearer token four hours after it",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => NIGHT_MS + refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    stageCrash(staging);
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    stageStaleKeys(staging, { appPool, change: { beginMs: staging.atMs + NIGHT_MS } });
  },
};
