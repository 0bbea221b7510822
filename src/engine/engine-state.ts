import type { Protocol } from "../model/label-values.ts";
import type { AppPool } from "../model/app-pool.ts";
import { mapped } from "../model/lists/mapped.ts";
import { isSameServer } from "../model/snapshot/snapshot-facts.ts";
import type { MixedClient } from "./clients/mixed-clients.ts";
import { recordOf, refusedClientOf } from "./clients/refused-client.ts";
import type { Counters } from "./counters.ts";
import { createEngine, serverOf, type Engine, type EngineOptions } from "./create-engine.ts";
import { learnAlias } from "./requests/client-alias.ts";
import type { LoopRecord } from "./incidents/incident-record.ts";
import type { PoolTimeline } from "./incidents/pool-timeline.ts";
import type { LogsProgressRecord } from "./requests/log-progress.ts";
import { JUDGE_AFTER_MS } from "./requests/waiting-times.ts";
import type { ProxyCoverage } from "./requests/proxy-coverage.ts";
import { poolOf, type AuthAdminEvent, type OAuthEvent, type ServerState } from "./server-state.ts";
import type { EventRowIndex } from "./incidents/event-rows.ts";
import {
  clientOf,
  incidentOf,
  loopOf,
  storedClient,
  storedIncident,
  storedLoop,
  type StoredClient,
  type StoredIncident,
  type StoredLoop,
} from "./stored-records.ts";
import type { WorkerActivity } from "./incidents/worker-activity.ts";
import {
  streamRequests,
  unpackRequests,
  type StoredRequests,
  type StreamedRequests,
} from "./record/stored-requests.ts";

/** The engine as plain JSON, as `streamEngine()` writes it and `restoreEngine()` reads it. */
export interface EngineDump {
  readonly servers: readonly ServerDump[];
  readonly tracks: readonly StoredClient[];
  readonly requests: StoredRequests;
  readonly requestsDropped: number;
  readonly successes: readonly number[][];
  readonly past: { readonly incidents: readonly StoredIncident[]; readonly loops: readonly LoopRecord[] };
  readonly seenEvents: readonly number[];
  readonly tracksDropped: number;
  readonly clockMs: number;
}

/** An `EngineDump` whose long lists are made item by item while they are read, once. The engine must not take rows until then. */
export interface EngineStream extends Omit<EngineDump, "servers" | "tracks" | "requests"> {
  readonly servers: Iterable<ServerDump>;
  readonly tracks: Iterable<StoredClient>;
  readonly requests: StreamedRequests;
}

/** One server as plain JSON. */
export interface ServerDump {
  readonly name: string;
  readonly hasFront: boolean;
  readonly proxies: readonly Protocol[];
  readonly hasEventLog: boolean;
  /** Optional fields are missing in records of version 0.1.0. */
  readonly backEnds?: readonly Protocol[];
  readonly coverage?: ReturnType<ProxyCoverage["dump"]>;
  readonly mixedClients?: readonly MixedClient[];
  readonly progress?: readonly LogsProgressRecord[];
  readonly counters: ReturnType<Counters["dump"]>;
  /** Slot and count of each request counter that is not 0. */
  readonly requests: readonly (readonly [number, number])[];
  readonly sightings: ReturnType<WorkerActivity["dump"]>;
  readonly places?: ReturnType<EventRowIndex["dump"]>;
  readonly pools: readonly {
    readonly appPool: AppPool;
    readonly settled: readonly StoredLoop[];
    readonly timeline: ReturnType<PoolTimeline["dump"]>;
    readonly past: readonly { startMs: number; endMs: number }[];
  }[];
  readonly oauthNotes: readonly OAuthEvent[];
  readonly authAdminNotes: readonly AuthAdminEvent[];
  readonly countedRecycles: readonly { appPool: AppPool; atMs: number }[];
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
}

/** Successes stored at most, the newest. Older ones matter only to a client that is refused for the first time long after them. */
const MAX_SUCCESSES = 20_000;
const MAX_SEEN_EVENTS = 20_000;
/** Limit of the cache of one dump: names of peers, and whether they are servers of the farm. */
const MAX_PEERS = 1_000;

/** The engine took a row while its record was being made, so the record would not be of one moment. Make it again. */
export class EngineChangedError extends Error {
  override readonly name = "EngineChangedError";
  constructor() {
    super("Cannot make the state record: the engine has changed while it was made");
  }
}

/**
 * The engine's state for the state record, made while it is read, so that a record of many servers can be written without blocking the
 * event loop. Take it in the same tick as the follower's. Reading its lists throws an EngineChangedError when the engine has changed since.
 */
