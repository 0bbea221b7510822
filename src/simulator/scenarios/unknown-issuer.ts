import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusals } from "./stale-keys.ts";

/**
 * The AuthServer object is missing or was overwritten by the Hybrid Configuration Wizard; all servers refuse tokens.
 */
export const unknownIssuer: Scenario = {
  description: "no AuthServer object for the tokens' issuer: invalid_issuer on all servers until it is put right",
  isNearMiss: false,
  logs: "all",
  scope: "farm",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    const refusal = refusalOf(staging, "invalid_issuer");
    // With IIS logs only, no log would show the reason.
    for (const server of staging.world.servers.filter(({ logs }) => logs !== "iis_only")) {
      const group = groupOf({ ...staging, server }, appPool, { refusal, group: staging.group + server.index });
      stageRefusals({ ...staging, server }, group, "unknown_issuer");
    }
  },
};
