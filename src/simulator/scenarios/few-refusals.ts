import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";

/** Four refusals do not make a loop. */
export const fewRefusals: Scenario = {
  description: "ten clients that give up after four refusals: too few for a loop",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) =>
    stageClients(
      staging,
      groupOf(staging, "MSExchangeMapiFrontEndAppPool", { count: 10, patience: 4, retryMs: [8_000, 30_000] }),
    ),
};
