import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusalsOfSome } from "./stale-keys.ts";

/** Somebody sends tokens that were never validly signed, from many addresses, and is never served. */
export const junkTokens: Scenario = {
  description: "junk tokens from many odd addresses: invalid_token, never a success, no recycle",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeServicesAppPool";
    const count = Math.min(staging.parameters.clients ?? 60, 500);
    const group = groupOf(staging, appPool, {
      refusal: refusalOf(staging, "invalid_token"),
      kind: "script",
      count,
      isChallenged: false,
      patience: 40,
      retryMs: staging.parameters.retryMs ?? [2_000, 18_000],
      aliveFromMs: staging.atMs,
    });
    stageRefusalsOfSome(staging, group, "junk_tokens");
  },
};
