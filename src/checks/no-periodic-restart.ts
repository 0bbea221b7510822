import { command, note, remedy } from "../catalogue/commands.ts";
import type { AppPoolSettings } from "../model/snapshot/snapshot.ts";
import { fail, listed, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

/** Exchange setup configures the pools of OWA and ECP to recycle every 14 days. */
const FOURTEEN_DAY_POOLS = ["msexchangeowaapppool", "msexchangeecpapppool"];

const RECYCLES = note("This change itself recycles the pool: not while a signing key is missing in AD, and drained");

export const noPeriodicRestart: Check = {
  id: "no_periodic_restart",
  title: "Exchange's app pools have no periodic restart",
  why: "Each recycle can start a loop. Exchange sets every limit to 0, except 14 days for the pools of OWA and ECP.",
  remedy: remedy(
    RECYCLES,
    command("noPeriodicRestart"),
    note("And for each time of day of its schedule:"),
    command("noScheduledRestart"),
  ),
  severity: "warning",
  evaluate: (snapshot) =>
    judgeServers(
      snapshot,
      { part: "appPools", source: "the IIS application pools", rows: snapshot.appPools },
      judgePools,
    ),
};

function judgePools(server: string, pools: readonly AppPoolSettings[]): readonly ObjectVerdict[] {
  const restarting = pools.flatMap((pool) => {
    const limits = limitsOf(pool);
    return limits.length === 0 ? [] : [`${pool.Name ?? "(unnamed)"} (${limits.join(", ")})`];
  });
  if (restarting.length > 0)
    return [fail(server, { found: listed(restarting, 3), wanted: "no limit" }, { remedy: remedyFor(pools) })];
  if (pools.some(isUnclear))
    return [unknown(server, "the snapshot does not give every limit of periodicRestart of every app pool")];
  return [pass(server)];
}

function limitsOf(pool: AppPoolSettings): readonly string[] {
  const limits: string[] = [];
  const time = pool.periodicRestartTime;
  const isAllowed = time === "14.00:00:00" && FOURTEEN_DAY_POOLS.includes((pool.Name ?? "").toLowerCase());
  // Sample: 00:00:00 or 1.05:00:00
  if (time !== null && time !== "" && !isAllowed && !/^[0.:]+$/.test(time)) limits.push(`time ${time}`);
  if ((pool.periodicRestartRequests ?? 0) > 0) limits.push(`requests ${pool.periodicRestartRequests ?? 0}`);
  if ((pool.periodicRestartMemory ?? 0) > 0) limits.push(`memory ${pool.periodicRestartMemory ?? 0}`);
  if ((pool.periodicRestartPrivateMemory ?? 0) > 0)
    limits.push(`private memory ${pool.periodicRestartPrivateMemory ?? 0}`);
  if ((pool.periodicRestartSchedule ?? []).length > 0)
    limits.push(`schedule ${listed(pool.periodicRestartSchedule ?? [], 3)}`);
  return limits;
}

/** Commands for the pools that restart periodically. */
function remedyFor(pools: readonly AppPoolSettings[]): string {
  const lines = pools
    .filter((pool) => limitsOf(pool).length > 0)
    .flatMap((pool) => {
      const name = { "app pool": pool.Name ?? "" };
      const schedule = (pool.periodicRestartSchedule ?? []).filter((time) => /^[\d:.]{1,20}$/.test(time));
      const isByLimit = limitsOf({ ...pool, periodicRestartSchedule: [] }).length > 0;
      return [
        ...(isByLimit ? [command("noPeriodicRestart", name)] : []),
        ...schedule.map((time) => command("noScheduledRestart", { ...name, "time of day": time })),
      ];
    });
  return remedy(RECYCLES, ...lines.slice(0, 20));
}

function isUnclear(pool: AppPoolSettings): boolean {
  const known = [
    pool.periodicRestartTime,
    pool.periodicRestartRequests,
    pool.periodicRestartMemory,
    pool.periodicRestartPrivateMemory,
    pool.periodicRestartSchedule,
  ];
  return known.includes(null) || pool.periodicRestartTime === "";
}
