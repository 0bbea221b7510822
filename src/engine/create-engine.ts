import { BoundedMap, BoundedSet } from "../model/bounded-map.ts";
import type { DetectionRules } from "../model/rules.ts";
import type { CountListener } from "./counters.ts";
import type { IncidentRecord, LoopRecord } from "./incidents/incident-record.ts";
import { LogFiles } from "./log-files.ts";
import { NO_FACTS, type OrganisationFacts } from "./organisation-facts.ts";
import { RecentKeys } from "./clients/recent-keys.ts";
import { RecentSuccesses } from "./clients/recent-successes.ts";
import { ScannedKindsOfLogs } from "./joins/scanned-kinds.ts";
import { RequestTable } from "./requests/request-table.ts";
import { newServerState, type PoolState, type ServerState } from "./server-state.ts";
import { Attempts } from "./clients/attempts.ts";
import { RefusedClients } from "./clients/refused-clients.ts";

/** Most entries of `clientAliases`. About 50 bytes each. */
const MAX_CLIENT_ALIASES = 100_000;
/** Windows events remembered, so that none counts twice. About 40 bytes each. */
const MAX_SEEN_EVENTS = 100_000;

/** How many of each thing the engine holds at most. What it drops is counted. */
export interface EngineLimits {
  /** Requests that wait for their rows in other logs. About 300 bytes each. */
  readonly openRequests: number;
  /** Refused clients that are followed. About 500 bytes each. */
  readonly refusedClients: number;
  /** Successes remembered for clients that are not followed. 36 bytes each. */
  readonly recentSuccesses: number;
  /** Ended incidents and loops kept for the pages; the oldest are dropped first. */
  readonly pastIncidents: number;
  readonly pastLoops: number;
}

/** Default limits of a daemon. */
export const LIVE_LIMITS: EngineLimits = {
  openRequests: 200_000,
  refusedClients: 50_000,
  recentSuccesses: 262_144,
  pastIncidents: 1_000,
  pastLoops: 10_000,
};

export interface EngineOptions {
  readonly rules: DetectionRules;
  readonly limits: EngineLimits;
  /**
   * `live`: a row waits for its request's other rows by the clock at which it arrived. `history`: all logs are there, so rows wait by
   * event time behind the watermark.
   */
  readonly mode: "live" | "history";
  readonly onCount?: CountListener;
}

const MAX_COMPLETED_IDS = 65_536;

/** Everything the process knows from logs: plain data in bounded collections. A daemon has one. */
export interface Engine {
  /** New rules apply to everything that is not final. */
  options: EngineOptions;
  readonly servers: ServerState[];
  readonly serverIndex: Map<string, number>;
  /** Paths of the files that rows come from. Not stored: the follower reports them again after a restart. */
  readonly files: LogFiles;
  /** The pools of all servers, by their key. */
  readonly pools: Map<number, PoolState>;
  readonly clients: RefusedClients;
  /** The attempts of all followed clients. */
  readonly attempts: Attempts;
  readonly successes: RecentSuccesses;
  readonly table: RequestTable;
  /** Of the rows in `table.waiting`. */
  readonly scannedKinds: ScannedKindsOfLogs;
  /** The last key given to an IIS row without a request id. Such rows have keys below 0 in the table. */
  lastHeldKey: number;
  /** Ids of served requests with rows in both front-end logs: a further row with such an id is a duplicate. Not stored. */
  readonly completedRequestIds: RecentKeys;
  /** Live: the client key without ClientId (HttpProxy) → the key with it (IIS), learned from requests that have both rows. */
  readonly clientAliases: Map<number, number>;
  readonly archive: { incidents: IncidentRecord[]; loops: LoopRecord[] };
  facts: OrganisationFacts;
  /** Keys of the events taken so far: an event that is exported twice counts once. */
  readonly seenEvents: Set<number>;
  clientsDropped: number;
  /** Goes up with each row and each worker process taken: a record that is being made shows by it that it is no longer of one moment. */
  revision: number;
  /** Goes up with all else that may change the findings: logs, facts, rules, workers at work, the clock. Not stored. */
  changes: number;
  /** The last clock given to `advance()` (Unix ms): the hold clock in live mode, the watermark in history. */
  clockMs: number;
  lastFinalisedMs: number;
  /** The engine's clock when the requests that wait for a late file were last judged. */
  lastLateMs: number;
}

/** An engine that knows nothing yet. */
export function createEngine(options: EngineOptions): Engine {
  const table = new RequestTable(options.limits.openRequests, options.mode === "history");
  return {
    options,
    servers: [],
    serverIndex: new Map(),
    files: new LogFiles(),
    pools: new Map(),
    clients: new RefusedClients(options.limits.refusedClients),
    attempts: new Attempts(),
    successes: new RecentSuccesses(options.limits.recentSuccesses),
    table,
    scannedKinds: new ScannedKindsOfLogs(table.waiting.kinds),
    lastHeldKey: 0,
    completedRequestIds: new RecentKeys(MAX_COMPLETED_IDS),
    clientAliases: new BoundedMap(MAX_CLIENT_ALIASES),
    archive: { incidents: [], loops: [] },
    facts: NO_FACTS,
    seenEvents: new BoundedSet(MAX_SEEN_EVENTS),
    clientsDropped: 0,
    revision: 0,
    changes: 0,
    clockMs: 0,
    lastFinalisedMs: 0,
    lastLateMs: 0,
  };
}

/** The server's state; undefined when nothing is known of that name. For those who only read. */
export function knownServer(engine: Engine, name: string): ServerState | undefined {
  const index = engine.serverIndex.get(name);
  return index === undefined ? undefined : engine.servers[index];
}

/** Returns the server's state; creates it when the name is new. */
export function serverOf(engine: Engine, name: string): ServerState {
  const known = knownServer(engine, name);
  if (known !== undefined) return known;
  const server = newServerState(name, engine.servers.length, engine.options.onCount ?? null);
  engine.serverIndex.set(name, server.index);
  engine.servers.push(server);
  return server;
}
