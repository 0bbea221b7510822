import type { Scenario } from "../scenario.ts";
import { recoveryAction, workerDied } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

/** Managed Availability terminates the worker process: event 500, WAS 5011 and event 501 within a few seconds. */
export const managedAvailability: Scenario = {
  description: "stale keys after Managed Availability recycled the pool: events 500 and 501 around WAS 5011",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    const appPool = parameters.appPool ?? "MSExchangeServicesAppPool";
    world.start(once(atMs - 3_000, (beginMs) => world.tell(server, recoveryAction(500, appPool, beginMs), beginMs)));
    world.start(
      once(atMs, () => {
        world.tell(server, workerDied(5011, appPool, world.processId(server, appPool)), atMs);
        world.recycle(server, { appPool, atMs, reason: "managed_availability", shownBy: "events" });
      }),
    );
    world.start(once(atMs + 1_200, (endMs) => world.tell(server, recoveryAction(501, appPool, endMs), endMs)));
    stageStaleKeys(staging, { appPool });
  },
};
