import { nameCause } from "../../causes/name-cause.ts";
import { mainCategory } from "../../detectors/loop.ts";
import { evidenceRowsOf } from "./evidence-rows.ts";
import type { BookLoop } from "./final-loops.ts";
import { contextOf } from "./incident-context.ts";
import type { IncidentRecord, LoopRecord } from "./incident-record.ts";
import { type IncidentOfPool, type EngineView, judgedPool } from "./engine-view.ts";
import type { PoolState, ServerState } from "../server-state.ts";
import { WORKER_HEALS_WITHIN_MS } from "../../model/worker-healing.ts";

/** The incidents of a server that are not archived yet, open or not. */
export function incidentsOfServer(view: EngineView, server: ServerState): readonly IncidentRecord[] {
  const known = view.incidents.get(server);
  if (known !== undefined) return known;
  const incidents = [...server.pools.values()].flatMap((pool) =>
    judgedPool(view, pool).spans.map((span) => recordOf(view, { server, pool, span })),
  );
  view.incidents.set(server, incidents);
  return incidents;
}

/** The loops of a server that are not archived yet. */
export function loopsOfServer(view: EngineView, server: ServerState): LoopRecord[] {
  return [...server.pools.values()].flatMap((pool) =>
    judgedPool(view, pool).loops.map((loop) => loopRecord(server, pool, loop)),
  );
}

export function loopRecord(server: ServerState, pool: PoolState, { span, client }: BookLoop): LoopRecord {
  return {
    server: server.name,
    appPool: pool.appPool,
    protocol: span.protocol,
    client,
    startMs: span.startMs,
    endMs: span.endMs,
    rejections: span.rejections,
    category: mainCategory(span),
    outcome: span.outcome,
  };
}

export function recordOf(view: EngineView, incident: IncidentOfPool): IncidentRecord {
  const { engine } = view;
  view.judgements += 1;
  const { server, pool, span } = incident;
  const context = contextOf(view, incident);
  const verdict = nameCause(context);
  const recycle = verdict.evidence.find((one) => one.kind === "recycle");
  const firstBearerMs =
    recycle === undefined ? null : context.firstBearerSince(Math.min(Date.parse(recycle.at), span.startMs));
  return {
    ...verdict,
    server: server.name,
    appPool: pool.appPool,
    startMs: span.startMs,
    endMs: span.endMs,
    isOpen: context.isOpen,
    clients: context.clients,
    rejections: context.rejections,
    proven: context.proven > 0,
    expectedEndMs: firstBearerMs === null ? null : firstBearerMs + WORKER_HEALS_WITHIN_MS,
    rows: evidenceRowsOf({
      engine,
      server,
      loops: span.loops.map((loop) => loop.span),
      context,
      evidence: verdict.evidence,
    }),
  };
}
