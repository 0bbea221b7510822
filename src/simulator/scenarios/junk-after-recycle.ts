import type { Scenario } from "../scenario.ts";
import { stageCrash } from "./crash.ts";
import { junkTokens } from "./junk-tokens.ts";

/** An attack that happens to begin soon after a recycle; the new worker process serves all other clients. */
export const junkAfterRecycle: Scenario = {
  ...junkTokens,
  description: "junk tokens from many odd addresses soon after a crash, while all others are served by the new worker",
  stage: (staging) => {
    const appPool = "MSExchangeServicesAppPool";
    stageCrash({ ...staging, parameters: { ...staging.parameters, appPool } });
    const later = { ...staging, atMs: staging.atMs + 5 * 60_000 };
    junkTokens.stage({ ...later, parameters: { ...staging.parameters, appPool } });
  },
};
