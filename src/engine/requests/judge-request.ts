import { type RequestFacts, requestFacts } from "../../detectors/request-result.ts";
import type { Engine } from "../create-engine.ts";
import { withAlias } from "./client-alias.ts";
import { hasFrontLog, isPeerLogged } from "./front-end-logs.ts";
import { entryKindOf, poolOfRequest, recordAttempt, recordSuccess, removeRecorded } from "./record-attempt.ts";
import type { OpenRequest } from "./open-request.ts";
import { type BackEndsReadTo, isComplete, isConclusive, isTimeUp, waitsForBackEnd } from "./settling.ts";
import { type ServerState, requestSlot } from "../server-state.ts";
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
    isForced || request.key === 0 || (isOverdue && isTimeUp(engine, server, request, { clockMs, backEndsTo }));
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
  if (request.key === 0 || !isComplete(engine, request, facts)) return;
  engine.table.delete(request.key);
  engine.completedRequestIds.add(combineKeys(request.key, request.server));
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

/** Counts a request in `hma_requests_total` and, if refused or failed, by category. Call it once per request. */
export function count(server: ServerState, facts: RequestFacts): void {
  const slot = requestSlot(facts.protocol, facts.scheme, facts.result);
  server.requests[slot] = (server.requests[slot] ?? 0) + 1;
  server.counters.noteRequest(facts.protocol, facts.scheme, facts.result, facts.atMs);
  if (facts.category === null) return;
  if (facts.result === "rejected")
    server.counters.add("hma_bearer_rejections_total", [facts.appPool, facts.category], facts.atMs);
  if (facts.result === "error")
    server.counters.add("hma_bearer_errors_total", [facts.appPool, facts.category], facts.atMs);
}

function noteBearer(engine: Engine, server: ServerState, facts: RequestFacts, request: OpenRequest): void {
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
