import type { Scenario } from "../scenario.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageRefusals } from "./stale-keys.ts";

/** HMA is off or half on: every Bearer request gets code 4000000, without a challenge before. */
export const modernAuthNotOffered: Scenario = {
  description: "modern authentication is not offered: code 4000000 to every Bearer request",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, atMs, parameters } = staging;
    world.changeOrganisation({ kind: "modern_auth", atMs: atMs - 10_000, isOffered: false });
    world.changeOrganisation({ kind: "modern_auth", atMs: atMs + refusedMsOf(parameters), isOffered: true });
    const appPool = parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    stageRefusals(
      staging,
      groupOf(staging, appPool, { refusal: refusalOf(staging, "oauth_not_available"), isChallenged: false }),
      "modern_auth_not_offered",
    );
  },
};
