import { FRONT_END_POOL } from "../model/app-pool.ts";
import { PROTOCOLS, SCHEMES, type Protocol, type Scheme } from "../model/label-values.ts";
import type { LogPlace, RowPlace } from "../model/row.ts";
import { HAS_USER, IS_TOLD, type ServedRows } from "../model/row-scanner.ts";
import { combineKeys } from "../model/text-key.ts";
import { insertSuccess } from "./clients/client-tracks.ts";
import { serverOf, type Engine } from "./create-engine.ts";
import { acceptRow } from "./engine.ts";
import { noteCoverage, poolOf, requestSlot, type PoolState, type ServerState } from "./server-state.ts";
import { whatOf } from "./clients/track-entries.ts";

const NONE: ReadonlySet<Protocol> = new Set();
const ALL: ReadonlySet<Protocol> = new Set(PROTOCOLS);

/**
 * Protocols of which a served request of that log waits for no other log, so that `acceptServed` may take it by its client alone. Asked once all logs of
 * the server are known: in history. A back end's row that refuses nothing is of no consequence.
 */
export function plainProtocols(engine: Engine, serverName: string, place: LogPlace): ReadonlySet<Protocol> {
  if (engine.options.mode === "live") return NONE;
  if (place.isBackEnd) return ALL;
  const { proxies, hasFront } = serverOf(engine, serverName);
  if (place.format === "http_proxy") return hasFront ? NONE : ALL;
  return new Set(PROTOCOLS.filter((protocol) => !proxies.has(protocol)));
}

/** Takes requests by their numbers: the same as `acceptRow` of each of their rows. `place` is where the rows' stretch begins. */
export function acceptServed(engine: Engine, serverName: string, rows: ServedRows, place: RowPlace): void {
  const server = serverOf(engine, serverName);
  if (rows.oldestAtMs < server.firstEventMs) server.firstEventMs = rows.oldestAtMs;
  if (rows.newestAtMs > server.lastEventMs) server.lastEventMs = rows.newestAtMs;
  const { atMs, clients, starts, places, schemes } = rows;
  const takers: (Taker | undefined)[] = [];
  let coveredMinute = NaN;
  for (let index = 0; index < rows.count; index++) {
    const url = places[index] ?? 0;
    const at = atMs[index] ?? 0;
    const offset = place.offset + (starts[index] ?? 0);
    if ((url & IS_TOLD) !== 0) {
      acceptRow(engine, serverName, rows.told(index), { fileKey: place.fileKey, offset }, 0);
      continue;
    }
    const kind = (url & ~HAS_USER) * SCHEMES.length + (schemes[index] ?? 0);
    const taker = (takers[kind] ??= createTaker(engine, server, rows, index));
    const { pool, protocol, scheme } = taker;
    taker.count += 1;
    const minute = Math.floor(at / MINUTE_MS);
    if (taker.isCovering && minute !== coveredMinute) {
      noteCoverage(server, protocol, at);
      coveredMinute = minute;
    }
    if (taker.isListened) server.counters.noteRequest(protocol, scheme, "success", at);
    if (taker.mayBeBearer && (taker.isCovering || (url & HAS_USER) === 0)) pool.timeline.note(at, true);
    const trackKey = combineKeys(clients[index] ?? 0, pool.key);
    engine.successes.add(trackKey, at, place.fileKey, offset);
    const track = engine.tracks.get(trackKey);
    if (track !== undefined)
      insertSuccess(engine.entries, track, { atMs: at, fileKey: place.fileKey, offset }, taker.what, at);
  }
  for (const taker of takers) {
    if (taker !== undefined) server.requests[taker.slot] = (server.requests[taker.slot] ?? 0) + taker.count;
  }
}

const MINUTE_MS = 60_000;

/** What the rows of one URL and scheme have in common. */
interface Taker {
  readonly protocol: Protocol;
  readonly scheme: Scheme;
  readonly pool: PoolState;
  readonly slot: number;
  /** Of their entries. */
  readonly what: number;
  /** A token may have been accepted, as far as the log tells the scheme. */
  readonly mayBeBearer: boolean;
  /** Rows of the log whose silence tells something; its rows with a user may be of Bearer tokens, those of IIS are not. */
  readonly isCovering: boolean;
  readonly isListened: boolean;
  count: number;
}

function createTaker(
  engine: Engine,
  server: ServerState,
  { source, places, urls, schemes }: ServedRows,
  index: number,
): Taker {
  const { protocol, appPool } = urls[(places[index] ?? 0) & ~HAS_USER] ?? { protocol: "other", appPool: "other" };
  const isCovering = source === "http_proxy";
  const scheme = isCovering ? (SCHEMES[schemes[index] ?? 0] ?? "unknown") : "unknown";
  return {
    protocol,
    scheme,
    pool: poolOf(engine.pools, server, appPool === "other" ? FRONT_END_POOL[protocol] : appPool),
    slot: requestSlot(protocol, scheme, "success"),
    what: whatOf({ kind: "success", category: null, isBackEnd: false, protocol }),
    mayBeBearer: scheme === "bearer" || scheme === "unknown",
    isCovering,
    isListened: engine.options.onCount !== undefined,
    count: 0,
  };
}
