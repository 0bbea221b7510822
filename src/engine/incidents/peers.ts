import type { CauseContext, Peer } from "../../causes/cause-context.ts";
import { SHORTLY_MS } from "../../causes/situation.ts";
import type { IncidentSpan } from "../../detectors/incident.ts";
import type { BookLoop } from "./final-loops.ts";
import { type IncidentOfPool, type EngineView, judgedPool } from "./engine-view.ts";
import type { PoolState, ServerState } from "../server-state.ts";
import type { AppPool } from "../../model/app-pool.ts";
import { MINUTE_MS } from "../../model/durations.ts";

/** Servers refuse at the same time when their incidents begin within this time of each other. */
export const AT_ONCE_MS = 10 * MINUTE_MS;

/** The other servers whose same app pool had Bearer traffic at the time of the incident, by name. */
export function peersOf(view: EngineView, { server, pool, span }: IncidentOfPool): CauseContext["peers"] {
  const { startMs, endMs } = span;
  const peers: Peer[] = [];
  for (const other of view.engine.servers) {
    const same = other === server ? undefined : other.pools.get(pool.appPool);
    if (same === undefined) continue;
    const refusingFromMs = refusesAt(view, same, span);
    const hasTraffic = same.timeline.hasBearerBetween(startMs - AT_ONCE_MS, endMs + MINUTE_MS);
    if (refusingFromMs === null && !hasTraffic) continue;
    peers.push({
      server: other.name,
      isRefusing: refusingFromMs !== null,
      wasRecycled: refusingFromMs !== null && wasRecycledBefore(other, pool.appPool, refusingFromMs),
      startMs: refusingFromMs ?? 0,
    });
  }
  return peers.sort((a, b) => (a.server < b.server ? -1 : 1));
}

function wasRecycledBefore(server: ServerState, appPool: AppPool, startMs: number): boolean {
  return server.workers
    .recycles()
    .some((one) => one.appPool === appPool && (one.sinceMs ?? one.atMs) <= startMs && startMs - one.atMs <= SHORTLY_MS);
}

type IncidentTimes = Pick<IncidentSpan<BookLoop>, "startMs" | "endMs">;

/** Start of an incident of the pool that began at about the same time as the given one, or spans it; null when there is none. */
export function refusesAt(view: EngineView, pool: PoolState, { startMs, endMs }: IncidentTimes): number | null {
  const current = judgedPool(view, pool).spans;
  for (const one of [...pool.archived, ...current]) {
    if (Math.abs(one.startMs - startMs) <= AT_ONCE_MS || (one.startMs <= startMs && one.endMs >= endMs))
      return one.startMs;
  }
  return null;
}
