import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";

/**
 * A load balancer hides the addresses of its clients, and all use the same program. Five are refused and others are
 * served, so the logs cannot distinguish them.
 */
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
    // A client with the same address and program that is served every few seconds.
    stageClients(staging, { ...refused, count: 1, retryMs: [3_000, 6_000], refusal: { kind: "success" } });
  },
};
