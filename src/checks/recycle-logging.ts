import { command, note, remedy } from "../catalogue/commands.ts";
import type { AppPoolSettings } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

const RECYCLES = note("This change itself recycles the pool: not while a signing key is missing in AD, and drained");

export const recycleLogging: Check = {
  id: "recycle_logging",
  title: "Recycles of Exchange's app pools are logged (logEventOnRecycle)",
  why:
    "Without OnDemand and ConfigChange, recycles by administrators and by configuration changes leave no " +
    "event, and a loop after one cannot be tied to it. IIS 8.5 and older leave them out by default.",
  remedy: remedyFor([]),
  severity: "info",
  evaluate: (snapshot) =>
    judgeServers(
      snapshot,
      { part: "appPools", source: "the IIS application pools", rows: snapshot.appPools },
      judgePools,
    ),
};

function judgePools(server: string, pools: readonly AppPoolSettings[]): readonly ObjectVerdict[] {
  const silent = pools
    .filter((pool) => pool.logEventOnRecycle !== null && !isLogged(pool.logEventOnRecycle))
    .map((pool) => pool.Name ?? "(unnamed)");
  if (silent.length > 0)
    return [
      fail(
        server,
        {
          found: `not logged at ${listed(silent, 3)}`,
          wanted: "OnDemand and ConfigChange among logEventOnRecycle",
        },
        { remedy: remedyFor(silent) },
      ),
    ];
  if (pools.some((pool) => pool.logEventOnRecycle === null))
    return [unknown(server, "the snapshot does not give logEventOnRecycle of every app pool")];
  return [pass(server)];
}

/** One command for each pool. A server has fewer than twenty. */
function remedyFor(pools: readonly string[]): string {
  const commands = pools.slice(0, 20).map((pool) => command("logRecycles", { "app pool": pool }));
  return remedy(RECYCLES, ...(commands.length === 0 ? [command("logRecycles")] : commands));
}

function isLogged(flags: string): boolean {
  // IIS stores OnDemand as 32 and ConfigChange as 64. Sample: Time, Memory, OnDemand, ConfigChange
  if (/^\d{1,4}$/.test(flags)) return (Number(flags) & 96) === 96;
  const names = flags.toLowerCase().split(/[,\s]+/);
  return names.includes("ondemand") && names.includes("configchange");
}
