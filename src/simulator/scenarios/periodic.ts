import { wantedRecycle } from "./wanted-recycle.ts";

/** The pools of OWA and ECP recycle every 14 days (WAS 5074). */
export const periodic = wantedRecycle({
  event: 5074,
  reason: "periodic",
  appPool: "MSExchangeOWAAppPool",
  what: "OWA's recycle of every 14 days",
});
