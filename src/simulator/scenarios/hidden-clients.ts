import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";

/** A balancer hides its clients' addresses, all have one program: five are refused, others are served, and nobody can tell them apart. */
export const hiddenClients: Scenario = {
  description: "clients behind one address that the logs cannot tell apart: some refused, some served, so no loop",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const refused = groupOf(staging, "MSExchangeServicesAppPool", {
      kind: "hidden",
      count: 5,
      isChallenged: false,
      retryMs: [10_000, 20_000],
    });
    stageClients(staging, refused);
    // One who is served every few seconds, of the same address and program.
    stageClients(staging, { ...refused, count: 1, retryMs: [3_000, 6_000], refusal: { kind: "success" } });
  },
};
