import type { Scenario, Staging } from "../scenario.ts";
import { workerDied } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients, stageStaleKeys } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** A worker process crashes (WAS 5011), and the new one has stale keys. */
export const crash: Scenario = {
  description:
    "stale keys after a crash: WAS 5011, refusals until the worker has fetched the keys, OAuth 2008; a few clients give up at once",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    stageCrash(staging);
    stageStaleKeys(staging, { appPool });
    // Three attempts do not make a loop; they are in the first half.
    const spreadMs = Math.max(0, refusedMsOf(staging.parameters) / 2 - MINUTE_MS);
    stageClients(
      staging,
      groupOf(staging, appPool, {
        group: staging.group + 1,
        count: 3,
        patience: 3,
        retryMs: [4_000, 15_000],
        spreadMs,
      }),
    );
  },
};

/** The pool's worker process crashes at the start of the scenario, with a WAS event. */
export function stageCrash({ world, server, atMs, parameters }: Staging): void {
  const appPool = parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
  world.start(
    once(atMs, () => {
      world.tell(server, workerDied(5011, appPool, world.processId(server, appPool)), atMs);
      world.recycle(server, { appPool, atMs, reason: "crash", shownBy: "events" });
    }),
  );
}
