import { clientOf, requestFacts, type RequestFacts } from "../detectors/request-result.ts";
import type { LoopEntry, RefusalRun } from "../detectors/loop.ts";
import type { Recycle } from "../detectors/recycle.ts";
import { FRONT_END_POOL } from "../model/app-pool.ts";
import type { Protocol } from "../model/label-values.ts";
import type { LogKind, RequestRow, Row, RowPosition, WindowsEventRow, WorkerRow } from "../model/row.ts";
import { isSameServer } from "../model/snapshot/snapshot-facts.ts";
import { combineKeys } from "../model/text-key.ts";
import {
  hasNoRefusal,
  insertAttempt,
  insertSuccess,
  isSpent,
  newRefusedClient,
  removeAttempt,
  finaliseRuns,
  type RefusedClient,
} from "./clients/refused-client.ts";
import { serverOf, type Engine } from "./create-engine.ts";
import { archiveIncidents } from "./incidents/incident-book.ts";
import type { OpenRequest } from "./request-table.ts";
import {
  notePresence,
  poolOf,
  requestSlot,
  type CountedRecycle,
  type PoolState,
  type ServerState,
} from "./server-state.ts";
import { packFields } from "./clients/attempts.ts";
import {
  END_OF_TIME,
  type Horizon,
  horizonOf,
  isConclusive,
  isTimeUp,
  mayBeProxied,
  waitsForBackEnd,
} from "./requests/settling.ts";
import { FORGET_AFTER_MS, HISTORY_SLACK_MS, JUDGE_AFTER_MS, LATE_FILE_MS } from "./requests/waiting-times.ts";

/** In history, how far the clock has moved on before anything is looked at again. */
const HISTORY_STEP_MS = 10_000;
/** Live, how long between two looks at the requests that wait for a late file. */
const LATE_STEP_MS = 5_000;
/** A recovery action is logged within a minute of the kill it leads to: so long a recycle is held before it is counted. */
const RECYCLE_HOLD_MS = 75_000;
/**
 * Events are exported every quarter of an hour at some sites: so long a recycle without a reason is held, before it is counted as
 * unknown.
 */
const UNKNOWN_HOLD_MS = 1_200_000;
/** Events of one recycle stand within this time of each other (domain §5.3; IIS and its workers end within two minutes). */
const MOVED_RECYCLE_MS = 120_000;
/** Successes that a client brings along when it is first refused: what may stand between refusals that come late. */
const MAX_SUCCESSES = 4_096;
const MAX_EVENTS = 2_000;
const MAX_COUNTED_RECYCLES = 5_000;

/** Notes that a log of that kind is there, and the file's name. Called for every file before its first row. */
export function notePresent(
  engine: Engine,
  server: string,
  log: LogKind,
  file: { readonly fileKey: number; readonly path: string } | null = null,
): void {
  notePresence(serverOf(engine, server), log);
  if (file !== null) engine.files.note(file.fileKey, { server, path: file.path });
}

/** Takes a row. `clockMs` is the watch's clock in live mode (see `WatchClock`), and ignored in history. */
export function acceptRow(engine: Engine, serverName: string, row: Row, position: RowPosition, clockMs: number): void {
  const server = serverOf(engine, serverName);
  if (row.atMs < server.firstEventMs) server.firstEventMs = row.atMs;
  if (row.atMs > server.lastEventMs) server.lastEventMs = row.atMs;
  const arrivedAtMs = engine.options.mode === "live" ? clockMs : row.atMs;
  switch (row.kind) {
    case "request":
      if (engine.options.mode === "live") server.progress.note(row, clockMs);
      acceptRequest(engine, server, row, position, arrivedAtMs);
      break;
    case "worker":
      acceptWorker(engine, server, row, arrivedAtMs);
      break;
    case "abandoned":
      server.workers.noteAbandoned(row.appPool, row.atMs, arrivedAtMs);
      server.eventRows.note({ source: "http_err", atMs: row.atMs, about: row.appPool }, position);
      break;
    case "event":
      if (row.event.fact !== "noted")
        server.eventRows.note({ source: "events", atMs: row.atMs, about: row.label }, position);
      acceptEvent(engine, server, row, arrivedAtMs);
      break;
  }
}

