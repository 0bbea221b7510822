import { APP_POOLS } from "../../model/app-pool.ts";
import type { Scenario, Staging } from "../scenario.ts";
import { iisReset, systemBoot } from "../windows-events.ts";
import { once } from "./once.ts";
import { MINUTE_MS, TAIL_MS, groupOf, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

const MAINTENANCE_MS = 40 * MINUTE_MS;
const BOOT_MS = 4 * MINUTE_MS;

/** A server comes back from maintenance: nobody for forty minutes, iisreset, everybody at once. */
export const maintenance: Scenario = {
  description: "stale keys after maintenance: no traffic for 40 minutes, iisreset of all pools, refusals on two of them",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => MAINTENANCE_MS + refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server } = staging;
    const backMs = staging.atMs + MAINTENANCE_MS;
    world.down(server, { fromMs: staging.atMs, untilMs: backMs + 20_000 });
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

/** A server boots: no traffic for four minutes, then new workers everywhere. */
export const reboot: Scenario = {
  description: "stale keys after a reboot: boot events, refusals on two pools",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => BOOT_MS + refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server } = staging;
    const bootMs = staging.atMs + BOOT_MS - MINUTE_MS;
    world.down(server, { fromMs: staging.atMs, untilMs: staging.atMs + BOOT_MS });
    world.start(
      once(bootMs, (atMs) => {
        for (const [index, event] of systemBoot(atMs).entries()) world.tell(server, event, atMs + index * 9_000);
        replaceAll(staging, atMs, "reboot");
        world.restartIis(server, atMs + 40_000);
      }),
    );
    stageTwoPools(staging, staging.atMs + BOOT_MS + 5_000);
  },
};

function replaceAll({ world, server }: Staging, atMs: number, reason: "iis_reset" | "reboot"): void {
  for (const appPool of APP_POOLS) if (appPool !== "other") world.recycle(server, { appPool, atMs, reason, shownBy: "events" });
}

function stageTwoPools(staging: Staging, beginMs: number): void {
  stageStaleKeys(staging, { appPool: "MSExchangeMapiFrontEndAppPool", change: { beginMs } });
  const ews = groupOf(staging, "MSExchangeServicesAppPool", { beginMs, group: staging.group + 1, count: 6 });
  stageStaleKeys(staging, { appPool: "MSExchangeServicesAppPool", change: ews });
}
