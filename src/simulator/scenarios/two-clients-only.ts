import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";

/** Two clients do not make an incident. */
export const twoClientsOnly: Scenario = {
  description: "two clients in loops: two are no incident",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => stageClients(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", { count: 2 })),
};
