import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusals } from "./stale-keys.ts";

/** The AuthServer object is gone or overwritten: all servers, after a run of the hybrid wizard. */
export const unknownIssuer: Scenario = {
  description: "no AuthServer object for the tokens' issuer: invalid_issuer on all servers until it is put right",
  isNearMiss: false,
  logs: "all",
  scope: "farm",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    const refusal = refusalOf(staging, "invalid_issuer");
    // Where IIS alone sees it, no log would tell the reason.
    for (const server of staging.world.servers.filter(({ logs }) => logs !== "iis_only")) {
      const group = groupOf({ ...staging, server }, appPool, { refusal, group: staging.group + server.index });
      stageRefusals({ ...staging, server }, group, "unknown_issuer");
    }
  },
};
