import type { Protocol } from "../model/label-values.ts";
import type { AppPool } from "../model/app-pool.ts";
import { recordOf, trackOf, type TrackLoop, type TrackRecord } from "./clients/client-tracks.ts";
import type { Counters } from "./counters.ts";
import { createEngine, serverOf, type Engine, type EngineOptions } from "./create-engine.ts";
import { learnClient } from "./engine.ts";
import type { IncidentRecord, LoopRecord } from "./incidents/incident-record.ts";
import type { PoolTimeline } from "./incidents/pool-timeline.ts";
import type { OpenRequest } from "./request-table.ts";
import { poolOf, type AuthAdminNote, type OAuthNote, type ServerState } from "./server-state.ts";
import type { SightingPlaces } from "./incidents/sighting-places.ts";
import type { WorkerSightings } from "./incidents/worker-sightings.ts";

/** The engine as plain JSON. Written by `dumpEngine()`, read by `restoreEngine()` of the same version. */
export interface EngineDump {
  readonly servers: readonly ServerDump[];
  readonly tracks: readonly TrackRecord[];
  readonly requests: readonly OpenRequest[];
  readonly requestsDropped: number;
  readonly successes: readonly number[][];
  readonly past: { readonly incidents: readonly KeptIncident[]; readonly loops: readonly LoopRecord[] };
  readonly seenEvents: readonly number[];
  readonly tracksDropped: number;
  readonly clockMs: number;
}

/** Records of versions that kept no places of rows lack them. */
type KeptIncident = Omit<IncidentRecord, "places"> & Partial<Pick<IncidentRecord, "places">>;

interface ServerDump {
  readonly name: string;
  readonly hasFront: boolean;
  readonly proxies: readonly Protocol[];
  readonly hasEventLog: boolean;
  readonly proxyMinutes: readonly (readonly [Protocol, readonly number[]])[];
  readonly counters: ReturnType<Counters["dump"]>;
  /** Slot and count of those that are not 0. */
  readonly requests: readonly (readonly [number, number])[];
  readonly sightings: ReturnType<WorkerSightings["dump"]>;
  readonly places?: ReturnType<SightingPlaces["dump"]>;
  readonly pools: readonly {
    readonly appPool: AppPool;
    readonly settled: readonly TrackLoop[];
    readonly timeline: ReturnType<PoolTimeline["dump"]>;
    readonly past: readonly { startMs: number; endMs: number }[];
  }[];
  readonly oauthNotes: readonly OAuthNote[];
  readonly authAdminNotes: readonly AuthAdminNote[];
  readonly countedRecycles: readonly { appPool: AppPool; atMs: number }[];
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
}

/** Successes that go into the record; older ones serve only clients whose first refusal comes this late. */
const MOST_SUCCESSES = 20_000;
const MOST_SEEN_EVENTS = 20_000;

export function dumpEngine(engine: Engine): EngineDump {
  return {
    servers: engine.servers.map(dumpServer),
    tracks: [...engine.tracks.values()].map((track) => recordOf(engine.entries, track)),
    requests: [...engine.table.values()],
    requestsDropped: engine.table.dropped,
    successes: engine.successes.dump(MOST_SUCCESSES),
    past: engine.past,
    seenEvents: [...engine.seenEvents].slice(-MOST_SEEN_EVENTS),
    tracksDropped: engine.tracksDropped,
    clockMs: engine.clockMs,
  };
}

export function restoreEngine(options: EngineOptions, dump: EngineDump): Engine {
  const engine = createEngine(options);
  for (const one of dump.servers) restoreServer(engine, one);
  for (const track of dump.tracks) {
    engine.tracks.set(track.key, trackOf(engine.entries, track));
    engine.pools.get(track.pool)?.tracks.add(track.key);
  }
  engine.table.restore(
    dump.requests.map((request) => ({ ...request })),
    dump.requestsDropped,
  );
  for (const request of engine.table.values())
    if (request.front !== null && request.proxy !== null) learnClient(engine, request);
  for (const [trackKey = 0, atMs = 0, fileKey = 0, offset = 0] of dump.successes)
    engine.successes.add(trackKey, atMs, fileKey, offset);
  engine.past.incidents.push(...dump.past.incidents.map((one) => ({ ...one, places: one.places ?? [] })));
  engine.past.loops.push(...dump.past.loops);
  for (const key of dump.seenEvents) engine.seenEvents.add(key);
  engine.tracksDropped = dump.tracksDropped;
  engine.clockMs = dump.clockMs;
  return engine;
}

function dumpServer(server: ServerState): ServerDump {
  const requests: [number, number][] = [];
  for (const [slot, count] of server.requests.entries()) if (count > 0) requests.push([slot, count]);
  return {
    name: server.name,
    hasFront: server.hasFront,
    proxies: [...server.proxies],
    hasEventLog: server.hasEventLog,
    proxyMinutes: [...server.proxyMinutes].map(([protocol, minutes]) => [protocol, [...minutes]] as const),
    counters: server.counters.dump(),
    requests,
    sightings: server.sightings.dump(),
    places: server.places.dump(),
    pools: [...server.pools.values()].map(({ appPool, settled, timeline, past }) => ({
      appPool,
      settled,
      timeline: timeline.dump(),
      past,
    })),
    oauthNotes: server.oauthNotes,
    authAdminNotes: server.authAdminNotes,
    countedRecycles: server.countedRecycles,
    firstEventMs: Number.isFinite(server.firstEventMs) ? server.firstEventMs : null,
    lastEventMs: Number.isFinite(server.lastEventMs) ? server.lastEventMs : null,
  };
}

function restoreServer(engine: Engine, dump: ServerDump): void {
  const server = serverOf(engine, dump.name);
  server.hasFront = dump.hasFront;
  server.hasEventLog = dump.hasEventLog;
  for (const protocol of dump.proxies) server.proxies.add(protocol);
  for (const [protocol, minutes] of dump.proxyMinutes) server.proxyMinutes.set(protocol, new Set(minutes));
  server.counters.restore(dump.counters);
  for (const [slot, count] of dump.requests) server.requests[slot] = count;
  server.sightings.restore(dump.sightings);
  server.places.restore(dump.places ?? []);
  for (const one of dump.pools) {
    const pool = poolOf(engine.pools, server, one.appPool);
    pool.settled = [...one.settled];
    pool.past = [...one.past];
    pool.timeline.restore(one.timeline);
  }
  server.oauthNotes = [...dump.oauthNotes];
  server.authAdminNotes = [...dump.authAdminNotes];
  server.countedRecycles = [...dump.countedRecycles];
  server.firstEventMs = dump.firstEventMs ?? Infinity;
  server.lastEventMs = dump.lastEventMs ?? -Infinity;
}
