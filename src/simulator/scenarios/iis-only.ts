import type { Scenario } from "../scenario.ts";
import { stageCrash } from "./crash.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

/** Only IIS logs it. No row proves that a token was refused; the crash is the evidence for the cause. */
export const iisOnly: Scenario = {
  description:
    "stale keys on a server whose Exchange logs are missing: suspected only, the cause carried by WAS 5011 and OAuth 2008",
  isNearMiss: false,
  logs: "iis_only",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    stageCrash(staging);
    stageStaleKeys(staging, { appPool: staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool" });
  },
};
