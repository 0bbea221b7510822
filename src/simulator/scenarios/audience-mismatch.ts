import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageClients, stageRefusals } from "./stale-keys.ts";

/**
 * A wrong host name at the load balancer. Some clients are served once it is corrected; others have given up. In
 * reality this lasts for half a day, here for minutes.
 */
export const audienceMismatch: Scenario = {
  description: "tokens for another host name: invalid_resource after a change at the balancer; some clients give up",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    const refusal = refusalOf(staging, "invalid_resource");
    stageRefusals(staging, groupOf(staging, appPool, { refusal }), "audience_mismatch");
    stageClients(
      staging,
      groupOf(staging, appPool, { refusal, group: staging.group + 1, count: 4, patience: 9, retryMs: [5_000, 20_000] }),
    );
  },
};
