import type { Scenario } from "../scenario.ts";
import { oauthEvent } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, groupOf, refusalOf, refusedMsOf, stageClients, stageRefusals } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** The OAuth configuration cannot be read from AD: internal_error for some requests, status 500 for others, OAuth 2001. */
export const oauthConfiguration: Scenario = {
  description: "the OAuth configuration cannot be loaded: internal_error and status 500, OAuth 2001",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    const appPool = parameters.appPool ?? "MSExchangeServicesAppPool";
    stageRefusals(
      staging,
      groupOf(staging, appPool, { refusal: refusalOf(staging, "internal_error") }),
      "oauth_configuration",
    );
    stageClients(
      staging,
      groupOf(staging, appPool, {
        refusal: { kind: "error", status: 500, by: "front_end" },
        group: staging.group + 1,
        count: 5,
      }),
    );
    for (let eventMs = atMs + 1_000; eventMs < atMs + refusedMsOf(parameters); eventMs += 3 * MINUTE_MS) {
      world.start(
        once(eventMs, () => world.tell(server, oauthEvent(2001, appPool, world.processId(server, appPool)), eventMs)),
      );
    }
  },
};
