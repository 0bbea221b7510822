import type { Scenario } from "../scenario.ts";
import { stageCrash } from "./crash.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

const APP_POOL = "MSExchangeSyncAppPool";

/**
 * Phones connect through Exchange Online, each request from another address and port. The DeviceId distinguishes them.
 */
export const mobileAddresses: Scenario = {
  description: "stale keys on the ActiveSync pool: phones that come from another address of Exchange Online each time",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    stageCrash({ ...staging, parameters: { ...staging.parameters, appPool: APP_POOL } });
    stageStaleKeys(staging, { appPool: APP_POOL, change: { kind: "mobile_cloud" } });
  },
};
