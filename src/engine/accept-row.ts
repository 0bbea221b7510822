import { type Engine, serverOf } from "./create-engine.ts";
import { hasFrontLog, isPeerLogged, partnerIsThere } from "./requests/front-end-logs.ts";
import { judgeForced, judgeRequest } from "./requests/judge-request.ts";
import type { OpenRequest } from "./requests/open-request.ts";
import { mayBeProxied } from "./requests/settling.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "./requests/waiting-times.ts";
import { type ServerState, poolOf } from "./server-state.ts";
import type { RequestRow, Row, RowPosition, WindowsEventRow, WorkerRow } from "../model/row.ts";
import { combineKeys } from "../model/text-key.ts";

/** Events kept per server and kind. Beyond it, the oldest quarter is dropped. */
const MAX_EVENTS = 2_000;

/** A row of a log of the server of that name. `clockMs` (Unix ms): the hold clock in live mode; ignored in history. */
export interface ReadRow {
  readonly server: string;
  readonly row: Row;
  readonly position: RowPosition;
  readonly clockMs: number;
}

/** Takes a row of a server's log. */
export function acceptRow(engine: Engine, { server: name, row, position, clockMs }: ReadRow): void {
  engine.revision += 1;
  const server = serverOf(engine, name);
  if (row.atMs < server.firstEventMs) server.firstEventMs = row.atMs;
  if (row.atMs > server.lastEventMs) server.lastEventMs = row.atMs;
  const arrivedAtMs = engine.options.mode === "live" ? clockMs : row.atMs;
  switch (row.kind) {
    case "request":
      if (engine.options.mode === "live") server.progress.note(row, clockMs);
      acceptRequest(engine, { server, row, position, arrivedAtMs });
      break;
    case "worker":
      acceptWorker(engine, { server: name, row, clockMs: arrivedAtMs });
      break;
    case "abandoned":
      server.workers.noteAbandoned(row.appPool, row.atMs, arrivedAtMs);
      server.eventRows.note({ source: "http_err", atMs: row.atMs, about: row.appPool }, position);
      break;
    case "event":
      if (row.event.fact !== "noted")
        server.eventRows.note({ source: "events", atMs: row.atMs, about: row.label }, position);
      acceptEvent(engine, server, { row, arrivedAtMs });
      break;
  }
}

/**
 * Notes a worker process at work: the OAuthOutbound log or a row of noise shows it (with its process id), or our own probe sent it a
 * Bearer request (process id 0). `clockMs` (Unix ms): the engine's clock.
 */
export function acceptWorker(
  engine: Engine,
  { server: name, row, clockMs }: Omit<ReadRow, "row" | "position"> & { readonly row: WorkerRow },
): void {
  engine.changes += 1;
  const server = serverOf(engine, name);
  const { appPool, processId, atMs } = row;
  if (processId > 0) server.workers.noteProcess({ appPool, processId, atMs, source: "oauth_outbound" }, clockMs);
  else poolOf(engine.pools, server, appPool).timeline.note(atMs, false);
}

/** Takes a Windows event of a server. An event with a known key was exported twice and is ignored. */
function acceptEvent(
  engine: Engine,
  server: ServerState,
  { row, arrivedAtMs }: { readonly row: WindowsEventRow; readonly arrivedAtMs: number },
): void {
  if (engine.seenEvents.has(row.eventKey)) return;
  engine.seenEvents.add(row.eventKey);
  server.workers.noteEvent(row, arrivedAtMs);
  const { event, atMs, label } = row;
  if (event.fact === "oauth")
    server.oauthEvents = withNote(server.oauthEvents, { atMs, name: event.name, appPool: event.appPool, label });
  if (event.fact === "auth_admin")
    server.authAdminEvents = withNote(server.authAdminEvents, { atMs, name: event.name, label, server: server.name });
}

function withNote<N extends { readonly atMs: number }>(notes: N[], note: N): N[] {
  notes.push(note);
  return notes.length > MAX_EVENTS ? notes.sort((a, b) => a.atMs - b.atMs).slice(MAX_EVENTS / 4) : notes;
}

/** A row of a request log that has arrived. `arrivedAtMs`: the engine's clock, Unix ms. */
interface Arrival {
  readonly server: ServerState;
  readonly row: RequestRow;
  readonly position: RowPosition;
  readonly arrivedAtMs: number;
}

/** Joins a row of a request log with the rows of the same request in other logs. */
function acceptRequest(engine: Engine, arrival: Arrival): void {
  const { server, row, position, arrivedAtMs } = arrival;
  const { appPool, processId, atMs } = row;
  if (processId > 0 && server.workers.noteProcess({ appPool, processId, atMs, source: "ews" }, arrivedAtMs))
    server.eventRows.note({ source: "ews", atMs, about: appPool }, position);
  if (row.source === "iis_front" || row.source === "http_proxy") acceptFrontRow(engine, arrival);
  else acceptBackRow(engine, arrival);
}

