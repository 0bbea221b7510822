import type { LoopEntry } from "../../detectors/loop.ts";
import { type RequestFacts, requestFacts } from "../../detectors/request-result.ts";
import { followClient } from "../clients/follow-clients.ts";
import { insertAttempt, removeAttempt } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { withAlias } from "./client-alias.ts";
import { hasFrontLog, isPeerLogged } from "./front-end-logs.ts";
import type { OpenRequest } from "./open-request.ts";
import { type BackEndsReadTo, isComplete, isConclusive, isTimeUp, waitsForBackEnd } from "./settling.ts";
import {
  accountedPool,
  poolOf,
  requestSlot,
  type CountedRequest,
  type PoolState,
  type ServerState,
} from "../server-state.ts";
import { combineKeys } from "../../model/text-key.ts";

interface Moment {
  /** The request has waited `JUDGE_AFTER_MS` for its other rows. */
  readonly isOverdue: boolean;
  readonly clockMs: number;
  /** The request must leave the full table: it is judged by the rows it has. */
  readonly isForced?: boolean;
  /** Of the same moment, for many requests at once; absent: found out for this request. */
  readonly backEndsTo?: BackEndsReadTo;
}

/** A request of a server, and its result. */
interface Judged {
  readonly server: ServerState;
  readonly request: OpenRequest;
  readonly facts: RequestFacts;
}

/**
 * Records the request as an attempt of its client as soon as its result is certain or its other rows are overdue; later rows correct the
 * attempt. The request is counted when no further row can change its labels, because a counter never goes back.
 */
export function judgeRequest(
  engine: Engine,
  request: OpenRequest,
  { isOverdue, clockMs, isForced = false, backEndsTo }: Moment,
): void {
  const server = engine.servers[request.server];
  if (server === undefined) return;
  if (request.iis === null && request.httpProxy === null && !isBackRequest(engine, server, request)) return;
  // An IIS row without an id does not show whether HttpProxy has a row of the same request.
  const isClear = request.key >= 0 && isConclusive(engine, server, request);
  if (!isOverdue && !request.isJudged && !isClear) return;
  if (request.key < 0 && isSeenByProxy(server, request)) {
    forgetHeld(engine, request);
    return;
  }
  const isEnd =
    isForced || request.key === 0 || (isOverdue && isTimeUp(engine, request, { server, clockMs, backEndsTo }));
  const isKnown = isOverdue && request.isJudged && !request.usesAlias;
  if (isKnown && !isEnd) return;
  const facts = withAlias(engine, request, { facts: requestFacts(request), isOverdue });
  const judged = { server, request, facts };
  if (!request.isCounted && (isEnd || (isClear && !waitsForBackEnd(engine, request, facts)))) {
    countRequest(server, countedOf(facts), facts.atMs);
    noteBearer(engine, judged);
    request.isCounted = true;
  }
  if (!isKnown || request.clientKey === null) recordAttempt(engine, judged, clockMs);
  else recordSuccess(engine, judged);
  request.isJudged = true;
  if (request.key < 0 && request.isCounted) engine.table.delete(request.key);
  if (request.key === 0 || !isComplete(engine, request, facts)) return;
  engine.table.delete(request.key);
  engine.completedRequestIds.add(combineKeys(request.key, request.server));
  engine.table.noteCompleted();
}

/** Judges a request that leaves the full table by the rows it has, unless it was counted before. */
export function judgeForced(engine: Engine, request: OpenRequest, arrivedAtMs: number): void {
  if (!request.isCounted) judgeRequest(engine, request, { isOverdue: true, clockMs: arrivedAtMs, isForced: true });
}

/** Removes an IIS row without an id: HttpProxy rows show the same request. */
function forgetHeld(engine: Engine, request: OpenRequest): void {
  engine.table.delete(request.key);
  removeRecorded(engine, request);
}

/** Whether HttpProxy rows show the request of this IIS row without an id. */
function isSeenByProxy(server: ServerState, { iis }: OpenRequest): boolean {
  return iis !== null && server.coverage.covers(iis.protocol, iis.status, iis.atMs);
}

