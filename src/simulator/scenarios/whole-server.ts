import { APP_POOLS } from "../../model/app-pool.ts";
import type { Staging } from "../scenario.ts";
import { groupOf, stageStaleKeys } from "./stale-keys.ts";

/** Every pool gets a new worker. */
export function replaceAll({ world, server }: Staging, atMs: number, reason: "iis_reset" | "reboot"): void {
  for (const appPool of APP_POOLS)
    if (appPool !== "other") world.recycle(server, { appPool, atMs, reason, shownBy: "events" });
}

/** MAPI and EWS refuse, each with clients of its own. */
export function stageTwoPools(staging: Staging, beginMs: number): void {
  stageStaleKeys(staging, { appPool: "MSExchangeMapiFrontEndAppPool", change: { beginMs } });
  const ews = groupOf(staging, "MSExchangeServicesAppPool", { beginMs, group: staging.group + 1, count: 6 });
  stageStaleKeys(staging, { appPool: "MSExchangeServicesAppPool", change: ews, isSecond: true });
}
