import type { RequestFacts } from "../../detectors/request-result.ts";
import { FRONT_END_POOL } from "../../model/app-pool.ts";
import { PROTOCOLS, type Protocol } from "../../model/label-values.ts";
import type { Engine } from "../create-engine.ts";
import type { OpenRequest } from "./open-request.ts";
import type { PoolState, ServerState } from "../server-state.ts";
import type { LogProgress } from "./log-progress.ts";
import { HISTORY_SLACK_MS, JUDGE_AFTER_MS, LATE_FILE_MS, LATE_ROW_JUDGED_MS } from "./waiting-times.ts";

/**
 * A request is counted, and a client's attempts become final, when no further row can change them. That is known from the
 * request's rows, or from how far the other logs are read, or at the latest when even a file nine minutes late would have
 * arrived.
 */

/** True when its rows already determine what the request counts as. */
export function isConclusive(engine: Engine, server: ServerState, { iis, httpProxy, backEnd }: OpenRequest): boolean {
  if (httpProxy !== null) {
    if (httpProxy.status < 400 || isExplained(httpProxy.category)) return true;
    if (httpProxy.status !== 401 && !mayHaveReason(httpProxy.status)) return true;
    if (isExplained(backEnd?.category ?? null)) return true;
    if (httpProxy.backEndStatus === 401 && backEnd === null) return false;
    return iis !== null || !server.hasFront;
  }
  return iis !== null && (isExplained(iis.category) || !mayBeProxied(engine, server, iis.protocol));
}

/**
 * True when no further row can change the request: both front-end logs have a row of it, and it succeeded, or the front end refused it with
 * a reason and no back-end log could show it as well. In live mode refused requests stay in the table, because after a restart the aliases
 * of clients are learned from them.
 */
export function isComplete(engine: Engine, request: OpenRequest, facts: RequestFacts): boolean {
  const { iis, httpProxy, isCounted } = request;
  if (iis === null || httpProxy === null) return false;
  if (facts.result === "success") return true;
  if (engine.options.mode === "live" || !isCounted || !isExplained(httpProxy.category)) return false;
  // A HttpProxy log without the column BackEndStatus has 0, too.
  const mayBeRefusedBehind = request.backEnd === null && isBackEndLogged(engine, facts);
  return !httpProxy.isBackEndReason && httpProxy.backEndStatus === 0 && !mayBeRefusedBehind;
}

function isExplained(category: RequestFacts["category"]): boolean {
  return category !== null && category !== "unknown";
}

/** Exchange answers 403 and 5xx with an OAuth reason when the token is valid but something else is wrong. */
function mayHaveReason(status: number): boolean {
  return status === 403 || status >= 500;
}

/** True when the server has an HttpProxy log of the protocol. Live: of any protocol, because the log of this one may still appear. */
export function mayBeProxied({ options }: Engine, server: ServerState, protocol: Protocol): boolean {
  return options.mode === "live" ? server.proxies.size > 0 : server.proxies.has(protocol);
}

/** True when the reason of a refusal may still come from a back-end log. */
export function waitsForBackEnd(engine: Engine, request: OpenRequest, facts: RequestFacts): boolean {
  if (request.key <= 0 || isExplained(request.backEnd?.category ?? null)) return false;
  const isOpen = isExplained(facts.category) ? false : mayBeExplained(request, facts);
  return isOpen && isBackEndLogged(engine, facts);
}

/** True when any server has a back-end log of the request's protocol. */
export function isBackEndLogged({ servers }: Engine, { protocol }: Pick<RequestFacts, "protocol">): boolean {
  return servers.some(({ backEnds }) => backEnds.has(protocol));
}

function mayBeExplained({ iis, httpProxy }: OpenRequest, { result }: RequestFacts): boolean {
  if (result === "error") return mayHaveReason((httpProxy ?? iis)?.status ?? 0);
  return result === "suspected" || result === "challenge" || result === "rejected";
}

/** A request's server and the engine's clock (Unix ms); `backEndsTo` absent: found out for this request. */
interface RequestMoment {
  readonly server: ServerState;
  readonly clockMs: number;
  readonly backEndsTo?: BackEndsReadTo | undefined;
}

/** True when every log that may have another row of the request is read beyond it, or when even a late file would have arrived. */
export function isTimeUp(
  engine: Engine,
  request: OpenRequest,
  { server, clockMs, backEndsTo }: RequestMoment,
): boolean {
  if (engine.options.mode === "history") return true;
  if (clockMs >= request.judgeAtMs - JUDGE_AFTER_MS + LATE_FILE_MS) return true;
  const row = request.httpProxy ?? request.iis ?? request.backEnd;
  if (row === null) return true;
  const reading: Reading = { engine, clockMs, what: "completeToMs" };
  if (request.iis === null && frontReadTo(reading, server) <= row.atMs) return false;
  if (request.httpProxy === null && proxyReadTo(reading, server, row.protocol) <= row.atMs) return false;
  return request.backEnd !== null || (backEndsTo?.(row.protocol) ?? backEndsReadTo(reading, row.protocol)) > row.atMs;
}

