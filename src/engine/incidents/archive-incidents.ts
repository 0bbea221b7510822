import { type IncidentSpan, type Incidents, incidentsInOrder } from "../../detectors/incident.ts";
import { type RefusalRun, openLoopOf } from "../../detectors/loop.ts";
import { type RefusedClient, firstRefusalMs } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { type BookLoop, isChronic } from "./final-loops.ts";
import { loopRecord, recordOf } from "./findings.ts";
import type { IncidentRecord } from "./incident-record.ts";
import { type IncidentOfPool, type EngineView, viewAt, judgedPool } from "./engine-view.ts";
import type { PoolState } from "../server-state.ts";
import { DAY_MS, MINUTE_MS } from "../../model/durations.ts";

/** A final loop outside incidents is kept at most this long for loops that overlap it. */
const MAX_OVERLAP_MS = 120 * MINUTE_MS;

/** Archives and counts what no later row can change: incidents whose quiet time is over, and loops that can join no incident. */
export function archiveIncidents(engine: Engine, nowMs: number, slackMs: number): void {
  const view = viewAt(engine, nowMs);
  const finished: IncidentOfPool[] = [];
  const leaving = new Map<PoolState, Set<RefusalRun>>();
  for (const server of engine.servers) {
    for (const pool of server.pools.values()) {
      // Loops that are not final can only keep others here. Mostly nothing leaves, and then they need not be made.
      if (pool.finalLoops.size === 0 || isNone(leavingOf(view, pool, { slackMs, ...finalAlone(engine, pool) })))
        continue;
      const { spans, loops } = leavingOf(view, pool, { slackMs, ...judgedPool(view, pool) });
      for (const span of spans) finished.push({ server, pool, span });
      const gone = [...spans.flatMap((span) => span.loops), ...loops].map(({ span }) => span);
      if (gone.length > 0) leaving.set(pool, new Set(gone));
    }
  }
  // A cause depends on the incidents of the peers, so all causes are named before any incident leaves.
  const records = finished.map((one) => ({ ...one, record: recordOf(view, one) }));
  for (const { record, ...incident } of records) archiveIncident(engine, incident, record);
  for (const [pool, gone] of leaving) archiveLoops(view, pool, gone);
}

function finalAlone({ options }: Engine, pool: PoolState): Incidents<BookLoop> {
  const { incident } = options.rules;
  return incidentsInOrder(pool.finalLoops.ordered(incident.chronicMs), incident);
}

interface Leaving {
  readonly spans: readonly IncidentSpan<BookLoop>[];
  /** Loops that are part of no incident. */
  readonly loops: readonly BookLoop[];
}

function isNone({ spans, loops }: Leaving): boolean {
  return spans.length === 0 && loops.length === 0;
}

/** The given incidents that no loop can continue, and the loops outside incidents that none can join. */
function leavingOf(
  { engine, nowMs }: EngineView,
  pool: PoolState,
  { slackMs, spans, outside }: Incidents<BookLoop> & { readonly slackMs: number },
): Leaving {
  const { quietMs } = engine.options.rules.incident;
  const quiet = spans.filter(
    (span) => nowMs - span.coveredToMs >= quietMs + slackMs && span.loops.every((loop) => loop.isFinal),
  );
  const old = outside.filter(
    ({ isFinal, span }) => isFinal && nowMs - span.endMs >= Math.min(quietMs, MAX_OVERLAP_MS) + slackMs,
  );
  if (quiet.length === 0 && old.length === 0) return { spans: [], loops: [] };
  const streaksFromMs = earliestStreak(engine, pool, nowMs);
  return {
    spans: quiet.filter((span) => streaksFromMs >= span.coveredToMs + quietMs),
    loops: old.filter(({ span }) => {
      const isPast = nowMs - span.endMs >= quietMs + slackMs && streaksFromMs > span.endMs;
      return isPast || nowMs - span.endMs >= MAX_OVERLAP_MS + slackMs;
    }),
  };
}

function archiveIncident(engine: Engine, { server, pool }: IncidentOfPool, record: IncidentRecord): void {
  const labels = [pool.appPool, record.cause];
  server.counters.add("hma_incidents_total", labels, record.endMs);
  const seconds = (record.endMs - record.startMs) / 1000;
  server.counters.observe("hma_incident_duration_seconds", [record.cause], { atMs: record.endMs, value: seconds });
  pool.archived.push({ startMs: record.startMs, endMs: record.endMs });
  pool.archived = pool.archived.filter((one) => record.endMs - one.endMs < DAY_MS).slice(-500);
  engine.archive.incidents.push({ ...record, isOpen: false });
  if (engine.archive.incidents.length > engine.options.limits.pastIncidents) engine.archive.incidents.shift();
}

function archiveLoops(view: EngineView, pool: PoolState, gone: ReadonlySet<RefusalRun>): void {
  const { engine } = view;
  const server = engine.servers[pool.server];
  if (server === undefined) return;
  for (const loop of judgedPool(view, pool).loops)
    if (gone.has(loop.span)) engine.archive.loops.push(loopRecord(server, pool, loop));
  if (engine.archive.loops.length > engine.options.limits.pastLoops)
    engine.archive.loops.splice(0, engine.archive.loops.length - engine.options.limits.pastLoops);
  pool.finalLoops.remove(gone);
}

/** First request (Unix ms) of the pool's oldest run that may still grow and count for an incident; Infinity without one. */
function earliestStreak(engine: Engine, pool: PoolState, nowMs: number): number {
  const sinceMs = nowMs - engine.options.rules.incident.chronicMs;
  let earliest = engine.clients.earliestWatchedMs(pool.key);
  for (const key of pool.clientKeys) {
    const client = engine.clients.get(key);
    const first = client === undefined ? undefined : firstRefusalMs(engine.attempts, client);
    if (first === undefined || first >= earliest) continue;
    if (first >= sinceMs || client === undefined || !hasLeft(client)) earliest = first;
  }
  return earliest;
}

function hasLeft({ base }: RefusedClient): boolean {
  const open = openLoopOf(base);
  return open !== null && open.early !== null && isChronic(open);
}
