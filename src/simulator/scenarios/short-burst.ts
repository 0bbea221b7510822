import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, stageClients } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** Six refusals within ten seconds do not make a loop. */
export const shortBurst: Scenario = {
  description: "a dozen clients refused six times each within ten seconds, then served: too short for a loop",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: () => MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const beginMs = staging.atMs + 4_000;
    stageClients(
      staging,
      groupOf(staging, "MSExchangeMapiFrontEndAppPool", {
        count: 12,
        beginMs,
        healedMs: beginMs + 10_000,
        spreadMs: 1_500,
        retryMs: [1_000, 1_600],
      }),
    );
  },
};
