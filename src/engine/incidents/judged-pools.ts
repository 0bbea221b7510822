import { type Incidents, type IncidentSpan, compareLoops, incidentsInOrder } from "../../detectors/incident.ts";
import { loopsOf } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { type BookLoop, bookLoop, merged } from "./final-loops.ts";
import type { PoolState, ServerState } from "../server-state.ts";

/** An incident, with its app pool and server. */
export interface IncidentOfPool {
  readonly server: ServerState;
  readonly pool: PoolState;
  readonly span: IncidentSpan<BookLoop>;
}

/**
 * The loops and incidents of all app pools at `nowMs` (Unix ms). Each pool is judged once, when it is first asked for. Valid until the
 * engine takes a row or its clock moves on.
 */
export interface JudgedPools {
  readonly engine: Engine;
  readonly nowMs: number;
  readonly pools: Map<PoolState, JudgedPool>;
}

interface JudgedPool extends Incidents<BookLoop> {
  readonly loops: readonly BookLoop[];
}

const NOTHING: JudgedPool = { loops: [], spans: [], outside: [] };

export function judgePools(engine: Engine, nowMs: number): JudgedPools {
  return { engine, nowMs, pools: new Map() };
}

export function judgedPool({ engine, nowMs, pools }: JudgedPools, pool: PoolState): JudgedPool {
  if (pool.finalLoops.size === 0 && pool.clientKeys.size === 0) return NOTHING;
  const known = pools.get(pool);
  if (known !== undefined) return known;
  const loops = bookLoops(engine, pool, nowMs);
  const judged = { loops, ...incidentsInOrder(loops, engine.options.rules.incident) };
  pools.set(pool, judged);
  return judged;
}

/** All loops of the pool, final or not, in the order of `compareLoops`. */
function bookLoops(engine: Engine, pool: PoolState, nowMs: number): readonly BookLoop[] {
  const { rules } = engine.options;
  const { chronicMs } = rules.incident;
  const loops: BookLoop[] = [];
  for (const key of pool.clientKeys) {
    const client = engine.clients.get(key);
    if (client === undefined) continue;
    for (const span of loopsOf(engine.attempts, client, nowMs, rules))
      loops.push(bookLoop(client.identity, span, { wasServed: client.wasServed, isFinal: false, nowMs, chronicMs }));
  }
  const final = pool.finalLoops.ordered(chronicMs);
  return loops.length === 0 ? final : merged(final, loops.sort(compareLoops));
}
