import type { Scenario } from "../scenario.ts";
import { oauthEvent } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageRefusals, stageRollOver } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/**
 * A key roll-over without a recycle: all servers refuse tokens at once, and each fetches the new keys at its own time.
 */
export const keysRolled: Scenario = {
  description:
    "stale keys on all servers at once without a recycle; each finds the new keys by itself, then AuthAdmin writes them to AD (2013)",
  isNearMiss: false,
  logs: "all",
  scope: "farm",
  lengthMs: (parameters) => refusedMsOf(parameters) + 10 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const { world, atMs, parameters, random } = staging;
    const appPool = parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    for (const server of world.servers) {
      const healedMs = atMs + refusedMsOf(parameters) + Math.floor(random.between(0, 5 * MINUTE_MS));
      const group = groupOf({ ...staging, server }, appPool, {
        group: staging.group + server.index,
        beginMs: atMs + 2_000,
        healedMs,
      });
      stageRefusals({ ...staging, server }, group, "stale_keys_everywhere");
      world.start(
        once(healedMs, () => world.tell(server, oauthEvent(2008, appPool, world.processId(server, appPool)), healedMs)),
      );
    }
    stageRollOver(staging, atMs + refusedMsOf(parameters) + 8 * MINUTE_MS);
  },
};
