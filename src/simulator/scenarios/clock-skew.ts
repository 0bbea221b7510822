import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusals } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** The server's clock is wrong, so every pool considers every token expired. */
export const clockSkew: Scenario = {
  description: "the server's clock is wrong: token_expired on two pools until it is set right",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    world.changeOrganisation({ kind: "clock", atMs: atMs - MINUTE_MS, server: server.name, offsetSeconds: 421.3 });
    world.changeOrganisation({
      kind: "clock",
      atMs: atMs + refusedMsOf(parameters),
      server: server.name,
      offsetSeconds: 0.1,
    });
    const refusal = refusalOf(staging, "token_expired");
    stageRefusals(staging, groupOf(staging, "MSExchangeMapiFrontEndAppPool", { refusal }), "clock_skew");
    stageRefusals(
      staging,
      groupOf(staging, "MSExchangeServicesAppPool", { refusal, group: staging.group + 1, count: 7 }),
      "clock_skew",
    );
  },
};
