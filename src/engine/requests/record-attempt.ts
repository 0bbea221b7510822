import type { LoopEntry } from "../../detectors/loop.ts";
import type { RequestFacts } from "../../detectors/request-result.ts";
import { followClient } from "../clients/follow-clients.ts";
import { insertAttempt, removeAttempt } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import type { OpenRequest } from "./open-request.ts";
import { type PoolState, type ServerState, accountedPool, poolOf } from "../server-state.ts";
import { combineKeys } from "../../model/text-key.ts";

/** Adds a judged request to the attempts of its client. */
export function recordAttempt(
  engine: Engine,
  server: ServerState,
  request: OpenRequest,
  facts: RequestFacts,
  arrivedAtMs: number,
): void {
  const pool = poolOfRequest(engine, server, facts);
  const clientKey = combineKeys(facts.client, pool.key);
  if (!removeRecorded(engine, request, clientKey)) return;
  const kind = entryKindOf(facts);
  let client = engine.clients.get(clientKey);
  recordSuccess(engine, server, request, facts);
  if (client === undefined) {
    if (kind !== "refused" && kind !== "asked") return;
    client = followClient(engine, pool, clientKey, facts, arrivedAtMs);
  }
  insertAttempt(engine.attempts, client, {
    atMs: facts.atMs,
    fileKey: request.position.fileKey,
    offset: request.position.offset,
    kind,
    category: facts.category,
    isBackEnd: facts.isBackEnd,
    protocol: facts.protocol,
    arrivedAtMs,
  });
  request.clientKey = clientKey;
  request.attemptPosition = request.position;
}

/** Remembers a counted success, for the case that its client is refused later. */
export function recordSuccess(
  engine: Engine,
  server: ServerState,
  { position, isCounted }: OpenRequest,
  facts: RequestFacts,
): void {
  if (!isCounted || entryKindOf(facts) !== "success") return;
  const clientKey = combineKeys(facts.client, poolOfRequest(engine, server, facts).key);
  engine.successes.add(clientKey, facts.atMs, position.fileKey, position.offset);
}

/** The app pool that served the request; for an unknown one, the front-end pool of its protocol. */
export function poolOfRequest(
  engine: Engine,
  server: ServerState,
  request: Pick<RequestFacts, "appPool" | "protocol">,
): PoolState {
  return poolOf(engine.pools, server, accountedPool(request));
}

/** Removes the request's attempt. Returns false when the attempt is final already and the client (`now`) is unchanged. */
export function removeRecorded(
  { clients, attempts }: Engine,
  request: OpenRequest,
  now: number | null = null,
): boolean {
  const { clientKey, attemptPosition } = request;
  if (clientKey === null || attemptPosition === null) return true;
  request.clientKey = null;
  const client = clients.get(clientKey);
  if (client === undefined || removeAttempt(attempts, client, attemptPosition)) return true;
  return clientKey !== now;
}

/** What a request is for the loop detection. A challenge counts as a refusal when the log gives a reason. */
export function entryKindOf({ result, category, asksForToken, isAnonymous }: RequestFacts): LoopEntry["kind"] {
  if (result === "rejected" || result === "suspected") return "refused";
  if (result === "challenge") return category !== null ? "refused" : asksForToken ? "asked" : "other";
  return result === "success" && !isAnonymous ? "success" : "other";
}
