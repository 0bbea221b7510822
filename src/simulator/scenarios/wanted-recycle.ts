import type { AppPool } from "../../model/app-pool.ts";
import type { RecycleReason } from "../../model/label-values.ts";
import type { Scenario } from "../scenario.ts";
import { workerRecycled } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

interface WantedRecycle {
  readonly event: 5074 | 5079 | 5080 | 5117;
  readonly reason: RecycleReason;
  readonly appPool: AppPool;
  readonly what: string;
}

/** WAS replaces the worker process because of a setting or an administrator's request. */
export function wantedRecycle({ event, reason, appPool: usual, what }: WantedRecycle): Scenario {
  return {
    description: `stale keys after ${what}: WAS ${event}`,
    isNearMiss: false,
    logs: "all",
    scope: "server",
    lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
    stage: (staging) => {
      const { world, server, parameters } = staging;
      const appPool = parameters.appPool ?? usual;
      world.start(
        once(staging.atMs, (atMs) => {
          world.tell(server, workerRecycled(event, appPool, world.processId(server, appPool)), atMs);
          world.recycle(server, { appPool, atMs, reason, shownBy: "events" });
        }),
      );
      stageStaleKeys(staging, { appPool });
    },
  };
}
