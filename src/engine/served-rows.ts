import { FRONT_END_POOL } from "../model/app-pool.ts";
import { PROTOCOLS, type Protocol } from "../model/label-values.ts";
import type { LogPlace, RowPlace } from "../model/row.ts";
import { HAS_USER, type ServedRows, type ServedUrl } from "../model/row-scanner.ts";
import { combineKeys } from "../model/text-key.ts";
import { insertEntry } from "./client-tracks.ts";
import { serverOf, type Engine } from "./create-engine.ts";
import { poolOf, requestSlot, type PoolState, type ServerState } from "./server-state.ts";

const NONE: ReadonlySet<Protocol> = new Set();
const ALL: ReadonlySet<Protocol> = new Set(PROTOCOLS);

/**
 * Protocols of which a served request of that IIS log waits for no other log, so that `acceptServed` may take it. Asked once all logs of the server are
 * known: in history. A back end's row that refuses nothing is of no consequence.
 */
export function plainProtocols(engine: Engine, serverName: string, place: LogPlace): ReadonlySet<Protocol> {
  if (engine.options.mode === "live") return NONE;
  if (place.isBackEnd) return ALL;
  const { proxies } = serverOf(engine, serverName);
  return new Set(PROTOCOLS.filter((protocol) => !proxies.has(protocol)));
}

/**
 * Takes served requests by their numbers: the same as `acceptRow` of each of their rows. `place` is where the rows' stretch begins.
 */
export function acceptServed(engine: Engine, serverName: string, rows: ServedRows, place: RowPlace): void {
  const server = serverOf(engine, serverName);
  if (rows.oldestAtMs < server.firstEventMs) server.firstEventMs = rows.oldestAtMs;
  if (rows.newestAtMs > server.lastEventMs) server.lastEventMs = rows.newestAtMs;
  const { atMs, clients, starts, places, urls } = rows;
  const takers: (Taker | undefined)[] = [];
  for (let index = 0; index < rows.count; index++) {
    const url = places[index] ?? 0;
    const at = atMs[index] ?? 0;
    const taker = (takers[url & ~HAS_USER] ??= createTaker(engine, server, urls[url & ~HAS_USER]));
    const { pool, protocol } = taker;
    taker.count += 1;
    if (taker.isListened) server.counters.noteRequest(protocol, "unknown", "success", at);
    if ((url & HAS_USER) === 0) pool.timeline.note(at, true);
    const trackKey = combineKeys(clients[index] ?? 0, pool.key);
    const offset = place.offset + (starts[index] ?? 0);
    engine.successes.add(trackKey, at, place.fileKey, offset);
    const track = engine.tracks.get(trackKey);
    if (track === undefined) continue;
    insertEntry(track, { atMs: at, fileKey: place.fileKey, offset, kind: "success", category: null, isBackEnd: false, protocol, takenAtMs: at });
  }
  for (const taker of takers) {
    if (taker !== undefined) server.requests[taker.slot] = (server.requests[taker.slot] ?? 0) + taker.count;
  }
}

/** What the rows of one URL have in common. */
interface Taker {
  readonly protocol: Protocol;
  readonly pool: PoolState;
  readonly slot: number;
  readonly isListened: boolean;
  count: number;
}

function createTaker(engine: Engine, server: ServerState, url: ServedUrl | undefined): Taker {
  const protocol = url?.protocol ?? "other";
  const appPool = url === undefined || url.appPool === "other" ? FRONT_END_POOL[protocol] : url.appPool;
  return {
    protocol,
    pool: poolOf(engine.pools, server, appPool),
    slot: requestSlot(protocol, "unknown", "success"),
    isListened: engine.options.onCount !== undefined,
    count: 0,
  };
}
