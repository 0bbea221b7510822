import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, stageClients } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** Three loops, one after another. */
export const loopsInTurn: Scenario = {
  description: "three clients in loops, but never two at once",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: () => 65 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    for (const turn of [0, 1, 2]) {
      const beginMs = staging.atMs + turn * 27 * MINUTE_MS;
      const change = {
        count: 1,
        beginMs,
        servedUntilMs: beginMs,
        aliveFromMs: beginMs - 5 * MINUTE_MS,
        healedMs: beginMs + 6 * MINUTE_MS,
        spreadMs: 0,
        retryMs: [8_000, 30_000] as const,
        group: staging.group + turn,
      };
      stageClients(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", change));
    }
  },
};
