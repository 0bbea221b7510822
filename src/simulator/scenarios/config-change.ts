import { wantedRecycle } from "./wanted-recycle.ts";

/** A change of the pool's settings replaces its worker (WAS 5080). */
export const configChange = wantedRecycle({
  event: 5080,
  reason: "config_change",
  appPool: "MSExchangeSyncAppPool",
  what: "a change of the pool's configuration",
});
