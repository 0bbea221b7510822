import { type Incidents, type IncidentSpan, compareLoops, incidentsInOrder } from "../../detectors/incident.ts";
import { loopsOf } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { type BookLoop, bookLoop, merged } from "./final-loops.ts";
import type { IncidentRecord } from "./incident-record.ts";
import type { PoolState, ServerState } from "../server-state.ts";

/** An incident, with its app pool and server. */
export interface IncidentOfPool {
  readonly server: ServerState;
  readonly pool: PoolState;
  readonly span: IncidentSpan<BookLoop>;
}

/**
 * What an engine shows at `nowMs` (Unix ms), for those who only read. Loops and incidents are judged when they are first asked for, each
 * once. Valid until the engine changes.
 */
export interface EngineView {
  readonly engine: Engine;
  readonly nowMs: number;
  /** The engine's `revision` and `changes` for which the view is valid. */
  readonly revision: number;
  readonly changes: number;
  readonly pools: Map<PoolState, JudgedPool>;
  readonly incidents: Map<ServerState, readonly IncidentRecord[]>;
  /** How many pools and incidents were judged for this view. */
  judgements: number;
}

interface JudgedPool extends Incidents<BookLoop> {
  readonly loops: readonly BookLoop[];
}

const NOTHING: JudgedPool = { loops: [], spans: [], outside: [] };

/** An instant lasts this long, ms: answers within it are given from one view, unless the engine changes. */
const INSTANT_MS = 1_000;

export function viewAt(engine: Engine, nowMs: number): EngineView {
  const { revision, changes } = engine;
  return { engine, nowMs, revision, changes, pools: new Map(), incidents: new Map(), judgements: 0 };
}

/** True when the view is still valid and of the same instant as `nowMs` (Unix ms). */
export function isViewOf({ engine, nowMs: atMs, revision, changes }: EngineView, nowMs: number): boolean {
  const isUnchanged = engine.revision === revision && engine.changes === changes;
  return isUnchanged && nowMs >= atMs && nowMs < atMs + INSTANT_MS;
}

export function judgedPool(view: EngineView, pool: PoolState): JudgedPool {
  const { engine, nowMs, pools } = view;
  if (pool.finalLoops.size === 0 && pool.clientKeys.size === 0) return NOTHING;
  const known = pools.get(pool);
  if (known !== undefined) return known;
  view.judgements += 1;
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
    for (const span of loopsOf(engine.attempts, client, { nowMs, rules }))
      loops.push(bookLoop(client.identity, span, { wasServed: client.wasServed, isFinal: false, nowMs, chronicMs }));
  }
  const final = pool.finalLoops.ordered(chronicMs);
  return loops.length === 0 ? final : merged(final, loops.sort(compareLoops));
}
