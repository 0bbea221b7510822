import type { RequestFacts } from "../../detectors/request-result.ts";
import { FRONT_END_POOL } from "../../model/app-pool.ts";
import { PROTOCOLS, type Protocol } from "../../model/label-values.ts";
import type { Engine } from "../create-engine.ts";
import type { OpenRequest } from "./request-table.ts";
import type { PoolState, ServerState } from "../server-state.ts";
import type { RequestLog } from "./log-progress.ts";
import { HISTORY_SLACK_MS, JUDGE_AFTER_MS, LATE_FILE_MS, LATE_ROW_JUDGED_MS } from "./waiting-times.ts";

/**
 * When a request can be counted for good, and a client's requests be folded for good: once no further row can change
 * them. That is known by what the rows
 * say, by how far the other logs are read, or at the latest when a file that comes nine minutes late would have come.
 */

/** No further row can change what the request is counted as: its rows say so. */
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

function isExplained(category: RequestFacts["category"]): boolean {
  return category !== null && category !== "unknown";
}

/** Exchange answers 403 and 5xx with an OAuth reason where the token is good and something else is wrong. */
function mayHaveReason(status: number): boolean {
  return status === 403 || status >= 500;
}

/** The HttpProxy log of the protocol is there, or may still appear. */
export function mayBeProxied({ options }: Engine, server: ServerState, protocol: Protocol): boolean {
  return options.mode === "live" ? server.proxies.size > 0 : server.proxies.has(protocol);
}

/** The reason of a refusal may still come from the back end's log. */
export function waitsForBackEnd(engine: Engine, request: OpenRequest, facts: RequestFacts): boolean {
  if (request.key <= 0 || isExplained(request.backEnd?.category ?? null)) return false;
  const isOpen = isExplained(facts.category) ? false : mayBeExplained(request, facts);
  return isOpen && engine.servers.some(({ backEnds }) => backEnds.has(facts.protocol));
}

function mayBeExplained({ iis, httpProxy }: OpenRequest, { result }: RequestFacts): boolean {
  if (result === "error") return mayHaveReason((httpProxy ?? iis)?.status ?? 0);
  return result === "suspected" || result === "challenge" || result === "rejected";
}

/** Every log that may still have a row of the request is read beyond it, or is as late as one may be. */
export function isTimeUp(engine: Engine, server: ServerState, request: OpenRequest, clockMs: number): boolean {
  if (engine.options.mode === "history") return true;
  if (clockMs >= request.judgeAtMs - JUDGE_AFTER_MS + LATE_FILE_MS) return true;
  const row = request.httpProxy ?? request.iis ?? request.backEnd;
  if (row === null) return true;
  const reading: Reading = { engine, clockMs, what: "completeToMs" };
  if (request.iis === null && frontReadTo(reading, server) <= row.atMs) return false;
  if (request.httpProxy === null && proxyReadTo(reading, server, row.protocol) <= row.atMs) return false;
  return request.backEnd !== null || backEndsReadTo(reading, row.protocol) > row.atMs;
}

/** How far a log is read (`completeToMs`), or was read so long ago that its rows are judged (`judgedToMs`). */
interface Reading {
  readonly engine: Engine;
  readonly clockMs: number;
  readonly what: "completeToMs" | "judgedToMs";
}

function readTo({ clockMs, what }: Reading, server: ServerState, [log, protocol]: [RequestLog, Protocol]): number {
  return server.progress[what](log, protocol, clockMs);
}

function frontReadTo(reading: Reading, server: ServerState): number {
  return server.hasFront ? readTo(reading, server, ["iis", "other"]) : Infinity;
}

function proxyReadTo(reading: Reading, server: ServerState, protocol: Protocol): number {
  if (!mayBeProxied(reading.engine, server, protocol)) return Infinity;
  return readTo(reading, server, ["http_proxy", protocol]);
}

function backEndsReadTo(reading: Reading, protocol: Protocol): number {
  const logs = reading.engine.servers.filter(({ backEnds }) => backEnds.has(protocol));
  return Math.min(...logs.map((one) => readTo(reading, one, ["back_end", protocol])));
}

/** What of a pool can change no more. Instants in Unix milliseconds. */
export interface Horizon {
  /** By the engine's clock: rows that came by then, of what lies before `completeToMs`. */
  readonly arrivedBeforeMs: number;
  /** By event time: all rows of what lies before have come, and their requests are judged. */
  readonly completeToMs: number;
  /** By the engine's clock: rows that came by then, whatever their time. */
  readonly longAgoMs: number;
  /** By event time: where there was no row up to here, there was no request. */
  readonly silentToMs: number;
}

export function horizonOf(engine: Engine, pool: PoolState, clockMs: number, nowMs: number): Horizon {
  if (engine.options.mode === "history") {
    const arrivedBeforeMs = clockMs - HISTORY_SLACK_MS;
    return {
      arrivedBeforeMs,
      longAgoMs: arrivedBeforeMs,
      completeToMs: -Infinity,
      silentToMs: nowMs - HISTORY_SLACK_MS,
    };
  }
  const completeToMs = poolReadTo({ engine, clockMs, what: "judgedToMs" }, pool);
  return {
    arrivedBeforeMs: clockMs - JUDGE_AFTER_MS,
    completeToMs,
    longAgoMs: clockMs - LATE_ROW_JUDGED_MS,
    silentToMs: Math.max(nowMs - LATE_ROW_JUDGED_MS, Math.min(nowMs - JUDGE_AFTER_MS, completeToMs)),
  };
}

/** For the end of a history: nothing more comes. */
export const END_OF_TIME: Horizon = {
  arrivedBeforeMs: Number.MAX_SAFE_INTEGER,
  completeToMs: Number.MAX_SAFE_INTEGER,
  longAgoMs: Number.MAX_SAFE_INTEGER,
  silentToMs: Number.MAX_SAFE_INTEGER,
};

function poolReadTo(reading: Reading, pool: PoolState): number {
  const { servers } = reading.engine;
  const server = servers[pool.server];
  if (server === undefined) return -Infinity;
  const proxies = PROTOCOLS.filter((protocol) => FRONT_END_POOL[protocol] === pool.appPool);
  const backEnds = proxies.filter((protocol) => servers.some((one) => one.backEnds.has(protocol)));
  const readMs = Math.min(
    frontReadTo(reading, server),
    ...proxies.map((protocol) => proxyReadTo(reading, server, protocol)),
    ...backEnds.map((protocol) => backEndsReadTo(reading, protocol)),
  );
  // No front-end log at all: back ends' rows stand alone.
  return Number.isFinite(readMs) ? readMs : -Infinity;
}
