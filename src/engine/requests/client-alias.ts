import { type RequestFacts, clientOf } from "../../detectors/request-result.ts";
import type { Engine } from "../create-engine.ts";
import type { OpenRequest } from "./open-request.ts";

/**
 * Live: Exchange adds ClientId only in the IIS log, whose row comes up to a minute after that of HttpProxy. Until then this uses the alias
 * learned from earlier requests; otherwise one Outlook would count as two clients. Overdue requests get no alias.
 */
export function withAlias(
  engine: Engine,
  request: OpenRequest,
  { facts, isOverdue }: { readonly facts: RequestFacts; readonly isOverdue: boolean },
): RequestFacts {
  if (engine.options.mode !== "live" || request.httpProxy === null) return facts;
  if (request.iis !== null) learnAlias(engine, request);
  const known = request.iis !== null || isOverdue ? undefined : engine.clientAliases.get(facts.client);
  request.usesAlias = known !== undefined;
  return known === undefined ? facts : { ...facts, client: known };
}

/** Learns from a request that has both rows: the client key without ClientId (HttpProxy) belongs to the key with it (IIS). */
export function learnAlias({ clientAliases }: Engine, request: OpenRequest): void {
  const alone = clientOf({ ...request, iis: null });
  const client = clientOf(request);
  // Deleted first, so that the map keeps the order of the last use.
  clientAliases.delete(alone);
  if (alone === client) return;
  clientAliases.set(alone, client);
}
