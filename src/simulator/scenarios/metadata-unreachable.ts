import type { Scenario } from "../scenario.ts";
import { authAdminEvent, oauthEvent, workerRecycled } from "../windows-events.ts";
import { stageCrash } from "./crash.ts";
import { once } from "./once.ts";
import { TAIL_MS, groupOf, stageRefusals, stageRollOver } from "./stale-keys.ts";
import { MINUTE_MS } from "../../model/durations.ts";

const REFUSED_MS = 50 * MINUTE_MS;

/** The new worker process cannot fetch the keys. The incident ends when AD has them and the pool is recycled again. */
export const metadataUnreachable: Scenario = {
  description:
    "the new worker cannot read the metadata: OAuth 2007, AuthAdmin 2010, refusals for 50 minutes until AD is " +
    "refreshed and the pool recycled",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => (parameters.refusedMs ?? REFUSED_MS) + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    const appPool = parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    const refusedMs = parameters.refusedMs ?? REFUSED_MS;
    const [first] = world.servers;
    const group = groupOf(staging, appPool, { healedMs: atMs + refusedMs });
    stageCrash(staging);
    stageRefusals(staging, group, "metadata_unreachable");
    for (let triedMs = atMs + MINUTE_MS; triedMs < atMs + refusedMs - 2 * MINUTE_MS; triedMs += 12 * MINUTE_MS) {
      world.start(
        once(triedMs, () => world.tell(server, oauthEvent(2007, appPool, world.processId(server, appPool)), triedMs)),
      );
    }
    world.start(once(atMs + 6 * MINUTE_MS, (failedMs) => world.tell(first, authAdminEvent(2010), failedMs)));
    world.changeOrganisation({ kind: "outbound", atMs: atMs - 2 * MINUTE_MS, server: server.name, isReachable: false });
    world.changeOrganisation({
      kind: "outbound",
      atMs: atMs + refusedMs - MINUTE_MS,
      server: server.name,
      isReachable: true,
    });
    stageRollOver(staging, atMs + refusedMs - 30_000);
    world.start(
      once(atMs + refusedMs - 500, (againMs) => {
        world.tell(server, workerRecycled(5079, appPool, world.processId(server, appPool)), againMs);
        world.recycle(server, { appPool, atMs: againMs, reason: "on_demand", shownBy: "events" });
      }),
    );
  },
};