/** Whether a back-end row alone makes a request: only where no front-end log would have shown it. */
function isBackRequest(engine: Engine, server: ServerState, request: OpenRequest): boolean {
  return (
    request.backEnd !== null &&
    request.backEnd.source !== "iis_back" &&
    !hasFrontLog(server, request.backEnd.protocol) &&
    !isPeerLogged(engine, request.backEnd)
  );
}

/** As what the request is counted. */
function countedOf({ protocol, scheme, result, appPool, category }: RequestFacts): CountedRequest {
  const reason = category === null ? null : [appPool, category];
  return { protocol, scheme, result, slot: requestSlot(protocol, scheme, result), reason };
}

/** Counts a request in `hma_requests_total` and, if refused or failed, by category. Call it once per request. */
export function countRequest(
  server: ServerState,
  { protocol, scheme, result, slot, reason }: CountedRequest,
  atMs: number,
): void {
  server.requests[slot] = (server.requests[slot] ?? 0) + 1;
  server.counters.noteRequest(protocol, scheme, result, atMs);
  if (reason === null) return;
  if (result === "rejected") server.counters.add("hma_bearer_rejections_total", reason, atMs);
  if (result === "error") server.counters.add("hma_bearer_errors_total", reason, atMs);
}

function noteBearer(engine: Engine, { server, request, facts }: Judged): void {
  if (!mayBeBearer(facts, request)) return;
  const { timeline } = poolOfRequest(engine, server, facts);
  if (facts.result === "success") timeline.note(facts.atMs, true);
  else if (entryKindOf(facts) === "refused") timeline.note(facts.atMs, false);
}

/** Whether the client may have presented a Bearer token, as far as the rows of both front-end logs show. */
export function mayBeBearer(
  { scheme }: Pick<RequestFacts, "scheme">,
  { iis, httpProxy }: Pick<OpenRequest, "iis" | "httpProxy">,
): boolean {
  if (scheme !== "bearer" && (scheme !== "unknown" || iis?.hasUser === true)) return false;
  return iis?.takesBearer !== false && httpProxy?.takesBearer !== false;
}

/** Adds a judged request to the attempts of its client. */
function recordAttempt(engine: Engine, judged: Judged, arrivedAtMs: number): void {
  const { server, request, facts } = judged;
  const pool = poolOfRequest(engine, server, facts);
  const clientKey = combineKeys(facts.client, pool.key);
  if (!removeRecorded(engine, request, clientKey)) return;
  const kind = entryKindOf(facts);
  let client = engine.clients.get(clientKey);
  recordSuccess(engine, judged);
  if (client === undefined) {
    if (kind !== "refused" && kind !== "asked") return;
    client = followClient(engine, pool, { clientKey, facts, arrivedAtMs });
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

/** Remembers a counted success, for the case that its client is refused later. */
function recordSuccess(engine: Engine, { server, request: { position, isCounted }, facts }: Judged): void {
  if (!isCounted || entryKindOf(facts) !== "success") return;
  const clientKey = combineKeys(facts.client, poolOfRequest(engine, server, facts).key);
  engine.successes.add(clientKey, facts.atMs, position.fileKey, position.offset);
}

/** The app pool that served the request; for an unknown one, the front-end pool of its protocol. */
export function poolOfRequest(
  engine: Engine,
  server: ServerState,
  request: Pick<RequestFacts, "appPool" | "protocol">,
): PoolState {
  return poolOf(engine.pools, server, accountedPool(request));
}

/** Removes the request's attempt. Returns false when the attempt is final already and the client (`now`) is unchanged. */
function removeRecorded({ clients, attempts }: Engine, request: OpenRequest, now: number | null = null): boolean {
  const { clientKey, attemptPosition } = request;
  if (clientKey === null || attemptPosition === null) return true;
  request.clientKey = null;
  const client = clients.get(clientKey);
  if (client === undefined || removeAttempt(attempts, client, attemptPosition)) return true;
  return clientKey !== now;
}

/** What a request is for the loop detection. A challenge counts as a refusal when the log gives a reason. */
export function entryKindOf({ result, category, asksForToken, isAnonymous }: RequestFacts): LoopEntry["kind"] {
  if (result === "rejected" || result === "suspected") return "refused";
  if (result === "challenge") return category !== null ? "refused" : asksForToken ? "asked" : "other";
  return result === "success" && !isAnonymous ? "success" : "other";
}