function acceptFrontRow(engine: Engine, arrival: Arrival): void {
  const { server, row, position, arrivedAtMs } = arrival;
  const slot = row.source === "iis_front" ? "iis" : "httpProxy";
  if (slot === "httpProxy") server.coverage.note(row.protocol, row.status, row.atMs);
  const waits = row.status === 401 || partnerIsThere(engine, server, row);
  if (row.requestKey === 0 && slot === "iis" && mayBeProxied(engine, server, row.protocol)) {
    engine.lastHeldKey -= 1;
    engine.table.add(
      newRequest({ ...arrival, row: { ...row, requestKey: engine.lastHeldKey } }, slot),
      forcedAt(engine, arrivedAtMs),
    );
    return;
  }
  if (row.requestKey === 0 || !waits) {
    judgeRequest(engine, newRequest(arrival, slot), { isOverdue: true, clockMs: arrivedAtMs });
    return;
  }
  if (slot === "iis" && engine.table.hasSettled(row.requestKey, server.index)) return;
  const known = engine.table.get(row.requestKey);
  if (known === undefined) {
    if (engine.completedRequestIds.has(combineKeys(row.requestKey, server.index))) return;
    const request = newRequest(arrival, slot);
    const onForced = forcedAt(engine, arrivedAtMs);
    if (engine.options.mode === "live") {
      engine.table.add(request, onForced);
      judgeRequest(engine, request, { isOverdue: false, clockMs: arrivedAtMs });
    } else {
      judgeRequest(engine, request, { isOverdue: false, clockMs: arrivedAtMs });
      engine.table.addJudged(request, onForced);
    }
    return;
  }
  const hasFront = known.iis !== null || known.httpProxy !== null;
  // The same log already has a row with this id: a copy of the row, which must not count again.
  if (known[slot] !== null && known.server === server.index) return;
  if (hasFront && known.server !== server.index) {
    // The front end of another server logged the same id: this is another request.
    const other = newRequest({ ...arrival, row: { ...row, requestKey: 0 } }, slot);
    judgeRequest(engine, other, { isOverdue: true, clockMs: arrivedAtMs });
    return;
  }
  known[slot] = row;
  known.server = server.index;
  if (slot === "httpProxy" || !hasFront) known.position = position;
  judgeRequest(engine, known, { isOverdue: false, clockMs: arrivedAtMs });
  engine.table.update(known);
}

/** Judges requests that must leave the full table. */
export function forcedAt(engine: Engine, arrivedAtMs: number): (oldest: OpenRequest) => void {
  return (oldest) => {
    judgeForced(engine, oldest, arrivedAtMs);
  };
}

/** A back-end row completes the front end's request. It is a request by itself only where there is no front-end log. */
function acceptBackRow(engine: Engine, arrival: Arrival): void {
  const { server, row, arrivedAtMs } = arrival;
  const tells = row.category !== null || row.status === 401;
  const isAlone = row.source !== "iis_back" && !hasFrontLog(server, row.protocol) && !isPeerLogged(engine, row);
  const known = row.requestKey === 0 ? undefined : engine.table.get(row.requestKey);
  if (known === undefined) {
    if (row.requestKey === 0 || !tells) {
      if (isAlone) judgeRequest(engine, newRequest(arrival, "backEnd"), { isOverdue: true, clockMs: arrivedAtMs });
      return;
    }
    engine.table.add(newRequest(arrival, "backEnd"), forcedAt(engine, arrivedAtMs));
    return;
  }
  if (!tells || (known.backEnd !== null && known.backEnd.category !== null)) return;
  known.backEnd = row;
  judgeRequest(engine, known, { isOverdue: false, clockMs: arrivedAtMs });
  engine.table.update(known);
}

/** A request of which one row is known. */
export function newRequest(
  { server, row, position, arrivedAtMs }: Arrival,
  slot: "iis" | "httpProxy" | "backEnd",
): OpenRequest {
  return {
    key: row.requestKey,
    server: server.index,
    iis: slot === "iis" ? row : null,
    httpProxy: slot === "httpProxy" ? row : null,
    backEnd: slot === "backEnd" ? row : null,
    position,
    isJudged: false,
    isCounted: false,
    usesAlias: false,
    judgeAtMs: arrivedAtMs + JUDGE_AFTER_MS,
    forgetAtMs: arrivedAtMs + FORGET_AFTER_MS,
    clientKey: null,
    attemptPosition: null,
  };
}
