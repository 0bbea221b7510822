import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";

/** An administrator has chosen the columns: without sub-status and Win32 status no 401 tells its kind. */
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
