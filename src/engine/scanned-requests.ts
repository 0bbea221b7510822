import { FRONT_END_POOL } from "../model/app-pool.ts";
import { PROTOCOLS, SCHEMES, type Protocol, type Scheme } from "../model/label-values.ts";
import type { LogKind, RowPosition } from "../model/row.ts";
import { HAS_USER, HAS_FULL_ROW, type ScannedRequests } from "../model/row-scanner.ts";
import { combineKeys } from "../model/text-key.ts";
import { insertOther, insertSuccess } from "./clients/refused-client.ts";
import { serverOf, type Engine } from "./create-engine.ts";
import { acceptRow } from "./engine.ts";
import { stepOf } from "./requests/proxy-coverage.ts";
import { poolOf, requestSlot, type PoolState, type ServerState } from "./server-state.ts";
import { packFields } from "./clients/attempts.ts";

const NONE: ReadonlySet<Protocol> = new Set();
const ALL: ReadonlySet<Protocol> = new Set(PROTOCOLS);

/**
 * Protocols of which a served request of that log waits for no other log, so that `acceptServed` may take it by its client alone. Asked
 * once all logs of the server are known: in history. A back end's row that refuses nothing is of no consequence.
 */
export function protocolsSettledByOneLog(engine: Engine, serverName: string, log: LogKind): ReadonlySet<Protocol> {
  if (engine.options.mode === "live") return NONE;
  if (log.isBackEnd) return ALL;
  const { proxies, hasFront } = serverOf(engine, serverName);
  if (log.format === "http_proxy") return hasFront ? NONE : ALL;
  return new Set(PROTOCOLS.filter((protocol) => !proxies.has(protocol)));
}

/** Takes requests by their numbers: the same as `acceptRow` of each of their rows. `place` is where the rows' stretch begins. */
export function acceptScanned(engine: Engine, serverName: string, rows: ScannedRequests, position: RowPosition): void {
  const server = serverOf(engine, serverName);
  if (rows.oldestAtMs < server.firstEventMs) server.firstEventMs = rows.oldestAtMs;
  if (rows.newestAtMs > server.lastEventMs) server.lastEventMs = rows.newestAtMs;
  const { atMs, clients, starts, urlCodes, schemes } = rows;
  const groups: (RequestGroup | undefined)[] = [];
  let coveredStep = NaN;
  for (let index = 0; index < rows.count; index++) {
    const url = urlCodes[index] ?? 0;
    const at = atMs[index] ?? 0;
    const offset = position.offset + (starts[index] ?? 0);
    if ((url & HAS_FULL_ROW) !== 0) {
      acceptRow(engine, serverName, rows.fullRow(index), { fileKey: position.fileKey, offset }, 0);
      continue;
    }
    const kind = (url & ~HAS_USER) * SCHEMES.length + (schemes[index] ?? 0);
    const group = (groups[kind] ??= createGroup(engine, server, rows, index));
    const { pool, protocol, scheme } = group;
    group.count += 1;
    if (group.isCovering && stepOf(at) !== coveredStep) {
      server.coverage.note(protocol, OK, at);
      coveredStep = stepOf(at);
    }
    if (group.isListened) server.counters.noteRequest(protocol, scheme, "success", at);
    if (group.mayBeBearer && (group.isCovering || (url & HAS_USER) === 0)) pool.timeline.note(at, true);
    const clientKey = combineKeys(clients[index] ?? 0, pool.key);
    const client = engine.clients.get(clientKey);
    if (scheme === "anonymous") {
      if (client !== undefined)
        insertOther(engine.attempts, client, { atMs: at, fileKey: position.fileKey, offset }, group.packedFields, at);
      continue;
    }
    engine.successes.add(clientKey, at, position.fileKey, offset);
    if (client !== undefined)
      insertSuccess(engine.attempts, client, { atMs: at, fileKey: position.fileKey, offset }, group.packedFields, at);
  }
  for (const group of groups) {
    if (group !== undefined) server.requests[group.slot] = (server.requests[group.slot] ?? 0) + group.count;
  }
}

/** Any status of a served request. */
const OK = 200;

/** What the rows of one URL and scheme have in common. */
interface RequestGroup {
  readonly protocol: Protocol;
  readonly scheme: Scheme;
  readonly pool: PoolState;
  readonly slot: number;
  /** Of their entries. */
  readonly packedFields: number;
  /** A token may have been accepted, as far as the log tells the scheme. */
  readonly mayBeBearer: boolean;
  /** Rows of the log whose silence tells something; its rows with a user may be of Bearer tokens, those of IIS are not. */
  readonly isCovering: boolean;
  readonly isListened: boolean;
  count: number;
}

function createGroup(
  engine: Engine,
  server: ServerState,
  { source, urlCodes, urls, schemes }: ScannedRequests,
  index: number,
): RequestGroup {
  const { protocol, appPool } = urls[(urlCodes[index] ?? 0) & ~HAS_USER] ?? { protocol: "other", appPool: "other" };
  const isCovering = source === "http_proxy";
  const scheme = isCovering ? (SCHEMES[schemes[index] ?? 0] ?? "unknown") : "unknown";
  return {
    protocol,
    scheme,
    pool: poolOf(engine.pools, server, appPool === "other" ? FRONT_END_POOL[protocol] : appPool),
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
  };
}
