import { PROTOCOLS, SCHEMES, type Protocol, type Scheme } from "../model/label-values.ts";
import type { ScannerMemory } from "../model/logs/scanner-memory.ts";
import type { LogKind, RowPosition } from "../model/row.ts";
import { HAS_USER, HAS_FULL_ROW, type KeepingServer, type ScannedRequests } from "../model/row-scanner.ts";
import { combineKeys } from "../model/text-key.ts";
import { watchClients } from "./clients/follow-clients.ts";
import { insertPacked } from "./clients/refused-client.ts";
import { serverOf, type Engine } from "./create-engine.ts";
import { acceptRow } from "./accept-row.ts";
import { TIMELINE_STEP_MS } from "./incidents/pool-timeline.ts";
import { JoinedRows } from "./joins/joined-rows.ts";
import { hasFrontLog } from "./requests/front-end-logs.ts";
import { countKept, takeKept, type Batch } from "./requests/kept-rows.ts";
import { stepOf } from "./requests/proxy-coverage.ts";
import { UnservedRows } from "./requests/unserved-rows.ts";
import { poolOfRequest } from "./requests/judge-request.ts";
import { requestSlot, type PoolState, type ServerState } from "./server-state.ts";
import { packFields } from "./clients/attempts.ts";

const NONE: ReadonlySet<Protocol> = new Set();
const ALL: ReadonlySet<Protocol> = new Set(PROTOCOLS);

/**
 * Protocols for which a served request in that log waits for no other log, so that `acceptScanned` needs only its client key. None in live
 * mode: there, logs of the server may still appear. All for a back end's log, in which only refusals matter when the front end's logs show
 * all requests.
 */
export function protocolsSettledByOneLog(engine: Engine, serverName: string, log: LogKind): ReadonlySet<Protocol> {
  if (engine.options.mode === "live") return NONE;
  if (log.isBackEnd) return ALL;
  if (log.format === "ews" || log.format === "mapi_http")
    return hasFrontLog(serverOf(engine, serverName), log.format === "ews" ? "ews" : "mapi") ? ALL : NONE;
  const { proxies, hasFront } = serverOf(engine, serverName);
  if (log.format === "http_proxy") return hasFront ? NONE : ALL;
  return new Set(PROTOCOLS.filter((protocol) => !proxies.has(protocol)));
}

/**
 * Lets a scanner keep rows of IIS in its memory: the engine uses that memory for its successes and counted requests from then on, and takes
 * only the number of rows, their first and last times, and the rows of followed clients. Null in live mode, which needs each row.
 */
export function keepServed(engine: Engine, serverName: string, memory: ScannerMemory): KeepingServer | null {
  if (engine.options.mode === "live" || !engine.clients.mayBeWatchedBy(memory.watched)) return null;
  if (!engine.successes.moveInto(memory)) return null;
  engine.clients.moveInto(memory);
  engine.table.moveInto(memory.settled);
  watchClients(engine, memory.watched);
  return serverOf(engine, serverName).keeping;
}

/** Notes the times of the rows that the scanner counted, listed or not. */
export function noteScanned(
  engine: Engine,
  serverName: string,
  { oldestAtMs, newestAtMs }: Pick<ScannedRequests, "oldestAtMs" | "newestAtMs">,
): ServerState {
  engine.revision += 1;
  const server = serverOf(engine, serverName);
  if (oldestAtMs < server.firstEventMs) server.firstEventMs = oldestAtMs;
  if (newestAtMs > server.lastEventMs) server.lastEventMs = newestAtMs;
  return server;
}

/** Takes a batch from the scanner, with the same result as `acceptRow` for each of its rows. `position`: that of the batch's first row. */
export function acceptScanned(
  engine: Engine,
  {
    server: name,
    rows,
    position,
  }: { readonly server: string; readonly rows: ScannedRequests; readonly position: RowPosition },
): void {
  const server = noteScanned(engine, name, rows);
  if (rows.kept !== null) acceptKept({ engine, server, rows }, position);
  else acceptListed({ engine, server, rows }, position);
}

/** Takes a batch of IIS whose served rows the scanner has kept. */
function acceptKept(batch: Batch, position: RowPosition): void {
  const { engine, server, rows } = batch;
  const { kept, atMs, starts, urlCodes } = rows;
  if (kept === null) return;
  countKept(batch, kept);
  if (rows.count === 0) return;
  let unserved: UnservedRows | null = null;
  const joined = JoinedRows.of(batch, position.fileKey);
  engine.clients.beginBatch();
  for (let index = 0; index < rows.count; index++) {
    const offset = position.offset + (starts[index] ?? 0);
    if (((urlCodes[index] ?? 0) & HAS_FULL_ROW) === 0) {
      takeKept(batch, index, { fileKey: position.fileKey, offset });
      continue;
    }
    engine.successes.setTime(kept.successesBefore[index] ?? 0);
    if (joined?.take(index, offset) === true) continue;
    unserved ??= UnservedRows.of(batch);
    const rowPosition = { fileKey: position.fileKey, offset };
    if (unserved?.take(index, atMs[index] ?? 0, rowPosition) !== true)
      acceptRow(engine, { server: server.name, row: rows.fullRow(index), position: rowPosition, clockMs: 0 });
  }
  engine.successes.setTime(null);
  engine.clients.endBatch();
}

