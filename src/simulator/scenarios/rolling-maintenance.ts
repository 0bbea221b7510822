import { MINUTE_MS } from "../../model/durations.ts";
import type { Scenario } from "../scenario.ts";
import { workerRecycled } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageRefusalsOfSome, stageRollOver } from "./stale-keys.ts";

const APP_POOL = "MSExchangeServicesAppPool";
/** Time from one server to the next (ms). */
const APART_MS = 4 * MINUTE_MS;

/**
 * Servers are updated one after the other soon after Entra ID rolled its keys. In between, tokens of the old key and
 * server-to-server tokens are accepted.
 */
export const rollingMaintenance: Scenario = {
  description: "stale keys on server after server: each is recycled in turn, while tokens of the old key are accepted",
  isNearMiss: false,
  logs: "all",
  scope: "farm",
  lengthMs: (parameters) => refusedMsOf(parameters) + 12 * MINUTE_MS + TAIL_MS,
  stage: (staging) => {
    const { world, atMs } = staging;
    let healedMs = atMs;
    for (const [turn, server] of world.servers.slice(0, 3).entries()) {
      const startMs = atMs + turn * APART_MS;
      const own = { ...staging, server, atMs: startMs, group: staging.group + turn };
      world.start(
        once(startMs, () => {
          world.tell(server, workerRecycled(5079, APP_POOL, world.processId(server, APP_POOL)), startMs);
          world.recycle(server, { appPool: APP_POOL, atMs: startMs, reason: "on_demand", shownBy: "events" });
        }),
      );
      const group = groupOf(own, APP_POOL, {});
      healedMs = Math.max(healedMs, group.healedMs);
      stageRefusalsOfSome(own, group, "stale_keys_after_recycle");
    }
    stageRollOver(staging, healedMs + 5 * MINUTE_MS);
  },
};
