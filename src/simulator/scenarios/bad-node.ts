import type { Scenario } from "../scenario.ts";
import { stageCrash } from "./crash.ts";
import { TAIL_MS, refusedMsOf, stageStaleKeys } from "./stale-keys.ts";

/** A load balancer without affinity: the same clients are alternately refused here and served by the next server. */
export const badNode: Scenario = {
  description:
    "stale keys behind a balancer without affinity: the same clients are refused by one server and served by the next",
  isNearMiss: false,
  logs: "all",
  scope: "server",
  lengthMs: (parameters) => refusedMsOf(parameters) + TAIL_MS,
  stage: (staging) => {
    const { world, server } = staging;
    const next = world.servers[(server.index + 1) % world.servers.length] ?? server;
    stageCrash(staging);
    const appPool = staging.parameters.appPool ?? "MSExchangeMapiFrontEndAppPool";
    stageStaleKeys(staging, { appPool, change: { alsoServedBy: next === server ? null : next } });
  },
};
