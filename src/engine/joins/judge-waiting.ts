import { requestFacts } from "../../detectors/request-result.ts";
import type { RequestRow } from "../../model/row.ts";
import { combineAt, combineKeys } from "../../model/text-key.ts";
import { packFields } from "../clients/attempts.ts";
import { followClient } from "../clients/follow-clients.ts";
import { insertPacked, removeAttempt } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { partnerIsThere } from "../requests/front-end-logs.ts";
import { countRequest, entryKindOf, mayBeBearer, poolOfRequest } from "../requests/judge-request.ts";
import type { OpenRequest } from "../requests/open-request.ts";
import { isComplete, isConclusive, waitsForBackEnd } from "../requests/settling.ts";
import { requestSlot, type RequestKind, type ServerState } from "../server-state.ts";
import {
  ATTEMPT_FILE,
  ATTEMPT_OFFSET,
  CLIENT_KEY,
  CODES,
  FILE_KEY,
  FLAGS,
  HAS_ATTEMPT,
  HTTP_PROXY,
  HTTP_PROXY_KIND,
  IIS,
  IIS_KIND,
  IS_COUNTED,
  IS_JUDGED,
  NUMBERS,
  OFFSET,
  ROW_ADDRESS,
  ROW_AGENT,
  ROW_AT,
  ROW_IDS,
  SERVER,
} from "./waiting-requests.ts";

/** `isOverdue`: the request has waited for its other rows. `clockMs`: the engine's clock, Unix ms. */
interface Moment {
  readonly isOverdue: boolean;
  readonly clockMs: number;
}

/** Judges a request of `RequestTable.waiting` with the same result as `judgeRequest()`, which needs it as an object. History only. */
export function judgeWaiting(engine: Engine, request: number, { isOverdue, clockMs }: Moment): void {
  judged[CLOCK] = clockMs;
  judge(engine, request, isOverdue);
}

/** Like `judgeWaiting()`, for a request of which a row has just come, whose time is the engine's clock. `slot`: that of the row. */
export function judgeArrived(engine: Engine, request: number, slot: typeof IIS | typeof HTTP_PROXY): void {
  judged[CLOCK] = engine.table.waiting.numbers[request * NUMBERS + slot + ROW_AT] ?? 0;
  judge(engine, request, false);
}

function judge(engine: Engine, request: number, isOverdue: boolean): void {
  const { numbers, codes } = engine.table.waiting;
  const codesAt = request * CODES;
  const server = engine.servers[codes[codesAt + SERVER] ?? -1];
  if (server === undefined) return;
  const iis = codes[codesAt + IIS_KIND] ?? -1;
  const httpProxy = codes[codesAt + HTTP_PROXY_KIND] ?? -1;
  const kind = server.requestKinds.get(iis, httpProxy) ?? newKindOfRequest(engine, server, [iis, httpProxy]);
  const flags = codes[codesAt + FLAGS] ?? 0;
  const wasJudged = (flags & IS_JUDGED) !== 0;
  if (!isOverdue && !wasJudged && !kind.isClear) return;
  const at = request * NUMBERS;
  const atMs = numbers[at + (httpProxy >= 0 ? HTTP_PROXY : IIS) + ROW_AT] ?? 0;
  let isCounted = (flags & IS_COUNTED) !== 0;
  if (!isCounted && (isOverdue || kind.isCountedAtOnce)) {
    countRequest(server, kind, atMs);
    if (kind.token !== null) kind.pool.timeline.note(atMs, kind.token === "accepted");
    isCounted = true;
  }
  codes[codesAt + FLAGS] = flags | IS_JUDGED | (isCounted ? IS_COUNTED : 0);
  judged[JUDGED_AT] = atMs;
  findClient(numbers, at, kind);
  if (!isOverdue || !wasJudged || numbers[at + CLIENT_KEY] === 0) recordAttempt(engine, request, kind);
  else if (isCounted && kind.isSuccess) addSuccess(engine, request);
  if (kind.isComplete || (isCounted && kind.isCompleteWhenCounted)) complete(engine, request, server);
}

/** Removes a request that no further row can change. Copies of its rows are known by its id. */
function complete({ table, completedRequestIds }: Engine, request: number, { index }: ServerState): void {
  const key = table.waiting.keyOf(request);
  table.removeWaiting(request);
  completedRequestIds.add(combineKeys(key, index));
  table.noteCompleted();
}

/**
 * Of the request that is being judged: its time and the engine's clock (Unix ms), and the keys of which that of its client and of its
 * client and app pool are made, in the order that `combineAt()` needs. As arguments of functions or fields of an object each of them would
 * take memory.
 */
const judged = new Float64Array(9);
const [ADDRESS, AGENT, ADDRESS_AND_AGENT, IDS, IDENTITY, POOL, JUDGED_CLIENT, JUDGED_AT, CLOCK] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const;

/** As `clientOf()`, and the key of the client in the app pool. */
function findClient(numbers: Float64Array, at: number, { namesDevice, pool }: RequestKind): void {
  const [iis, httpProxy] = [at + IIS, at + HTTP_PROXY];
  judged[ADDRESS] = namesDevice ? 0 : numbers[httpProxy + ROW_ADDRESS] || (numbers[iis + ROW_ADDRESS] ?? 0);
  judged[AGENT] = numbers[httpProxy + ROW_AGENT] || (numbers[iis + ROW_AGENT] ?? 0);
  judged[IDS] = numbers[iis + ROW_IDS] || (numbers[httpProxy + ROW_IDS] ?? 0);
  judged[POOL] = pool.key;
  combineAt(judged, ADDRESS);
  combineAt(judged, ADDRESS_AND_AGENT);
  combineAt(judged, IDENTITY);
}

