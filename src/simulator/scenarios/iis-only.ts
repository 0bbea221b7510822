import type { Scenario } from "../scenario.ts";
import { crash, stageCrash } from "./crash.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageRefusals, stageStaleKeys } from "./stale-keys.ts";

/** IIS alone saw it: no row proves that a token was refused, the crash carries the cause. */
export const iisOnly: Scenario = {
  description: "stale keys on a server whose Exchange logs are missing: suspected only, the cause carried by WAS 5011 and OAuth 2008",
  isNearMiss: false,
  logs: "iis_only",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    stageCrash(staging);
    stageStaleKeys(staging, { appPool: staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool" });
  },
};

/** The same without any evidence: nobody can tell why. */
export const iisOnlyUnexplained: Scenario = {
  ...iisOnly,
  description: "401 0 0 again and again on a server with IIS logs alone and no event: suspected, unexplained",
  stage: (staging) => stageRefusals(staging, groupOf(staging, staging.parameters.appPool ?? "MSExchangeServicesAppPool", {}), "unexplained"),
};

/** IIS logs x-ms-diagnostics as a custom field: proven without any Exchange log. */
export const iisDiagnostics: Scenario = {
  ...crash,
  description: "stale keys on a server whose IIS logs x-ms-diagnostics (`_x` files) and that has no Exchange logs: proven",
  logs: "iis_diagnostics",
};
