import { mainCategory, type RefusalRun } from "../../detectors/loop.ts";
import type { RequestFacts } from "../../detectors/request-result.ts";
import { packFields } from "./attempts.ts";
import {
  type RefusedClient,
  finaliseRuns,
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
  if (engine.clients.size > engine.options.limits.refusedClients) dropOldestClients(engine);
  return client;
}

/**
 * Stops following the clients that were first refused longest ago, 1/128 of the limit at once (see `RequestTable.add`). Their loops so far
 * become final.
 */
function dropOldestClients(engine: Engine): void {
  const most = engine.options.limits.refusedClients;
  for (const client of engine.clients.values()) {
    engine.clientsDropped += 1;
    finaliseClient(engine, client, END_OF_TIME);
    engine.clients.delete(client.key);
    engine.attempts.clear(client);
    engine.pools.get(client.pool)?.clientKeys.delete(client.key);
    if (engine.clients.size <= most - (most >> 7)) return;
  }
}

/** Makes attempts and loops of all clients final up to the horizon of their pool, and stops following clients with nothing left. */
export function finaliseClients(engine: Engine, horizonOfPool: (pool: PoolState) => Horizon): void {
  const horizons = new Map<number, Horizon>();
  for (const client of engine.clients.values()) {
    let horizon = horizons.get(client.pool);
    if (horizon === undefined) {
      const pool = engine.pools.get(client.pool);
      horizon = pool === undefined ? END_OF_TIME : horizonOfPool(pool);
      horizons.set(client.pool, horizon);
    }
    finaliseClient(engine, client, horizon);
    // In history rows are out of order by at most the slack, so a client without a refusal need not be followed any more, however busy.
    if (!(engine.options.mode === "history" ? hasNoRefusal(client) : isSpent(client))) continue;
    engine.clients.delete(client.key);
    engine.attempts.clear(client);
    engine.pools.get(client.pool)?.clientKeys.delete(client.key);
  }
}

function finaliseClient(engine: Engine, client: RefusedClient, horizon: Horizon): void {
  const { rules } = engine.options;
  const shortRuns: RefusalRun[] = [];
  const ended = finaliseRuns(engine.attempts, client, { horizon, rules, shortRuns });
  if (ended.length === 0 && shortRuns.length === 0) return;
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