function acceptListed(batch: Batch, position: RowPosition): void {
  const { engine, server, rows } = batch;
  const { atMs, clients, starts, urlCodes, schemes } = rows;
  const groups: (RequestGroup | undefined)[] = [];
  let unserved: UnservedRows | null = null;
  const joined = JoinedRows.of(batch, position.fileKey);
  let coveredStep = NaN;
  for (let index = 0; index < rows.count; index++) {
    const url = urlCodes[index] ?? 0;
    const offset = position.offset + (starts[index] ?? 0);
    if ((url & HAS_FULL_ROW) !== 0) {
      if (joined?.take(index, offset) === true) continue;
      unserved ??= UnservedRows.of(batch);
      const rowPosition = { fileKey: position.fileKey, offset };
      if (unserved?.take(index, atMs[index] ?? 0, rowPosition) !== true)
        acceptRow(engine, { server: server.name, row: rows.fullRow(index), position: rowPosition, clockMs: 0 });
      continue;
    }
    const at = atMs[index] ?? 0;
    const kind = (url & ~HAS_USER) * SCHEMES.length + (schemes[index] ?? 0);
    const group = (groups[kind] ??= createGroup(batch, index));
    const { pool, protocol, scheme } = group;
    group.count += 1;
    if (group.isCovering && stepOf(at) !== coveredStep) {
      server.coverage.note(protocol, OK, at);
      coveredStep = stepOf(at);
    }
    if (group.isListened) server.counters.noteRequest(protocol, scheme, "success", at);
    if (group.mayBeBearer && (group.isCovering || (url & HAS_USER) === 0)) noteServed(group, at);
    const clientKey = combineKeys(clients[index] ?? 0, pool.key);
    const client = engine.clients.get(clientKey);
    // An anonymous success shows nothing about the client's tokens.
    if (scheme !== "anonymous") engine.successes.add(clientKey, at, position.fileKey, offset);
    if (client !== undefined)
      insertPacked(engine.attempts, client, { atMs: at, fileKey: position.fileKey, offset }, group.packedFields, at);
  }
  for (const group of groups) {
    if (group === undefined) continue;
    server.requests[group.slot] = (server.requests[group.slot] ?? 0) + group.count;
    if (group.lastMs > group.firstMs) group.pool.timeline.note(group.lastMs, true);
  }
}

/** Notes an accepted token in the pool's timeline. Between the first and the last row of a step the timeline needs none. */
function noteServed(group: RequestGroup, atMs: number): void {
  if (atMs >= group.firstMs && atMs < group.untilMs) {
    if (atMs > group.lastMs) group.lastMs = atMs;
    return;
  }
  const { timeline } = group.pool;
  if (group.lastMs > group.firstMs) timeline.note(group.lastMs, true);
  timeline.note(atMs, true);
  group.firstMs = atMs;
  group.lastMs = atMs;
  group.untilMs = (Math.floor(atMs / TIMELINE_STEP_MS) + 1) * TIMELINE_STEP_MS;
}

/** Stands for any status of a served request. */
const OK = 200;

/** The requests of a batch that have the same URL and scheme. */
interface RequestGroup {
  readonly protocol: Protocol;
  readonly scheme: Scheme;
  readonly pool: PoolState;
  readonly slot: number;
  /** `packFields()` of their attempts. */
  readonly packedFields: number;
  /** The scheme is Bearer or unknown: a token may have been accepted. */
  readonly mayBeBearer: boolean;
  /** Rows of HttpProxy, which note the coverage of that log. Its rows with a user name may be Bearer requests; such rows of IIS are not. */
  readonly isCovering: boolean;
  /** The engine has a listener for counts. */
  readonly isListened: boolean;
  count: number;
  /** Unix ms: the first and the last row in the timeline's current step, and the end of the step. */
  firstMs: number;
  lastMs: number;
  untilMs: number;
}

function createGroup({ engine, server, rows }: Batch, index: number): RequestGroup {
  const { source, urlCodes, urls, schemes } = rows;
  const { protocol, appPool } = urls[(urlCodes[index] ?? 0) & ~HAS_USER] ?? { protocol: "other", appPool: "other" };
  const isCovering = source === "http_proxy";
  const scheme = isCovering ? (SCHEMES[schemes[index] ?? 0] ?? "unknown") : "unknown";
  return {
    protocol,
    scheme,
    pool: poolOfRequest(engine, server, { appPool, protocol }),
    slot: requestSlot(protocol, scheme, "success"),
    packedFields: packFields({
      kind: scheme === "anonymous" ? "other" : "success",
      category: null,
      isBackEnd: false,
      protocol,
    }),
    mayBeBearer: scheme === "bearer" || scheme === "unknown",
    isCovering,
    isListened: engine.options.onCount !== undefined,
    count: 0,
    firstMs: Infinity,
    lastMs: -Infinity,
    untilMs: -Infinity,
  };
}