/**
 * A worker process at work, shown by the OAuthOutbound log or by a row that is otherwise noise; or a Bearer request of our own probe that
 * reached it.
 */
export function acceptWorker(engine: Engine, server: ServerState, row: WorkerRow, arrivedAtMs: number): void {
  if (row.processId > 0)
    server.workers.noteProcess(row.appPool, row.processId, row.atMs, "oauth_outbound", arrivedAtMs);
  else poolOf(engine.pools, server, row.appPool).timeline.note(row.atMs, false);
}

/**
 * Moves the clock on: judges requests whose other rows are overdue, settles loops, finishes incidents. `clockMs`: the watch's
 * clock in live mode, watermark in history. `nowMs`: the instant up to which silence is known (live: the wall clock, or the newest
 * event if that is ahead).
 */
export function advance(engine: Engine, clockMs: number, nowMs: number): void {
  if (engine.options.mode === "history" && clockMs - engine.clockMs < HISTORY_STEP_MS) return;
  engine.clockMs = clockMs;
  const isLate = clockMs - engine.lastLateMs >= LATE_STEP_MS;
  if (isLate) engine.lastLateMs = clockMs;
  engine.table.expire(clockMs, (request) => {
    if (isLate || !request.isJudged) judgeRequest(engine, request, { isOverdue: true, clockMs });
  });
  if (engine.options.mode === "history" && clockMs - engine.lastFinalisedMs < 60_000) return;
  engine.lastFinalisedMs = clockMs;
  finaliseClients(engine, (pool) => horizonOf(engine, pool, clockMs, nowMs));
  const holdMs = engine.options.mode === "live" ? RECYCLE_HOLD_MS : HISTORY_SLACK_MS;
  countRecycles(engine, clockMs - holdMs, nowMs - holdMs);
  archiveIncidents(engine, nowMs, engine.options.mode === "live" ? LATE_FILE_MS : HISTORY_SLACK_MS);
}

/** Everything was read: judges and settles all that is left, as if silence followed. */
export function finaliseAll(engine: Engine): void {
  const everMs = Number.MAX_SAFE_INTEGER;
  engine.table.expire(everMs, (request) => judgeRequest(engine, request, { isOverdue: true, clockMs: everMs }));
  finaliseClients(engine, () => END_OF_TIME);
  countRecycles(engine, everMs, everMs);
  archiveIncidents(engine, everMs, 0);
}

function acceptRequest(
  engine: Engine,
  server: ServerState,
  row: RequestRow,
  position: RowPosition,
  arrivedAtMs: number,
): void {
  if (row.processId > 0 && server.workers.noteProcess(row.appPool, row.processId, row.atMs, "ews", arrivedAtMs)) {
    server.eventRows.note({ source: "ews", atMs: row.atMs, about: row.appPool }, position);
  }
  if (row.source === "iis_front" || row.source === "http_proxy")
    acceptFrontRow(engine, server, row, position, arrivedAtMs);
  else acceptBackRow(engine, server, row, position, arrivedAtMs);
}

