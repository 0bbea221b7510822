import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusalsOfSome } from "./stale-keys.ts";

/** The front end accepts the token, but the back end of another server refuses it. */
export const backEndRejection: Scenario = {
  description:
    "the back end of the mailbox server refuses what the front end let pass: 401 of both, category with -BE, MapiHttp columns",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server } = staging;
    const target = world.servers[(server.index + 1) % world.servers.length] ?? server;
    const refusal = refusalOf(staging, "invalid_signature", "back_end");
    stageRefusalsOfSome(
      staging,
      groupOf(staging, "MSExchangeMapiFrontEndAppPool", { refusal, target: target.logs === "all" ? target : server }),
      "backend_rejection",
    );
  },
};
