import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusalsOfSome } from "./stale-keys.ts";

/** Refusals with an unknown reason and without any other evidence. */
export const unexplained: Scenario = {
  description: "refusals with a reason that has no name here, on one server, without recycle or event",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeAutodiscoverAppPool";
    const group = groupOf(staging, appPool, {
      refusal: refusalOf(staging, "unknown"),
      count: staging.parameters.clients ?? 6,
    });
    stageRefusalsOfSome(staging, group, "unexplained");
  },
};
