import type { Scenario } from "../scenario.ts";
import { stageCrash } from "./crash.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageRefusals, stageStaleKeys } from "./stale-keys.ts";

/**
 * Stale keys, but no log shows why a token was refused. The rows look like challenges; the only sign is that no client
 * is ever served.
 */
export const noReason: Scenario = {
  description: "stale keys after a crash, and no row holds the reason of a refusal: clients that ask and ask, unproven",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    const silent = { ...staging, parameters: { ...staging.parameters, spelling: "none" as const } };
    stageCrash(staging);
    stageStaleKeys(silent, { appPool });
  },
};

/** The same, without any sign of a recycle or of missing keys. */
export const noReasonUnexplained: Scenario = {
  ...noReason,
  description: "clients that ask for a token and ask again, no reason in any row and no event: unproven, unexplained",
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeServicesAppPool";
    const silent = { ...staging, parameters: { ...staging.parameters, spelling: "none" as const } };
    stageRefusals(silent, groupOf(silent, appPool, {}), "unexplained");
  },
};
