import { simulatedClient } from "../clients/client.ts";
import type { Scenario, Staging } from "../scenario.ts";
import type { Actor } from "../world.ts";
import { once } from "./once.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

/** No event shows the recycle; only the EWS log has a new process id. */
export const silentRecycle: Scenario = {
  description: "stale keys after a recycle that no event tells of: a new process id in the EWS log alone proves it",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs } = staging;
    const appPool = "MSExchangeServicesAppPool";
    world.start(serversAsking(staging));
    world.start(once(atMs, () => world.recycle(server, { appPool, atMs, reason: "unknown", shownBy: "ews" })));
    stageStaleKeys(staging, { appPool, change: { beginMs: atMs + 45_000 }, tellsOAuth: false });
  },
};

/** Free/busy requests between on-premises servers continue: Negotiate without a token, every few seconds. */
function* serversAsking({ world, server, group, atMs, untilMs }: Staging): Actor {
  const random = world.random(`servers asking ${group}`);
  const client = { ...simulatedClient("cloud", group + 1, 0), userAgent: "ASProxy/CrossSite/15.02.1544.011" };
  for (let nextMs = atMs - 600_000; nextMs < untilMs; nextMs += random.between(5_000, 15_000)) {
    yield nextMs;
    world.send({
      server,
      target: server,
      client,
      protocol: "ews",
      signIn: "negotiate",
      outcome: { kind: "success" },
      atMs: nextMs,
    });
  }
}