/** Adds the request to the attempts of its client, as `recordAttempt()` of judge-request.ts. */
function recordAttempt(engine: Engine, request: number, kind: RequestKind): void {
  const { numbers, codes } = engine.table.waiting;
  const at = request * NUMBERS;
  if (numbers[at + CLIENT_KEY] !== 0 && !removeRecorded(engine, request)) return;
  const clientKey = judged[JUDGED_CLIENT] ?? 0;
  let client = engine.clients.get(clientKey);
  if (kind.isSuccess && ((codes[request * CODES + FLAGS] ?? 0) & IS_COUNTED) !== 0) addSuccess(engine, request);
  if (client === undefined) {
    if (!kind.isFollowed) return;
    const facts = { client: judged[IDENTITY] ?? 0, protocol: kind.protocol };
    client = followClient(engine, kind.pool, { clientKey, facts, arrivedAtMs: judged[CLOCK] ?? 0 });
  }
  const attempt = {
    atMs: judged[JUDGED_AT] ?? 0,
    fileKey: numbers[at + FILE_KEY] ?? 0,
    offset: numbers[at + OFFSET] ?? 0,
  };
  insertPacked(engine.attempts, client, attempt, kind.packedFields, judged[CLOCK] ?? 0);
  numbers[at + CLIENT_KEY] = clientKey;
  numbers[at + ATTEMPT_FILE] = attempt.fileKey;
  numbers[at + ATTEMPT_OFFSET] = attempt.offset;
  codes[request * CODES + FLAGS] = (codes[request * CODES + FLAGS] ?? 0) | HAS_ATTEMPT;
}

/** Removes the request's attempt. False when the attempt is final already and the client is unchanged. */
function removeRecorded({ clients, attempts, table }: Engine, request: number): boolean {
  const { numbers } = table.waiting;
  const at = request * NUMBERS;
  const clientKey = numbers[at + CLIENT_KEY] ?? 0;
  numbers[at + CLIENT_KEY] = 0;
  const client = clients.get(clientKey);
  const position = { fileKey: numbers[at + ATTEMPT_FILE] ?? 0, offset: numbers[at + ATTEMPT_OFFSET] ?? 0 };
  return client === undefined || removeAttempt(attempts, client, position) || clientKey !== judged[JUDGED_CLIENT];
}

/** Remembers a counted success, for the case that its client is refused later. */
function addSuccess(engine: Engine, request: number): void {
  const { numbers } = engine.table.waiting;
  const at = request * NUMBERS;
  const fileKey = numbers[at + FILE_KEY] ?? 0;
  engine.successes.add(judged[JUDGED_CLIENT] ?? 0, judged[JUDGED_AT] ?? 0, fileKey, numbers[at + OFFSET] ?? 0);
}

/** Finds out the kind of requests with rows of these kinds, of IIS and of HttpProxy, which `ServerState.requestKinds` does not know yet. */
export function newKindOfRequest(
  engine: Engine,
  server: ServerState,
  [iis, httpProxy]: readonly [iis: number, httpProxy: number],
): RequestKind {
  const { kinds } = engine.table.waiting;
  const kind = createKind(engine, server, { iis: kinds.rowOf(iis), httpProxy: kinds.rowOf(httpProxy) });
  server.requestKinds.set(iis, httpProxy, kind);
  return kind;
}

interface FrontRows {
  readonly iis: RequestRow | null;
  readonly httpProxy: RequestRow | null;
}

function createKind(engine: Engine, server: ServerState, { iis, httpProxy }: FrontRows): RequestKind {
  const request = requestWith(server, { iis, httpProxy });
  const facts = requestFacts(request);
  const { protocol, scheme, result, appPool, category, isBackEnd } = facts;
  const entry = entryKindOf(facts);
  const isClear = isConclusive(engine, server, request);
  const isCountedAtOnce = isClear && !waitsForBackEnd(engine, request, facts);
  const row = httpProxy ?? iis;
  const isAwaited = row !== null && (row.status === 401 || partnerIsThere(engine, server, row));
  const noted = entry === "refused" ? "refused" : result === "success" ? "accepted" : null;
  return {
    protocol,
    scheme,
    result,
    reason: category === null ? null : [appPool, category],
    pool: poolOfRequest(engine, server, facts),
    slot: requestSlot(protocol, scheme, result),
    packedFields: packFields({ kind: entry, category, isBackEnd, protocol }),
    isFollowed: entry === "refused" || entry === "asked",
    isSuccess: entry === "success",
    token: mayBeBearer(facts, request) ? noted : null,
    namesDevice: iis?.namesDevice === true || httpProxy?.namesDevice === true,
    isClear,
    isCountedAtOnce,
    isComplete: isComplete(engine, request, facts),
    isCompleteWhenCounted: isComplete(engine, { ...request, isCounted: true }, facts),
    isWaiting: isAwaited && (httpProxy !== null || !isCountedAtOnce),
  };
}

/** A request with an id, of which nothing matters but its rows. */
function requestWith({ index }: ServerState, { iis, httpProxy }: FrontRows): OpenRequest {
  return {
    key: 1,
    server: index,
    iis,
    httpProxy,
    backEnd: null,
    position: { fileKey: 0, offset: 0 },
    isJudged: false,
    isCounted: false,
    usesAlias: false,
    judgeAtMs: 0,
    forgetAtMs: 0,
    clientKey: null,
    attemptPosition: null,
  };
}
