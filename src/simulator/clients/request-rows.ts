import { FRONT_END_POOL } from "../../model/app-pool.ts";
import { HTTP_PROXY_FOLDERS, callOf } from "./call.ts";
import type { SimulatedServer } from "../farm-server.ts";
import { ewsLine } from "../lines/ews-line.ts";
import { httpProxyLine, isInHttpProxy } from "../lines/http-proxy-line.ts";
import { iisBackLine, iisFrontLine } from "../lines/iis-line.ts";
import { mapiHttpLine } from "../lines/mapi-http-line.ts";
import type { LoggedRequest } from "../lines/logged-request.ts";
import type { LogName } from "../lines/log-name.ts";
import type { Random } from "../random.ts";
import { type Outcome, type SimulatedRequest, isReasonShown, visibleResult } from "./request.ts";
import type { SeenRequest } from "../truth/seen-request.ts";

export interface RequestRowOfLog {
  readonly server: SimulatedServer;
  readonly log: LogName;
  readonly atMs: number;
  readonly text: string;
  /** The request as the logs show it, attached to the row that gives its time; null for its other rows. */
  readonly seen: SeenRequest | null;
}

/** The rows of one request in every log that shows it. `processId`: the worker process of the back end. */
export function requestRows(
  given: SimulatedRequest,
  { random, processId }: { readonly random: Random; readonly processId: number },
): readonly RequestRowOfLog[] {
  const request = given.client.rotates
    ? { ...given, client: { ...given.client, address: cloudAddress(random) } }
    : given;
  const { server, protocol, outcome } = request;
  const status = statusOf(outcome);
  const isProxied =
    outcome.kind === "success" ||
    outcome.kind === "federated" ||
    ((outcome.kind === "error" || outcome.kind === "rejected") && outcome.by === "back_end");
  const durationMs = isProxied ? 12 + Math.floor(random.gap(60)) : 1 + random.below(6);
  const endMs = Math.floor(request.atMs) + durationMs;
  const logged: LoggedRequest = {
    request,
    call: callOf(request.client, protocol, random),
    requestId: random.guid(),
    endMs,
    durationMs,
    status,
    isProxied,
  };
  const isInProxyLog = server.logs === "all" && isInHttpProxy(request);
  const rows: RequestRowOfLog[] = [
    {
      server,
      log: "iis_front",
      atMs: endMs,
      text: iisFrontLine(logged),
      seen: isInProxyLog ? null : seenRequest(logged, Math.floor(endMs / 1000) * 1000),
    },
  ];
  if (isInProxyLog)
    rows.push({
      server,
      log: `http_proxy/${HTTP_PROXY_FOLDERS[protocol]}`,
      atMs: endMs,
      text: httpProxyLine(logged),
      seen: seenRequest(logged, endMs),
    });
  if (isProxied) rows.push(...backEndRows(logged, processId));
  return rows;
}

/** An address of Exchange Online with the port that a load balancer adds. */
function cloudAddress(random: Random): string {
  return `52.96.${random.below(256)}.${random.below(256)}:${40_000 + random.below(20_000)}`;
}

function backEndRows(logged: LoggedRequest, processId: number): RequestRowOfLog[] {
  const { target, protocol } = logged.request;
  const { endMs, status } = logged;
  const rows: RequestRowOfLog[] = [
    { server: target, log: "iis_back", atMs: endMs - 2, text: iisBackLine(logged, status), seen: null },
  ];
  if (target.logs !== "all") return rows;
  if (protocol === "ews")
    rows.push({ server: target, log: "ews", atMs: endMs - 1, text: ewsLine(logged, processId), seen: null });
  if (protocol === "mapi")
    rows.push({ server: target, log: "mapi_http", atMs: endMs - 2, text: mapiHttpLine(logged), seen: null });
  return rows;
}

function seenRequest({ request }: LoggedRequest, atMs: number): SeenRequest | null {
  if (request.isNoise === true) return null;
  const { server, client, protocol, outcome } = request;
  const result = visibleResult(outcome, server);
  const category = outcome.kind === "rejected" && isReasonShown(outcome, server) ? outcome.category : null;
  const asks = server.logs === "all" && result === "challenge" && category === null && request.signIn === "bearer";
  return {
    atMs,
    server: server.name,
    appPool: FRONT_END_POOL[protocol],
    protocol,
    client: client.label,
    result,
    category,
    asks: asks && outcome.kind !== "federated",
  };
}

function statusOf(outcome: Outcome): number {
  if (outcome.kind === "success") return 200;
  return outcome.kind === "error" ? outcome.status : 401;
}