/** `completeToMs`: how far logs are read. `judgedToMs`: how far they were read so long ago that the rows are judged. */
interface Reading {
  readonly engine: Engine;
  readonly clockMs: number;
  readonly what: "completeToMs" | "judgedToMs";
}

function readTo({ clockMs, what }: Reading, progress: LogProgress | undefined): number {
  if (progress === undefined) return -Infinity;
  return what === "completeToMs" ? progress.completeToMs(clockMs) : progress.earlierCompleteToMs(clockMs);
}

function frontReadTo(reading: Reading, server: ServerState): number {
  return server.hasFront ? readTo(reading, server.progress.of("iis", "other")) : Infinity;
}

function proxyReadTo(reading: Reading, server: ServerState, protocol: Protocol): number {
  if (!mayBeProxied(reading.engine, server, protocol)) return Infinity;
  return readTo(reading, server.progress.of("http_proxy", protocol));
}

/** Infinity when no server has a back-end log of the protocol. */
function backEndsReadTo(reading: Reading, protocol: Protocol): number {
  const logs = reading.engine.servers.filter(({ backEnds }) => backEnds.has(protocol));
  return Math.min(...logs.map((one) => readTo(reading, one.progress.of("back_end", protocol))));
}

/** Up to where the attempts of a pool are final. Times in Unix ms. */
export interface Horizon {
  /** Engine's clock: an attempt is final if it arrived by then and is older than `completeToMs`. */
  readonly arrivedBeforeMs: number;
  /** Event time: all rows before it have arrived, and their requests are judged. */
  readonly completeToMs: number;
  /** Engine's clock: an attempt that arrived by then is final, whatever its time. */
  readonly longAgoMs: number;
  /** Event time: a client without a row up to here has sent no request up to here. */
  readonly silentToMs: number;
}

/**
 * Returns a function that gives the horizon of a pool, valid until the engine takes a row. `clockMs`: the engine's clock; `nowMs`: see
 * `advance()`. Both Unix ms.
 */
export function horizonsAt(engine: Engine, clockMs: number, nowMs: number): (pool: PoolState) => Horizon {
  if (engine.options.mode === "history") {
    const arrivedBeforeMs = clockMs - HISTORY_SLACK_MS;
    const horizon: Horizon = {
      arrivedBeforeMs,
      longAgoMs: arrivedBeforeMs,
      completeToMs: -Infinity,
      silentToMs: nowMs - HISTORY_SLACK_MS,
    };
    return () => horizon;
  }
  const reading: Reading = { engine, clockMs, what: "judgedToMs" };
  const backEndsTo = backEndsOnce(reading);
  return (pool) => {
    const completeToMs = poolReadTo(reading, pool, backEndsTo);
    return {
      arrivedBeforeMs: clockMs - JUDGE_AFTER_MS,
      completeToMs,
      longAgoMs: clockMs - LATE_ROW_JUDGED_MS,
      silentToMs: Math.max(nowMs - LATE_ROW_JUDGED_MS, Math.min(nowMs - JUDGE_AFTER_MS, completeToMs)),
    };
  };
}

/** Time (Unix ms) before which all servers' back-end logs of a protocol are read; Infinity when no server has one. */
export type BackEndsReadTo = (protocol: Protocol) => number;

/** For many requests at the same `clockMs` (engine's clock), valid until the engine takes a row: goes through the servers once. */
export function backEndsCompleteTo(engine: Engine, clockMs: number): BackEndsReadTo {
  return backEndsOnce({ engine, clockMs, what: "completeToMs" });
}

/** Like `backEndsReadTo()`, which goes through all servers; keeps its result for each protocol. */
function backEndsOnce(reading: Reading): BackEndsReadTo {
  const known = new Map<Protocol, number>();
  return (protocol) => {
    const readMs = known.get(protocol) ?? backEndsReadTo(reading, protocol);
    known.set(protocol, readMs);
    return readMs;
  };
}

/** At the end of history, or for a client that is dropped: everything is final. */
export const END_OF_TIME: Horizon = {
  arrivedBeforeMs: Number.MAX_SAFE_INTEGER,
  completeToMs: Number.MAX_SAFE_INTEGER,
  longAgoMs: Number.MAX_SAFE_INTEGER,
  silentToMs: Number.MAX_SAFE_INTEGER,
};

const PROTOCOLS_OF_POOL = Map.groupBy(PROTOCOLS, (protocol) => FRONT_END_POOL[protocol]);

function poolReadTo(reading: Reading, pool: PoolState, backEndsTo: BackEndsReadTo): number {
  const server = reading.engine.servers[pool.server];
  if (server === undefined) return -Infinity;
  let readMs = frontReadTo(reading, server);
  for (const protocol of PROTOCOLS_OF_POOL.get(pool.appPool) ?? []) {
    if (readMs === -Infinity) break;
    readMs = Math.min(readMs, proxyReadTo(reading, server, protocol), backEndsTo(protocol));
  }
  // Without a front-end log, back-end rows are requests of their own.
  return Number.isFinite(readMs) ? readMs : -Infinity;
}
