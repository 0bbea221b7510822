import type { WatchedClients } from "../../model/logs/watched-clients.ts";
import { mainCategory, type RefusalRun } from "../../detectors/loop.ts";
import type { RequestFacts } from "../../detectors/request-result.ts";
import { packFields } from "./attempts.ts";
import {
  type RefusedClient,
  finaliseRuns,
  followedOf,
  hasFinal,
  hasNoRefusal,
  insertPacked,
  isSpent,
  newRefusedClient,
} from "./refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { END_OF_TIME, type Horizon } from "../requests/settling.ts";
import { HISTORY_SLACK_MS } from "../requests/waiting-times.ts";
import { isOfStrangers } from "../../model/label-values.ts";
import type { PoolState } from "../server-state.ts";

/** Earlier successes, at most, added to a client at its first refusal: refusals that arrive late may lie between them. */
const MAX_SUCCESSES = 4_096;

/** The first refusal or challenge of a client. `arrivedAtMs`: the engine's clock, Unix ms. */
interface FirstRefusal {
  readonly clientKey: number;
  readonly facts: Pick<RequestFacts, "client" | "protocol">;
  readonly arrivedAtMs: number;
}

/** Starts to follow a client at its first refusal or challenge, and adds its successes that are still remembered. */
export function followClient(
  engine: Engine,
  pool: PoolState,
  { clientKey, facts, arrivedAtMs }: FirstRefusal,
): RefusedClient {
  const client = newRefusedClient(clientKey, pool.key, facts.client);
  const what = packFields({ kind: "success", category: null, isBackEnd: false, protocol: facts.protocol });
  // In history rows are out of order by at most the slack, so no row can come before a success older than twice the slack.
  const sinceMs = engine.options.mode === "history" ? arrivedAtMs - 2 * HISTORY_SLACK_MS : -Infinity;
  engine.successes.visit(clientKey, { most: MAX_SUCCESSES, sinceMs }, (success, isLater) => {
    insertPacked(engine.attempts, client, success, what, isLater ? success.atMs : arrivedAtMs);
  });
  engine.clients.set(clientKey, client);
  pool.clientKeys.add(clientKey);
  if (engine.clients.total > engine.options.limits.refusedClients) dropOldestClients(engine);
  return client;
}

/** Runs of so many refusals are noted when a success ends them (see `MixedClients`). */
const NOTED_REFUSALS = 3;

/** Lets a scanner watch clients that the engine need not follow yet. In history only: live, each row may come late. */
export function watchClients(engine: Engine, watched: WatchedClients): void {
  const { loop } = engine.options.rules;
  const mostRefusals = Math.min(NOTED_REFUSALS, loop.threshold, loop.unanswered);
  if (engine.clients.isWatching || mostRefusals < 2) return;
  watched.begin({ mostRefusals, idleMs: loop.idleMs, lookBackMs: 2 * HISTORY_SLACK_MS });
  engine.clients.watch(watched, (client) => {
    engine.pools.get(client.pool)?.clientKeys.add(client.key);
    return followedOf(engine.attempts, client, engine.options.rules);
  });
}

/**
 * Stops following the clients that were first refused longest ago, 1/128 of the limit at once (see `RequestTable.add`). Their loops so far
 * become final.
 */
function dropOldestClients(engine: Engine): void {
  const most = engine.options.limits.refusedClients;
  for (const client of engine.clients.followAll()) {
    engine.clientsDropped += 1;
    const runs = finalRunsOf(engine, client, END_OF_TIME);
    if (runs !== null) noteFinalRuns(engine, runs);
    engine.clients.delete(client.key);
    engine.attempts.clear(client);
    engine.pools.get(client.pool)?.clientKeys.delete(client.key);
    if (engine.clients.size <= most - (most >> 7)) return;
  }
}

/** Makes attempts and loops of all clients final up to the horizon of their pool, and stops following clients with nothing left. */
export function finaliseClients(engine: Engine, horizonOfPool: (pool: PoolState) => Horizon): void {
  const horizons = new Map<number, Horizon>();
  const finals: FinalRuns[] = [];
  finaliseWatched(engine, horizonOfPool);
  for (const client of engine.clients.values()) {
    let horizon = horizons.get(client.pool);
    if (horizon === undefined) {
      const pool = engine.pools.get(client.pool);
      horizon = pool === undefined ? END_OF_TIME : horizonOfPool(pool);
      horizons.set(client.pool, horizon);
    }
    const runs = finalRunsOf(engine, client, horizon);
    if (runs !== null) finals.push(runs);
    // In history rows are out of order by at most the slack, so a client without a refusal need not be followed any more, however busy.
    if (!(engine.options.mode === "history" ? hasNoRefusal(client) : isSpent(client))) continue;
    engine.clients.delete(client.key);
    engine.attempts.clear(client);
    engine.pools.get(client.pool)?.clientKeys.delete(client.key);
  }
  // Clients that were watched are followed later than they were refused first.
  for (const runs of finals.sort((a, b) => a.client.order - b.client.order)) noteFinalRuns(engine, runs);
}

/** In history all pools have the same horizon. */
function finaliseWatched({ clients, pools }: Engine, horizonOfPool: (pool: PoolState) => Horizon): void {
  if (!clients.isWatching) return;
  for (const pool of pools.values()) {
    const horizon = horizonOfPool(pool);
    if (horizon === END_OF_TIME) clients.followAll();
    else clients.finaliseWatched(horizon);
    return;
  }
}

/** Runs of a client that have become final: loops, and those that a success ended before. */
interface FinalRuns {
  readonly client: RefusedClient;
  readonly ended: readonly RefusalRun[];
  readonly shortRuns: readonly RefusalRun[];
}

/** Makes attempts of the client final. Null when no run ended. */
function finalRunsOf(engine: Engine, client: RefusedClient, horizon: Horizon): FinalRuns | null {
  const { rules } = engine.options;
  if (!hasFinal(engine.attempts, client, { horizon, rules })) return null;
  const shortRuns: RefusalRun[] = [];
  const ended = finaliseRuns(engine.attempts, client, { horizon, rules, shortRuns });
  return ended.length === 0 && shortRuns.length === 0 ? null : { client, ended, shortRuns };
}

function noteFinalRuns(engine: Engine, { client, ended, shortRuns }: FinalRuns): void {
  const pool = engine.pools.get(client.pool);
  const server = pool === undefined ? undefined : engine.servers[pool.server];
  if (pool === undefined || server === undefined) return;
  for (const run of shortRuns) server.mixedClients.note(client.identity, pool.appPool, run);
  for (const span of ended) {
    const isServed = client.wasServed || span.outcome === "recovered";
    pool.finalLoops.add({ clientKey: client.key, client: client.identity, wasServed: isServed, span });
    server.counters.add("hma_bearer_loops_total", [pool.appPool, span.outcome ?? "unresolved"], span.endMs);
    const seconds = (span.endMs - span.startMs) / 1000;
    server.counters.observe("hma_bearer_loop_duration_seconds", [pool.appPool], { atMs: span.endMs, value: seconds });
    if (isOfStrangers(mainCategory(span)))
      server.counters.add("hma_stranger_loop_seconds_total", [pool.appPool], span.endMs, Math.round(seconds));
  }
}
