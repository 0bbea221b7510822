import type { Scenario } from "../scenario.ts";
import { iisReset } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, refusedMsOf } from "./stale-keys.ts";
import { replaceAll, stageTwoPools } from "./whole-server.ts";
import { MINUTE_MS } from "../../model/durations.ts";

const MAINTENANCE_MS = 40 * MINUTE_MS;

/**
 * A server comes back from maintenance: its components are inactive and it has no traffic for forty minutes; then
 * iisreset, and all clients return at once.
 */
export const maintenance: Scenario = {
  description:
    "stale keys after maintenance: no traffic for 40 minutes, iisreset of all pools, refusals on two of them",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => MAINTENANCE_MS + refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server } = staging;
    const backMs = staging.atMs + MAINTENANCE_MS;
    world.down(server, { fromMs: staging.atMs, untilMs: backMs + 20_000 });
    world.changeOrganisation({ kind: "components", atMs: staging.atMs, server: server.name, isActive: false });
    world.changeOrganisation({ kind: "components", atMs: backMs + 10_000, server: server.name, isActive: true });
    world.start(
      once(backMs, (atMs) => {
        for (const [index, event] of iisReset().entries()) world.tell(server, event, atMs + index * 700);
        replaceAll(staging, atMs, "iis_reset");
        world.restartIis(server, atMs + 15_000);
      }),
    );
    stageTwoPools(staging, backMs + 30_000);
  },
};
