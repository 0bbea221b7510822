import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusalsOfSome } from "./stale-keys.ts";

/** A few users that are not in the directory under that name are never served; all others are. */
export const unknownUser: Scenario = {
  description: "five devices of users that are not in the directory: invalid_user, never served, while all others are",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeSyncAppPool";
    const group = groupOf(staging, appPool, {
      refusal: refusalOf(staging, "invalid_user"),
      count: staging.parameters.clients ?? 5,
      patience: 20,
      aliveFromMs: staging.atMs,
    });
    stageRefusalsOfSome(staging, group, "unknown_user");
  },
};
