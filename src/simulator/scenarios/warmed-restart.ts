import type { Scenario } from "../scenario.ts";
import { iisReset } from "../windows-events.ts";
import { once } from "./once.ts";
import { refusedMsOf, stageRollOver, TAIL_MS } from "./stale-keys.ts";
import { replaceAll } from "./whole-server.ts";

/** Time from draining the server to its restart (ms). */
const DRAINED_MS = 10_000;
/** Extra time (ms) that clients stay away after the worker processes could have fetched the keys. */
const SPARE_MS = 20_000;

/**
 * Entra ID has published a new key, and a drained server is restarted, so its new worker processes lack the key. A
 * probe sends their first Bearer requests, and clients come back only after the workers have fetched the keys. No
 * client is refused.
 */
export const warmedRestart: Scenario = {
  description:
    "a drained server is restarted after a roll-over, and warmed before its clients return: nobody is refused",
  isNearMiss: true,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => DRAINED_MS + refusedMsOf(parameters) + SPARE_MS + TAIL_MS,
  stage: (staging) => {
    const { world, server, atMs, parameters } = staging;
    const restartMs = atMs + DRAINED_MS;
    const backMs = restartMs + refusedMsOf(parameters) + SPARE_MS;
    if (parameters.sharesRollOver !== true) stageRollOver(staging, backMs);
    world.down(server, { fromMs: atMs, untilMs: backMs });
    world.changeOrganisation({ kind: "components", atMs, server: server.name, isActive: false });
    world.changeOrganisation({ kind: "components", atMs: backMs, server: server.name, isActive: true });
    world.start(
      once(restartMs, (instantMs) => {
        for (const [index, event] of iisReset().entries()) world.tell(server, event, instantMs + index * 700);
        replaceAll(staging, instantMs, "iis_reset");
        world.restartIis(server, instantMs + 3_000);
      }),
    );
  },
};
