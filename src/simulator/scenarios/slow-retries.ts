import type { RefusedGroup } from "../clients/refused-clients.ts";
import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, stageClients } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** Refusals three minutes apart do not make a loop. */
export const slowRetries: Scenario = {
  description: "ten clients that try again only after three minutes: each refusal stands alone",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: () => 30 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const group: Partial<RefusedGroup> = {
      count: 10,
      retryMs: [140_000, 220_000],
      spreadMs: 60_000,
      healedMs: staging.atMs + 30 * MINUTE_MS,
    };
    stageClients(staging, groupOf(staging, "MSExchangeServicesAppPool", group));
  },
};
