import { nameCause } from "../../causes/name-cause.ts";
import { mainCategory } from "../../detectors/loop.ts";
import type { PoolState, ServerState } from "../server-state.ts";
import type {
  Evidence,
  EvidenceKind,
  Findings,
  HintFinding,
  IncidentFinding,
  KeyChangeFinding,
  LoopFinding,
  RawRow,
  RawRowKind,
} from "../../model/finding.ts";
import { type EngineView, type IncidentOfPool, judgedPool } from "./engine-view.ts";
import { evidenceRowsOf } from "./evidence-rows.ts";
import type { BookLoop } from "./final-loops.ts";
import { contextOf } from "./incident-context.ts";
import type { IncidentRecord, LoopRecord } from "./incident-record.ts";
import { pseudonymOf } from "../pseudonym.ts";
import { WORKER_HEALS_WITHIN_MS } from "../../model/worker-healing.ts";
import { plural } from "../../model/text/counted.ts";
import { timeTextOfMs } from "../../model/text/time-text.ts";

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

interface FindingSources {
  /** Key of the clients' pseudonyms, or a function that returns it, which is called once, only when a client is named. */
  readonly secret: string | (() => string);
  /** Changes of the organisation's keys, which the logs do not show. */
  readonly keyChanges: readonly KeyChangeFinding[];
}

/** The findings of a view, without the accounting of files, which the engine knows nothing of. */
export function findingsOf(view: EngineView, { secret, keyChanges }: FindingSources): Omit<Findings, "accounting"> {
  const { engine } = view;
  const servers = [...engine.servers].sort((a, b) => compare(a.name, b.name));
  const incidents = [...engine.archive.incidents, ...servers.flatMap((server) => incidentsOfServer(view, server))];
  const loops = [...engine.archive.loops, ...servers.flatMap((server) => loopsOfServer(view, server))];
  const key = keyFor(loops, secret);
  const recycles = servers.flatMap((server) =>
    server.workers
      .recycles()
      .map(({ appPool, atMs, reason }) => ({ server: server.name, appPool, at: iso(atMs), reason })),
  );
  const fromMs = Math.min(...servers.map((server) => server.firstEventMs));
  const toMs = Math.max(...servers.map((server) => server.lastEventMs));
  return {
    servers: servers.map((server) => server.name),
    from: Number.isFinite(fromMs) ? iso(fromMs) : null,
    to: Number.isFinite(toMs) ? iso(toMs) : null,
    incidents: incidents
      .map(incidentFinding)
      .sort((a, b) => compare(a.start, b.start) || compare(a.server, b.server) || compare(a.appPool, b.appPool)),
    loops: loops
      .map((loop) => loopFinding(loop, key))
      .sort(
        (a, b) =>
          compare(a.start, b.start) ||
          compare(a.server, b.server) ||
          compare(a.appPool, b.appPool) ||
          compare(a.client, b.client),
      ),
    recycles: recycles.sort(
      (a, b) => compare(a.at, b.at) || compare(a.server, b.server) || compare(a.appPool, b.appPool),
    ),
    keyChanges: [...keyChanges].sort((a, b) => compare(a.at, b.at) || compare(a.kind, b.kind)),
    hints: servers.flatMap(hintsOf),
  };
}

function hintsOf({ name, mixedClients }: ServerState): HintFinding[] {
  return mixedClients.shared().map(({ appPool, fromMs, toMs, refusals }) => ({
    kind: "clients_not_told_apart",
    server: name,
    appPool,
    from: iso(fromMs),
    to: iso(toMs),
    refusals,
    text:
      `${name} ${appPool}: ${plural(refusals, "refusal")} come from one address with successes between them, ` +
      `from ${timeTextOfMs(fromMs)} to ${timeTextOfMs(toMs)}. ` +
      "Several clients stand behind it that cannot be told apart, so that no loop and no incident is found for them; " +
      "let the load balancer send X-Forwarded-For, and IIS log it",
  }));
}

/** An incident as the contract prints it. */
export function incidentFinding(record: IncidentRecord): IncidentFinding {
  return {
    id: incidentId(record),
    server: record.server,
    appPool: record.appPool,
    cause: record.cause,
    confidence: record.confidence,
    start: iso(record.startMs),
    end: record.isOpen ? null : iso(record.endMs),
    clients: record.clients,
    rejections: record.rejections,
    proven: record.proven,
    evidence: record.evidence.map((piece) => withRow(piece, record)),
  };
}

/** The rows that belong to an incident, in order of time; null when there is no such incident. */
export function rawRowsOf(view: EngineView, id: string): RawRow[] | null {
  const { engine } = view;
  const records = [...engine.archive.incidents, ...engine.servers.flatMap((server) => incidentsOfServer(view, server))];
  const record = records.find((one) => incidentId(one) === id);
  return record === undefined
    ? null
    : record.rows.map(({ atMs, what, server, file, offset }) => ({ at: iso(atMs), what, server, file, offset }));
}

const ROW_OF_EVIDENCE: Partial<Readonly<Record<EvidenceKind, RawRowKind>>> = {
  rejections: "first_refusal",
  recycle: "recycle",
  oauth_event: "event",
  auth_admin_event: "event",
};

function withRow(piece: Evidence, { rows }: IncidentRecord): Evidence {
  const what = ROW_OF_EVIDENCE[piece.kind];
  const row = rows.find((place) => place.what === what && iso(place.atMs) === piece.at);
  return row === undefined ? piece : { ...piece, place: { server: row.server, file: row.file, offset: row.offset } };
}

/**
 * Server, app pool and second of the first rejection: readable, and safe in a URL. Sample:
 * `EX01-MSExchangeServicesAppPool-20261122T080312Z`.
 */
export function incidentId(record: Pick<IncidentRecord, "server" | "appPool" | "startMs">): string {
  const instant = iso(record.startMs).replace(/[-:]/g, "").replace(/\.\d+/, "");
  return `${record.server.replace(/[^A-Za-z0-9_-]/g, "_")}-${record.appPool}-${instant}`;
}

/** The key of the pseudonyms; "" when there is no loop whose client would need it. */
function keyFor(loops: readonly LoopRecord[], secret: string | (() => string)): string {
  if (typeof secret === "string") return secret;
  return loops.length === 0 ? "" : secret();
}

function loopFinding(record: LoopRecord, secret: string): LoopFinding {
  return {
    server: record.server,
    appPool: record.appPool,
    protocol: record.protocol,
    client: pseudonymOf(record.client, secret),
    start: iso(record.startMs),
    end: record.outcome === null ? null : iso(record.endMs),
    rejections: record.rejections,
    category: record.category,
    outcome: record.outcome,
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
