import type { Scenario, Staging } from "../scenario.ts";
import { workerDied } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, groupOf, refusedMsOf, stageClients, stageStaleKeys } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** A worker crashes (WAS 5011), the next one has stale keys. */
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
    // Three tries are no loop; they fall into the first half.
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

/** The pool's worker dies at the beginning of the scenario, and WAS says so. */
export function stageCrash({ world, server, atMs, parameters }: Staging): void {
  const appPool = parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
  world.start(
    once(atMs, () => {
      world.tell(server, workerDied(5011, appPool, world.processId(server, appPool)), atMs);
      world.recycle(server, { appPool, atMs, reason: "crash", shownBy: "events" });
    }),
  );
}