export function streamEngine(engine: Engine): EngineStream {
  const known = new Map<string, boolean>();
  const isServer = (name: string): boolean => {
    const answer = known.get(name) ?? engine.servers.some((server) => isSameServer(server.name, name));
    if (known.size < MAX_PEERS) known.set(name, answer);
    return answer;
  };
  const { revision } = engine;
  const unchanged = <Item>(item: Item): Item => {
    if (engine.revision !== revision) throw new EngineChangedError();
    return item;
  };
  return {
    servers: mapped(engine.servers, (server) => dumpServer(unchanged(server))),
    tracks: mapped(engine.clients.values(), (client) => storedClient(recordOf(engine.attempts, unchanged(client)))),
    requests: streamRequests(mapped(engine.table.values(), unchanged), isServer),
    requestsDropped: engine.table.dropped,
    successes: engine.successes.dump(MAX_SUCCESSES),
    past: { incidents: engine.archive.incidents.map(storedIncident), loops: [...engine.archive.loops] },
    seenEvents: [...engine.seenEvents].slice(-MAX_SEEN_EVENTS),
    tracksDropped: engine.clientsDropped,
    clockMs: engine.clockMs,
  };
}

/** Restores an engine. `dump` must have passed `ENGINE_SHAPE` and `faultOfRequests()`. */
export function restoreEngine(options: EngineOptions, dump: EngineDump): Engine {
  const engine = createEngine(options);
  for (const one of dump.servers) restoreServer(engine, one);
  for (const stored of dump.tracks) {
    engine.clients.set(stored.key, refusedClientOf(engine.attempts, clientOf(stored)));
    engine.pools.get(stored.pool)?.clientKeys.add(stored.key);
  }
  engine.table.restore(unpackRequests(dump.requests), dump.requestsDropped);
  for (const { key } of engine.table.values()) engine.lastHeldKey = Math.min(engine.lastHeldKey, key);
  for (const request of engine.table.values())
    if (request.iis !== null && request.httpProxy !== null) learnAlias(engine, request);
  for (const [clientKey = 0, atMs = 0, fileKey = 0, offset = 0] of dump.successes)
    engine.successes.add(clientKey, atMs, fileKey, offset);
  engine.archive.incidents.push(...dump.past.incidents.map(incidentOf));
  engine.archive.loops.push(...dump.past.loops);
  for (const key of dump.seenEvents) engine.seenEvents.add(key);
  engine.clientsDropped = dump.tracksDropped;
  engine.clockMs = dump.clockMs;
  restoreProgress(engine, dump);
  return engine;
}

/** Restores how far the logs are read. The newest row that may not be judged yet is an open request, which shows when it arrived. */
function restoreProgress(engine: Engine, { servers, clockMs }: EngineDump): void {
  let cameMs = clockMs;
  for (const { judgeAtMs } of engine.table.values()) cameMs = Math.max(cameMs, judgeAtMs - JUDGE_AFTER_MS);
  for (const { name, progress = [] } of servers) serverOf(engine, name).progress.restore(progress, cameMs);
}

function dumpServer(server: ServerState): ServerDump {
  const requests: [number, number][] = [];
  for (const [slot, count] of server.requests.entries()) if (count > 0) requests.push([slot, count]);
  return {
    name: server.name,
    hasFront: server.hasFront,
    proxies: [...server.proxies],
    hasEventLog: server.hasEventLog,
    backEnds: [...server.backEnds],
    coverage: server.coverage.dump(),
    mixedClients: server.mixedClients.dump(),
    progress: server.progress.dump(),
    counters: server.counters.dump(),
    requests,
    sightings: server.workers.dump(),
    places: server.eventRows.dump(),
    pools: [...server.pools.values()].map(({ appPool, finalLoops, timeline, archived }) => ({
      appPool,
      settled: finalLoops.values().map(storedLoop),
      timeline: timeline.dump(),
      past: archived,
    })),
    oauthNotes: server.oauthEvents,
    authAdminNotes: server.authAdminEvents,
    countedRecycles: server.countedRecycles.map((one) => ({ ...one })),
    firstEventMs: Number.isFinite(server.firstEventMs) ? server.firstEventMs : null,
    lastEventMs: Number.isFinite(server.lastEventMs) ? server.lastEventMs : null,
  };
}

function restoreServer(engine: Engine, dump: ServerDump): void {
  const server = serverOf(engine, dump.name);
  server.hasFront = dump.hasFront;
  server.hasEventLog = dump.hasEventLog;
  for (const protocol of dump.proxies) server.proxies.add(protocol);
  for (const protocol of dump.backEnds ?? []) server.backEnds.add(protocol);
  server.coverage.restore(dump.coverage ?? []);
  server.mixedClients.restore(dump.mixedClients ?? []);
  server.counters.restore(dump.counters);
  for (const [slot, count] of dump.requests) server.requests[slot] = count;
  server.workers.restore(dump.sightings);
  server.eventRows.restore(dump.places ?? []);
  for (const one of dump.pools) {
    const pool = poolOf(engine.pools, server, one.appPool);
    for (const loop of one.settled) pool.finalLoops.add(loopOf(loop));
    pool.archived = [...one.past];
    pool.timeline.restore(one.timeline);
  }
  server.oauthEvents = [...dump.oauthNotes];
  server.authAdminEvents = [...dump.authAdminNotes];
  server.countedRecycles = dump.countedRecycles.map((one) => ({ ...one }));
  server.firstEventMs = dump.firstEventMs ?? Infinity;
  server.lastEventMs = dump.lastEventMs ?? -Infinity;
}
