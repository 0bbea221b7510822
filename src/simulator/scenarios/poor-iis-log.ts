import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";

/** An administrator removed columns: without sub-status and Win32 status, the kind of a 401 is unknown. */
export const poorIisLog: Scenario = {
  description:
    "refusals on a server whose IIS log has no sc-substatus and no sc-win32-status: nothing can be suspected",
  isNearMiss: true,
  logs: "iis_poor",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    stageClients(staging, groupOf(staging, staging.parameters.appPool ?? "MSExchangeServicesAppPool", {}));
  },
};
