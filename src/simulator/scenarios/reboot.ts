import type { Scenario } from "../scenario.ts";
import { systemBoot } from "../windows-events.ts";
import { once } from "./once.ts";
import { TAIL_MS, refusedMsOf } from "./stale-keys.ts";
import { replaceAll, stageTwoPools } from "./whole-server.ts";
import { MINUTE_MS } from "../../model/durations.ts";

const BOOT_MS = 4 * MINUTE_MS;

/** A server reboots: no traffic for four minutes, then new worker processes in all pools. */
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
