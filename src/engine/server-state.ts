import { FRONT_END_POOL, type AppPool } from "../model/app-pool.ts";
import {
  PROTOCOLS,
  RESULTS,
  SCHEMES,
  type LogFormat,
  type Protocol,
  type Result,
  type Scheme,
} from "../model/label-values.ts";
import type { KeepingServer, ScannedUrl } from "../model/row-scanner.ts";
import type { AuthAdminEventName, LogKind, OAuthEventName } from "../model/row.ts";
import { combineKeys, textKeyOf } from "../model/text-key.ts";
import { MixedClients } from "./clients/mixed-clients.ts";
import { Counters, type CountListener } from "./counters.ts";
import { EventRowIndex } from "./incidents/event-rows.ts";
import { LogsProgress } from "./requests/log-progress.ts";
import type { RequestFacts } from "../detectors/request-result.ts";
import { RequestKinds } from "./joins/request-kinds.ts";
import { UnservedKinds, type KindOfRow } from "./requests/unserved-kinds.ts";
import { packFields } from "./clients/attempts.ts";
import { ProxyCoverage } from "./requests/proxy-coverage.ts";
import { FinalLoops } from "./incidents/final-loops.ts";
import { PoolTimeline } from "./incidents/pool-timeline.ts";
import { WorkerActivity } from "./incidents/worker-activity.ts";

/** Minutes of Bearer traffic kept per app pool. */
const TIMELINE_MINUTES = 360;

/** One app pool of one server. */
export interface PoolState {
  readonly key: number;
  readonly server: number;
  readonly appPool: AppPool;
  /** Keys of the clients followed in this pool. */
  readonly clientKeys: Set<number>;
  /** Loops that are final but may still be part of an incident. */
  readonly finalLoops: FinalLoops;
  readonly timeline: PoolTimeline;
  /** Times of the incidents archived in the last day (Unix ms): incidents of other servers are compared with them. */
  archived: { startMs: number; endMs: number }[];
}

/** A Windows event of the provider MSExchange OAuth. `appPool`: null when the event does not name one. */
export interface OAuthEvent {
  readonly atMs: number;
  readonly name: OAuthEventName;
  readonly appPool: AppPool | null;
  readonly label: string;
}
/** A Windows event of the provider MSExchange AuthAdmin. */
export interface AuthAdminEvent {
  readonly atMs: number;
  readonly name: AuthAdminEventName;
  readonly label: string;
  readonly server: string;
}

/** How far a server's clock is ahead at least, as the rows of one minute show. */
export interface ClockAhead {
  /** Time of the first of those rows, Unix ms. */
  readonly atMs: number;
  /** The smallest value of those rows. */
  readonly seconds: number;
  readonly rows: number;
  /** Log of the first of those rows. */
  readonly format: LogFormat;
}

/** A recycle that was counted. */
export interface CountedRecycle {
  readonly appPool: AppPool;
  /** Unix milliseconds; later events may move it. */
  atMs: number;
}

/** What served rows of IIS with one URL have in common on a server. */
export interface ServedUrl {
  readonly protocol: Protocol;
  readonly pool: PoolState;
  /** Index into `ServerState.requests`. */
  readonly slot: number;
  /** `packFields()` of their attempts. */
  readonly packedFields: number;
}

/** What rows of a front-end IIS log with the same URL, user, status, sub-status, Win32 status and kind of client have in common. */
export interface UnservedKind extends KindOfRow {
  readonly status: number;
  /** Such a request is not served, and no other log has a row of it. */
  readonly isSettled: boolean;
  readonly protocol: Protocol;
  readonly scheme: Scheme;
  readonly result: Result;
  readonly pool: PoolState;
  /** Index into `ServerState.requests`. */
  readonly slot: number;
  /** The pool's timeline notes a token. */
  readonly notesToken: boolean;
  /** A loop counts the attempt: its client is followed from then on. */
  readonly isCounted: boolean;
  /** `packFields()` of the attempts. */
  readonly packedFields: number;
  /** `codeOf()` of the rows. */
  readonly code: number;
}

/** As what a request is counted. */
export interface CountedRequest extends Pick<RequestFacts, "protocol" | "scheme" | "result"> {
  /** Index into `ServerState.requests`. */
  readonly slot: number;
  /** App pool and category of a request with a reason. */
  readonly reason: readonly string[] | null;
}

/** What requests have in common whose front-end rows are of the same kinds. */
export interface RequestKind extends CountedRequest {
  readonly pool: PoolState;
  /** `packFields()` of the attempts. */
  readonly packedFields: number;
  /** A loop counts the attempt: its client is followed from then on. */
  readonly isFollowed: boolean;
  /** A token was accepted, which ends a loop. */
  readonly isSuccess: boolean;
  /** What the pool's timeline notes: a token that was accepted or refused, or nothing. */
  readonly token: "accepted" | "refused" | null;
  readonly namesDevice: boolean;
  /** Its rows determine the result, and no row of the back end can change what is counted. */
  readonly isClear: boolean;
  readonly isCountedAtOnce: boolean;
  /** No further row can change it; `isCompleteWhenCounted`: when it is counted. */
  readonly isComplete: boolean;
  readonly isCompleteWhenCounted: boolean;
  /** Of one row alone: it waits for other rows, and not as a settled request. */
  readonly isWaiting: boolean;
}

