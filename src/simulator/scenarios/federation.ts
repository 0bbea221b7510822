import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients } from "./stale-keys.ts";

/**
 * Federated free/busy calls /WSSecurity with a SOAP header and gets 401 for hours. No Bearer token is ever sent there.
 */
export const federation: Scenario = {
  description:
    "federated callers at /EWS/Exchange.asmx/WSSecurity, 401 each time: no Bearer token, so nobody is suspected",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    stageClients(
      staging,
      groupOf(staging, "MSExchangeServicesAppPool", {
        kind: "federation",
        count: 5,
        isChallenged: false,
        patience: 60,
        refusal: { kind: "federated" },
        aliveFromMs: staging.atMs,
      }),
    );
  },
};