function acceptFrontRow(
  engine: Engine,
  server: ServerState,
  row: RequestRow,
  position: RowPosition,
  arrivedAtMs: number,
): void {
  const slot = row.source === "iis_front" ? "iis" : "httpProxy";
  if (slot === "httpProxy") server.coverage.note(row.protocol, row.status, row.atMs);
  const waits = row.status === 401 || partnerIsThere(engine, server, row);
  if (row.requestKey === 0 && slot === "iis" && mayBeProxied(engine, server, row.protocol)) {
    engine.lastHeldKey -= 1;
    const held = newRequest(server, { ...row, requestKey: engine.lastHeldKey }, slot, position, arrivedAtMs);
    engine.table.add(held, (oldest) => judgeForced(engine, oldest, arrivedAtMs));
    return;
  }
  if (row.requestKey === 0 || !waits) {
    judgeRequest(engine, newRequest(server, row, slot, position, arrivedAtMs), {
      isOverdue: true,
      clockMs: arrivedAtMs,
    });
    return;
  }
  const known = engine.table.get(row.requestKey);
  if (known === undefined) {
    if (engine.completedRequestIds.has(combineKeys(row.requestKey, server.index))) return;
    const request = newRequest(server, row, slot, position, arrivedAtMs);
    engine.table.add(request, (oldest) => judgeForced(engine, oldest, arrivedAtMs));
    judgeRequest(engine, request, { isOverdue: false, clockMs: arrivedAtMs });
    return;
  }
  const hasFront = known.iis !== null || known.httpProxy !== null;
  // The same id again from the same log: a copy of the row. It counts once.
  if (known[slot] !== null && known.server === server.index) return;
  if (hasFront && known.server !== server.index) {
    // The same id at the front end of another server: another request, whatever the id says.
    judgeRequest(engine, newRequest(server, { ...row, requestKey: 0 }, slot, position, arrivedAtMs), {
      isOverdue: true,
      clockMs: arrivedAtMs,
    });
    return;
  }
  known[slot] = row;
  known.server = server.index;
  if (slot === "httpProxy" || !hasFront) known.position = position;
  judgeRequest(engine, known, { isOverdue: false, clockMs: arrivedAtMs });
}

/** The other front-end log exists, so that the row's request may be seen twice. Live, a log may still appear. */
function partnerIsThere(engine: Engine, server: ServerState, row: RequestRow): boolean {
  if (engine.options.mode === "live") return true;
  return row.source === "iis_front" ? server.proxies.has(row.protocol) : server.hasFront;
}

/** A back-end row adds to a request of the front end; it is one of its own only where no front-end log is. */
function acceptBackRow(
  engine: Engine,
  server: ServerState,
  row: RequestRow,
  position: RowPosition,
  arrivedAtMs: number,
): void {
  const tells = row.category !== null || row.status === 401;
  const isAlone = row.source !== "iis_back" && !hasFrontLog(server, row.protocol) && !isPeerLogged(engine, row);
  const known = row.requestKey === 0 ? undefined : engine.table.get(row.requestKey);
  if (known === undefined) {
    if (row.requestKey === 0 || !tells) {
      if (isAlone)
        judgeRequest(engine, newRequest(server, row, "backEnd", position, arrivedAtMs), {
          isOverdue: true,
          clockMs: arrivedAtMs,
        });
      return;
    }
    const request = newRequest(server, row, "backEnd", position, arrivedAtMs);
    engine.table.add(request, (oldest) => judgeForced(engine, oldest, arrivedAtMs));
    return;
  }
  if (!tells || (known.backEnd !== null && known.backEnd.category !== null)) return;
  known.backEnd = row;
  judgeRequest(engine, known, { isOverdue: false, clockMs: arrivedAtMs });
}

function hasFrontLog(server: ServerState, protocol: Protocol): boolean {
  return server.hasFront || server.proxies.has(protocol);
}

/** The row names the server whose front end took the request, and that one's logs are there: they tell of it. */
function isPeerLogged({ servers }: Engine, row: RequestRow): boolean {
  return (
    row.peerServer !== "" &&
    servers.some((one) => hasFrontLog(one, row.protocol) && isSameServer(one.name, row.peerServer))
  );
}