/** State of one server. */
export interface ServerState {
  readonly name: string;
  readonly index: number;
  readonly key: number;
  /** Which logs the server has: they decide whether a row waits for the row of its request in another log. */
  hasFront: boolean;
  readonly proxies: Set<Protocol>;
  /** Protocols with a back-end log. */
  readonly backEnds: Set<Protocol>;
  hasEventLog: boolean;
  /** How far each log is read. Live only. */
  readonly progress: LogsProgress;
  readonly coverage: ProxyCoverage;
  readonly mixedClients: MixedClients;
  readonly counters: Counters;
  /** hma_requests_total by protocol, scheme and result. */
  readonly requests: Float64Array;
  readonly workers: WorkerActivity;
  /** Positions of the log rows behind recycles and events. */
  readonly eventRows: EventRowIndex;
  readonly pools: Map<AppPool, PoolState>;
  /** For scanners that keep rows. */
  readonly keeping: KeepingServer;
  /** What is known of served rows of a list of URLs, by URL code. Few lists exist. */
  readonly servedUrls: WeakMap<readonly ScannedUrl[], ServedUrl[]>;
  /** Kinds of rows that were not served, by the schema of their log. Forgotten (null) with each file that is found. */
  unservedKinds: WeakMap<object, UnservedKinds<UnservedKind>> | null;
  /** Kinds of requests, by the kinds of their rows in `RequestTable.waiting`. Forgotten with each file that is found. */
  readonly requestKinds: RequestKinds<RequestKind>;
  oauthEvents: OAuthEvent[];
  authAdminEvents: AuthAdminEvent[];
  /** Recycles counted so far. */
  countedRecycles: CountedRecycle[];
  firstEventMs: number;
  lastEventMs: number;
  /** Measurements of rows dated ahead of the wall clock, by minute, oldest first. Live only; not stored. */
  clockAhead: readonly ClockAhead[];
}

/** The app pool to which a request is counted: that of its URL, or the one that usually serves its protocol when the URL names none. */
export function accountedPool({ appPool, protocol }: Pick<ScannedUrl, "appPool" | "protocol">): AppPool {
  return appPool === "other" ? FRONT_END_POOL[protocol] : appPool;
}

/** A server of which nothing is known yet. `index`: its index in `Engine.servers`. */
export function newServerState(name: string, index: number, listener: CountListener | null): ServerState {
  const key = textKeyOf(name);
  const server: ServerState = {
    name,
    index,
    key,
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
    keeping: {
      index,
      poolKeyOf: (url) => poolKeyOf(key, accountedPool(url)),
      packedFieldsOf: ({ protocol }) => packFields({ kind: "success", category: null, isBackEnd: false, protocol }),
      kindsOf: (schema) => unservedKindsOf(server, schema),
    },
    servedUrls: new WeakMap(),
    unservedKinds: null,
    requestKinds: new RequestKinds(),
    oauthEvents: [],
    authAdminEvents: [],
    countedRecycles: [],
    firstEventMs: Infinity,
    lastEventMs: -Infinity,
    clockAhead: [],
  };
  return server;
}

/** The kinds of the server's rows with that schema. */
export function unservedKindsOf(server: ServerState, schema: object): UnservedKinds<UnservedKind> {
  server.unservedKinds ??= new WeakMap();
  let kinds = server.unservedKinds.get(schema);
  if (kinds === undefined) server.unservedKinds.set(schema, (kinds = new UnservedKinds()));
  return kinds;
}

/** Returns the pool's state; creates it if needed and adds it to `pools`. */
export function poolOf(pools: Map<number, PoolState>, server: ServerState, appPool: AppPool): PoolState {
  let pool = server.pools.get(appPool);
  if (pool === undefined) {
    pool = {
      key: poolKeyOf(server.key, appPool),
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

function poolKeyOf(serverKey: number, appPool: AppPool): number {
  return combineKeys(serverKey, textKeyOf(appPool));
}

/** It may be a log that has other rows of the requests of known kinds: they are found out again. */
export function forgetKinds(server: ServerState): void {
  server.unservedKinds = null;
  server.requestKinds.clear();
}

/** Notes that the server has a log of this kind. True when it was not known to have one. */
export function notePresence(server: ServerState, log: LogKind): boolean {
  const before = knownLogs(server);
  if (log.format === "iis" && !log.isBackEnd) server.hasFront = true;
  if (log.format === "http_proxy" && log.protocol !== null) server.proxies.add(log.protocol);
  if (log.format === "ews") server.backEnds.add("ews");
  if (log.format === "mapi_http") server.backEnds.add("mapi");
  if (log.format === "events") server.hasEventLog = true;
  return knownLogs(server) !== before;
}

/** Number of the kinds of logs that the server is known to have. */
function knownLogs({ hasFront, hasEventLog, proxies, backEnds }: ServerState): number {
  return Number(hasFront) + Number(hasEventLog) + proxies.size + backEnds.size;
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
