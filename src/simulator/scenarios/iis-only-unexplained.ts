import type { Scenario } from "../scenario.ts";
import { iisOnly } from "./iis-only.ts";
import { groupOf, stageRefusals } from "./stale-keys.ts";

/** Refusals that only IIS logs, without any evidence, so the cause cannot be named. */
export const iisOnlyUnexplained: Scenario = {
  ...iisOnly,
  description: "401 0 0 again and again on a server with IIS logs alone and no event: suspected, unexplained",
  stage: (staging) =>
    stageRefusals(
      staging,
      groupOf(staging, staging.parameters.appPool ?? "MSExchangeServicesAppPool", {}),
      "unexplained",
    ),
};
