import type { AppPool } from "../model/app-pool.ts";
import {
  PROTOCOLS,
  RESULTS,
  SCHEMES,
  type LogFormat,
  type Protocol,
  type Result,
  type Scheme,
} from "../model/label-values.ts";
import type { AuthAdminEventName, LogKind, OAuthEventName } from "../model/row.ts";
import { combineKeys, textKeyOf } from "../model/text-key.ts";
import { MixedClients } from "./clients/mixed-clients.ts";
import { Counters, type CountListener } from "./counters.ts";
import { EventRowIndex } from "./incidents/event-rows.ts";
import { LogsProgress } from "./requests/log-progress.ts";
import { ProxyCoverage } from "./requests/proxy-coverage.ts";
import { FinalLoops } from "./incidents/final-loops.ts";
import { PoolTimeline } from "./incidents/pool-timeline.ts";
import { WorkerActivity } from "./incidents/worker-activity.ts";

/** Minutes of Bearer traffic that are kept of each app pool. */
const TIMELINE_MINUTES = 360;

/** One app pool of one server. */
export interface PoolState {
  readonly key: number;
  readonly server: number;
  readonly appPool: AppPool;
  /** Keys of the clients that are followed in it. */
  readonly clientKeys: Set<number>;
  /** Loops that can change no more and may still be part of an incident. */
  readonly finalLoops: FinalLoops;
  readonly timeline: PoolTimeline;
  /** Finished incidents of the last day, for their neighbours' sake. */
  archived: { startMs: number; endMs: number }[];
}

export interface OAuthEvent {
  readonly atMs: number;
  readonly name: OAuthEventName;
  readonly appPool: AppPool | null;
  readonly label: string;
}
export interface AuthAdminEvent {
  readonly atMs: number;
  readonly name: AuthAdminEventName;
  readonly label: string;
  readonly server: string;
}

/** How far a server's clock is ahead, as its rows show it. The least of a minute's rows, as a row is written some time after the fact. */
export interface ClockAhead {
  /** The row's own time, Unix milliseconds. */
  readonly atMs: number;
  readonly seconds: number;
  readonly rows: number;
  /** Of the first of those rows. */
  readonly format: LogFormat;
}

/** A recycle that stands in the counters. */
export interface CountedRecycle {
  readonly appPool: AppPool;
  /** Unix milliseconds; later events may move it. */
  atMs: number;
}

/** All that is known of one server. */
export interface ServerState {
  readonly name: string;
  readonly index: number;
  readonly key: number;
  /** Which logs are there: they decide whether a row waits for the row of its other log. */
  hasFront: boolean;
  readonly proxies: Set<Protocol>;
  /** Protocols of which a back-end log is there. */
  readonly backEnds: Set<Protocol>;
  hasEventLog: boolean;
  /** How far its logs are read. Live only. */
  readonly progress: LogsProgress;
  readonly coverage: ProxyCoverage;
  readonly mixedClients: MixedClients;
  readonly counters: Counters;
  /** hma_requests_total by protocol, scheme and result. */
  readonly requests: Float64Array;
  readonly workers: WorkerActivity;
  /** Rows of recycles and events. */
  readonly eventRows: EventRowIndex;
  readonly pools: Map<AppPool, PoolState>;
  oauthEvents: OAuthEvent[];
  authAdminEvents: AuthAdminEvent[];
  /** Recycles that are counted: pool and instant. */
  countedRecycles: CountedRecycle[];
  firstEventMs: number;
  lastEventMs: number;
  /** Rows dated ahead of the wall clock, measured by the minute, oldest first. Live only; not kept over a restart. */
  clockAhead: readonly ClockAhead[];
}

export function newServerState(name: string, index: number, listener: CountListener | null): ServerState {
  return {
    name,
    index,
    key: textKeyOf(name),
    hasFront: false,
    proxies: new Set(),
    backEnds: new Set(),
    hasEventLog: false,
    progress: new LogsProgress(),
    coverage: new ProxyCoverage(),
    mixedClients: new MixedClients(),
    counters: new Counters(name, listener),
    requests: new Float64Array(PROTOCOLS.length * SCHEMES.length * RESULTS.length),
    workers: new WorkerActivity(),
    eventRows: new EventRowIndex(),
    pools: new Map(),
    oauthEvents: [],
    authAdminEvents: [],
    countedRecycles: [],
    firstEventMs: Infinity,
    lastEventMs: -Infinity,
    clockAhead: [],
  };
}

/** The pool's state, made at first need and put into `pools`. */
export function poolOf(pools: Map<number, PoolState>, server: ServerState, appPool: AppPool): PoolState {
  let pool = server.pools.get(appPool);
  if (pool === undefined) {
    pool = {
      key: combineKeys(server.key, textKeyOf(appPool)),
      server: server.index,
      appPool,
      clientKeys: new Set(),
      finalLoops: new FinalLoops(),
      timeline: new PoolTimeline(TIMELINE_MINUTES),
      archived: [],
    };
    server.pools.set(appPool, pool);
    pools.set(pool.key, pool);
  }
  return pool;
}

/** Notes that a log of that kind is there. */
export function notePresence(server: ServerState, log: LogKind): void {
  if (log.format === "iis" && !log.isBackEnd) server.hasFront = true;
  if (log.format === "http_proxy" && log.protocol !== null) server.proxies.add(log.protocol);
  if (log.format === "ews") server.backEnds.add("ews");
  if (log.format === "mapi_http") server.backEnds.add("mapi");
  if (log.format === "events") server.hasEventLog = true;
}

const SCHEME_INDEX = new Map<Scheme, number>(SCHEMES.map((scheme, index) => [scheme, index]));
const RESULT_INDEX = new Map<Result, number>(RESULTS.map((result, index) => [result, index]));
const PROTOCOL_INDEX = new Map<Protocol, number>(PROTOCOLS.map((protocol, index) => [protocol, index]));

/** Index into `ServerState.requests`. */
export function requestSlot(protocol: Protocol, scheme: Scheme, result: Result): number {
  return (
    ((PROTOCOL_INDEX.get(protocol) ?? 0) * SCHEMES.length + (SCHEME_INDEX.get(scheme) ?? 0)) * RESULTS.length +
    (RESULT_INDEX.get(result) ?? 0)
  );
}
