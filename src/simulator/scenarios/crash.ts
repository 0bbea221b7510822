import type { Scenario } from "../scenario.ts";
import { workerDied } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

/** A worker crashes (WAS 5011), the next one has stale keys. */
export const crash: Scenario = {
  description: "stale keys after a crash: WAS 5011, refusals until the worker has fetched the keys, OAuth 2008",
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, parameters } = staging;
    const appPool = parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    world.start(
      once(staging.atMs, (atMs) => {
        world.tell(server, workerDied(5011, appPool, world.processId(server, appPool)), atMs);
        world.recycle(server, { appPool, atMs, reason: "crash", shownBy: "events" });
      }),
    );
    stageStaleKeys(staging, { appPool });
  },
};
