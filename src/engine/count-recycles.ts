import type { Recycle } from "../detectors/recycle.ts";
import type { Engine } from "./create-engine.ts";
import { JUDGE_AFTER_MS } from "./requests/waiting-times.ts";
import type { CountedRecycle, ServerState } from "./server-state.ts";

/**
 * Live: a recycle without a known reason is counted as `unknown` this long after it, because some sites export events every 15 minutes.
 */
const UNKNOWN_HOLD_MS = 1_200_000;

/** The events of one recycle are at most this far apart: IIS and its workers stop within two minutes. */
const MOVED_RECYCLE_MS = 120_000;

const MAX_COUNTED_RECYCLES = 5_000;

/**
 * Counts each recycle once: when nothing new was learned of its server since `quietSinceMs` (the engine's clock), or when it is eight
 * minutes (4 × JUDGE_AFTER_MS) older than `untilMs`. Live, a recycle without a reason is counted twenty minutes after it, so that the
 * count does not depend on when its events arrive within that time.
 */
export function countRecycles(engine: Engine, quietSinceMs: number, untilMs: number): void {
  for (const server of engine.servers) {
    const recycles = server.workers.recycles();
    const isQuiet = server.workers.changedAtMs <= quietSinceMs;
    for (const recycle of recycles) {
      const waitsForReason = engine.options.mode === "live" && isWithoutEvent(server, recycle);
      if (waitsForReason && recycle.atMs > untilMs - UNKNOWN_HOLD_MS) continue;
      if (!waitsForReason && !isQuiet && recycle.atMs > untilMs - JUDGE_AFTER_MS * 4) continue;
      if (server.countedRecycles.some((counted) => isSameRecycle(counted, recycle)) || isMoved(server, recycle))
        continue;
      server.countedRecycles.push({ appPool: recycle.appPool, atMs: recycle.atMs });
      if (server.countedRecycles.length > MAX_COUNTED_RECYCLES) server.countedRecycles.shift();
      server.counters.add("hma_app_pool_recycles_total", [recycle.appPool, recycle.reason], recycle.atMs);
    }
  }
}

function isSameRecycle(one: CountedRecycle, other: CountedRecycle): boolean {
  return one.appPool === other.appPool && Math.abs(one.atMs - other.atMs) < 1_000;
}

/**
 * Whether the recycle was counted before at another time: late events moved it. The counted time then moves as well.
 */
function isMoved({ countedRecycles, workers }: ServerState, recycle: Recycle): boolean {
  const counted = countedRecycles.find(
    (one) =>
      one.appPool === recycle.appPool &&
      Math.abs(one.atMs - recycle.atMs) <= MOVED_RECYCLE_MS &&
      !workers.recycles().some((other) => isSameRecycle(one, other)),
  );
  if (counted !== undefined) counted.atMs = recycle.atMs;
  return counted !== undefined;
}

/** Whether events that give the reason may still arrive. */
function isWithoutEvent({ hasEventLog }: ServerState, { reason, source }: Recycle): boolean {
  return reason === "unknown" || (hasEventLog && source === "http_err");
}