function newRequest(
  server: ServerState,
  row: RequestRow,
  slot: "iis" | "httpProxy" | "backEnd",
  position: RowPosition,
  arrivedAtMs: number,
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

interface Moment {
  /** The request has waited for its other rows for as long as they mostly take. */
  readonly isOverdue: boolean;
  readonly clockMs: number;
  /** It has to leave the table: it is judged by what is there. */
  readonly isForced?: boolean;
}

/**
 * Records a request as its client's attempt once it is known for what it is, or is overdue, and corrects it there. It is counted once no
 * further row can change what it is counted as: a counter is never taken back.
 */
function judgeRequest(engine: Engine, request: OpenRequest, { isOverdue, clockMs, isForced = false }: Moment): void {
  const server = engine.servers[request.server];
  if (server === undefined) return;
  if (request.iis === null && request.httpProxy === null && !isBackRequest(engine, server, request)) return;
  // A row of IIS without an id says nothing of whether HttpProxy shows its request as well.
  const isClear = request.key >= 0 && isConclusive(engine, server, request);
  if (!isOverdue && !request.isJudged && !isClear) return;
  if (request.key < 0 && isSeenByProxy(server, request)) {
    forgetHeld(engine, request);
    return;
  }
  const isEnd = isForced || request.key === 0 || (isOverdue && isTimeUp(engine, server, request, clockMs));
  const isKnown = isOverdue && request.isJudged && !request.usesAlias;
  if (isKnown && !isEnd) return;
  const facts = withAlias(engine, request, requestFacts(request), isOverdue);
  if (!request.isCounted && (isEnd || (isClear && !waitsForBackEnd(engine, request, facts)))) {
    count(server, facts);
    noteBearer(engine, server, facts, request);
    request.isCounted = true;
  }
  if (!isKnown || request.clientKey === null) recordAttempt(engine, server, request, facts, clockMs);
  else recordSuccess(engine, server, request, facts);
  request.isJudged = true;
  if (request.key < 0 && request.isCounted) engine.table.delete(request.key);
  const isDone = request.iis !== null && request.httpProxy !== null && facts.result === "success";
  if (!isDone || request.key === 0) return;
  engine.table.delete(request.key);
  engine.completedRequestIds.add(combineKeys(request.key, request.server));
}

/** A row of IIS without an id turned out to be one of HttpProxy's: it is no request of its own. */
function forgetHeld(engine: Engine, request: OpenRequest): void {
  engine.table.delete(request.key);
  removeRecorded(engine, request);
}

/** A row of IIS without an id, beside rows of HttpProxy that show its request. */
function isSeenByProxy(server: ServerState, { iis }: OpenRequest): boolean {
  return iis !== null && server.coverage.covers(iis.protocol, iis.status, iis.atMs);
}

/**
 * Live, the HttpProxy row comes up to a minute before that of IIS, to which Exchange adds a ClientId. Until then its client is the one
 * whom such rows turned out to be the last time: so what it does within this minute goes on where its last minutes stand, and is no
 * second client's.
 */
function withAlias(engine: Engine, request: OpenRequest, facts: RequestFacts, isOverdue: boolean): RequestFacts {
  if (engine.options.mode !== "live" || request.httpProxy === null) return facts;
  if (request.iis !== null) learnAlias(engine, request);
  const known = request.iis !== null || isOverdue ? undefined : engine.clientAliases.get(facts.client);
  request.usesAlias = known !== undefined;
  return known === undefined ? facts : { ...facts, client: known };
}

/** Learns from a request that IIS and HttpProxy saw whom to take for the client of its like. */
export function learnAlias({ clientAliases }: Engine, request: OpenRequest): void {
  const alone = clientOf({ ...request, iis: null });
  const client = clientOf(request);
  // Set anew: the map's order is that of the last use.
  clientAliases.delete(alone);
  if (alone === client) return;
  clientAliases.set(alone, client);
}

/** A request that leaves before its time is judged by what is there, unless it was. */
function judgeForced(engine: Engine, request: OpenRequest, arrivedAtMs: number): void {
  if (!request.isCounted) judgeRequest(engine, request, { isOverdue: true, clockMs: arrivedAtMs, isForced: true });
}

/** Seen by a back end alone: a request of its own only where the server has no front-end log that would have shown it. */
function isBackRequest(engine: Engine, server: ServerState, request: OpenRequest): boolean {
  return (
    request.backEnd !== null &&
    request.backEnd.source !== "iis_back" &&
    !hasFrontLog(server, request.backEnd.protocol) &&
    !isPeerLogged(engine, request.backEnd)
  );
}

function count(server: ServerState, facts: RequestFacts): void {
  const slot = requestSlot(facts.protocol, facts.scheme, facts.result);
  server.requests[slot] = (server.requests[slot] ?? 0) + 1;
  server.counters.noteRequest(facts.protocol, facts.scheme, facts.result, facts.atMs);
  if (facts.category === null) return;
  if (facts.result === "rejected")
    server.counters.add("hma_bearer_rejections_total", [facts.appPool, facts.category], facts.atMs);
  if (facts.result === "error")
    server.counters.add("hma_bearer_errors_total", [facts.appPool, facts.category], facts.atMs);
}

/** Puts a judged request where its client's loops are found. */
function recordAttempt(
  engine: Engine,
  server: ServerState,
  request: OpenRequest,
  facts: RequestFacts,
  arrivedAtMs: number,
): void {
  const pool = poolOfRequest(engine, server, facts);
  const clientKey = combineKeys(facts.client, pool.key);
  if (!removeRecorded(engine, request, clientKey)) return;
  const kind = entryKindOf(facts);
  let client = engine.clients.get(clientKey);
  recordSuccess(engine, server, request, facts);
  if (client === undefined) {
    if (kind !== "refused" && kind !== "asked") return;
    client = openTrack(engine, pool, clientKey, facts, arrivedAtMs);
  }
  insertAttempt(engine.attempts, client, {
    atMs: facts.atMs,
    fileKey: request.position.fileKey,
    offset: request.position.offset,
    kind,
    category: facts.category,
    isBackEnd: facts.isBackEnd,
    protocol: facts.protocol,
    arrivedAtMs,
  });
  request.clientKey = clientKey;
  request.attemptPosition = request.position;
}

/** Remembers a success for clients that are refused later, once its time and its client can change no more. */
function recordSuccess(
  engine: Engine,
  server: ServerState,
  { position, isCounted }: OpenRequest,
  facts: RequestFacts,
): void {
  if (!isCounted || entryKindOf(facts) !== "success") return;
  const clientKey = combineKeys(facts.client, poolOfRequest(engine, server, facts).key);
  engine.successes.add(clientKey, facts.atMs, position.fileKey, position.offset);
}

function poolOfRequest(engine: Engine, server: ServerState, { appPool, protocol }: RequestFacts): PoolState {
  return poolOf(engine.pools, server, appPool === "other" ? FRONT_END_POOL[protocol] : appPool);
}

/** Takes back what was recorded of the request; false when it is final, in the loops of the client whom the request still has. */
function removeRecorded({ clients, attempts }: Engine, request: OpenRequest, now: number | null = null): boolean {
  const { clientKey, attemptPosition } = request;
  if (clientKey === null || attemptPosition === null) return true;
  request.clientKey = null;
  const client = clients.get(clientKey);
  if (client === undefined || removeAttempt(attempts, client, attemptPosition)) return true;
  return clientKey !== now;
}

function entryKindOf({ result, category, asksForToken, isAnonymous }: RequestFacts): LoopEntry["kind"] {
  if (result === "rejected" || result === "suspected") return "refused";
  if (result === "challenge") return category !== null ? "refused" : asksForToken ? "asked" : "other";
  return result === "success" && !isAnonymous ? "success" : "other";
}

function noteBearer(engine: Engine, server: ServerState, facts: RequestFacts, request: OpenRequest): void {
  const { timeline } = poolOfRequest(engine, server, facts);
  const mayBeBearer = facts.scheme === "bearer" || (facts.scheme === "unknown" && request.iis?.hasUser !== true);
  if (!mayBeBearer || request.iis?.takesBearer === false || request.httpProxy?.takesBearer === false) return;
  if (facts.result === "success") timeline.note(facts.atMs, true);
  else if (entryKindOf(facts) === "refused") timeline.note(facts.atMs, false);
}

/** Begins to follow a client at its first refusal; the successes that are still known of it come along. */
function openTrack(
  engine: Engine,
  pool: PoolState,
  clientKey: number,
  facts: RequestFacts,
  arrivedAtMs: number,
): RefusedClient {
  const client = newRefusedClient(clientKey, pool.key, facts.client);
  const what = packFields({ kind: "success", category: null, isBackEnd: false, protocol: facts.protocol });
  // In history nothing comes later than the slack; what stands before it twice over is out of the way of all that may come.
  const sinceMs = engine.options.mode === "history" ? arrivedAtMs - 2 * HISTORY_SLACK_MS : -Infinity;
  engine.successes.visit(clientKey, { most: MAX_SUCCESSES, sinceMs }, (success) => {
    insertSuccess(engine.attempts, client, success, what, arrivedAtMs);
  });
  engine.clients.set(clientKey, client);
  pool.clientKeys.add(clientKey);
  if (engine.clients.size > engine.options.limits.tracks) dropOldestClients(engine);
  return client;
}

/**
 * The clients that were first refused longest ago make room, many at once (see `RequestTable.add`); their loops so far are kept as they
 * are.
 */
function dropOldestClients(engine: Engine): void {
  const most = engine.options.limits.tracks;
  for (const client of engine.clients.values()) {
    engine.clientsDropped += 1;
    closeTrack(engine, client, END_OF_TIME);
    engine.clients.delete(client.key);
    engine.attempts.clear(client);
    engine.pools.get(client.pool)?.clientKeys.delete(client.key);
    if (engine.clients.size <= most - (most >> 7)) return;
  }
}

function finaliseClients(engine: Engine, horizonOfPool: (pool: PoolState) => Horizon): void {
  const horizons = new Map<number, Horizon>();
  for (const client of engine.clients.values()) {
    let horizon = horizons.get(client.pool);
    if (horizon === undefined) {
      const pool = engine.pools.get(client.pool);
      horizon = pool === undefined ? END_OF_TIME : horizonOfPool(pool);
      horizons.set(client.pool, horizon);
    }
    closeTrack(engine, client, horizon);
    // In history nothing comes later than the slack, and a client that is busy and content would be followed for ever.
    if (!(engine.options.mode === "history" ? hasNoRefusal(client) : isSpent(client))) continue;
    engine.clients.delete(client.key);
    engine.attempts.clear(client);
    engine.pools.get(client.pool)?.clientKeys.delete(client.key);
  }
}

function closeTrack(engine: Engine, client: RefusedClient, horizon: Horizon): void {
  const { rules } = engine.options;
  const shortRuns: RefusalRun[] = [];
  const ended = finaliseRuns(engine.attempts, client, { horizon, rules, shortRuns });
  if (ended.length === 0 && shortRuns.length === 0) return;
  const pool = engine.pools.get(client.pool);
  const server = pool === undefined ? undefined : engine.servers[pool.server];
  if (pool === undefined || server === undefined) return;
  for (const run of shortRuns) server.mixedClients.note(client.identity, pool.appPool, run);
  for (const span of ended) {
    const isServed = client.wasServed || span.outcome === "recovered";
    pool.finalLoops.add({ clientKey: client.key, client: client.identity, wasServed: isServed, span });
    server.counters.add("hma_bearer_loops_total", [pool.appPool, span.outcome ?? "unresolved"], span.endMs);
    server.counters.observe(
      "hma_bearer_loop_duration_seconds",
      [pool.appPool],
      span.endMs,
      (span.endMs - span.startMs) / 1000,
    );
  }
}

/**
 * Counts the recycles of servers of which nothing new was learned since `quietSinceMs` (the engine's clock), each once, and those of
 * eight minutes before `untilMs` anyway. Live, one without a reason is counted twenty minutes after it, so that the counts are the same
 * whenever its events come until then.
 */
function countRecycles(engine: Engine, quietSinceMs: number, untilMs: number): void {
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
 * It was counted at another instant, of which nothing tells any more since its later events came; the count moves to the instant that
 * they tell.
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

/** Its events may still come, and say why it was. */
function isWithoutEvent({ hasEventLog }: ServerState, { reason, source }: Recycle): boolean {
  return reason === "unknown" || (hasEventLog && source === "http_err");
}

function acceptEvent(engine: Engine, server: ServerState, row: WindowsEventRow, arrivedAtMs: number): void {
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
