import { wantedRecycle } from "./wanted-recycle.ts";

/** An administrator recycles the pool (WAS 5079). */
export const onDemand = wantedRecycle({
  event: 5079,
  reason: "on_demand",
  appPool: "MSExchangeServicesAppPool",
  what: "a recycle that an administrator asked for",
});
