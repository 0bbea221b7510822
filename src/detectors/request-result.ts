import type { AppPool } from "../model/app-pool.ts";
import type { Category, Protocol, Result, Scheme } from "../model/label-values.ts";
import type { RequestRow } from "../model/row.ts";
import { combineKeys } from "../model/text-key.ts";

/** The rows of one request, at most one from each log. At least one is not null. */
export interface RequestRows {
  readonly iis: RequestRow | null;
  readonly httpProxy: RequestRow | null;
  readonly backEnd: RequestRow | null;
}

/** Result of one request, from all of its rows. */
export interface RequestFacts {
  readonly atMs: number;
  readonly protocol: Protocol;
  readonly appPool: AppPool;
  readonly scheme: Scheme;
  readonly result: Result;
  /**
   * The OAuth reason. `rejected`: why the token was refused. `challenge`: `oauth_not_available` when the server accepts
   * no tokens. `error`: why the request failed (403 and 5xx). Null when no log shows one.
   */
  readonly category: Category | null;
  readonly isBackEnd: boolean;
  /** A challenge on a path that takes Bearer tokens, as sent to a client without a token. */
  readonly asksForToken: boolean;
  /** Served without authentication, so it shows nothing about the client's tokens. */
  readonly isAnonymous: boolean;
  /** Key of the client (address, user agent, ids). */
  readonly client: number;
}

/** SEC_E_NO_CREDENTIALS and SEC_I_CONTINUE_NEEDED: a leg of the NTLM/Negotiate exchange, not its failure. */
const HANDSHAKE_WIN32 = new Set([2148074254, 590610]);

const ACCESS_DENIED = 5;
/**
 * Determines the result of a request. Prefers the HttpProxy row, whose times have milliseconds.
 * @throws Error when all rows are null.
 */
export function requestFacts(rows: RequestRows): RequestFacts {
  const main = rows.httpProxy ?? rows.iis ?? rows.backEnd;
  if (main === null) throw new Error("Cannot judge a request: no row saw it");
  const reason = bestReason(rows);
  const { result, scheme } = resultOf(rows, main, reason?.category ?? null);
  return {
    atMs: main.atMs,
    protocol: rows.iis !== null && main.protocol === "other" ? rows.iis.protocol : main.protocol,
    appPool: main.appPool === "other" && rows.iis !== null ? rows.iis.appPool : main.appPool,
    scheme,
    result,
    category: categoryOf(result, reason),
    isBackEnd: result === "rejected" && isBackEndRefusal(rows),
    asksForToken: result === "challenge" && asksForToken(rows),
    isAnonymous: result === "success" && rows.httpProxy?.scheme === "anonymous",
    client: clientOf(rows),
  };
}

function bestReason({ httpProxy: proxy, backEnd: back, iis: front }: RequestRows): RequestRow | null {
  // Fast path for nearly every request: no row shows a reason.
  if ((proxy?.category ?? back?.category ?? front?.category ?? null) === null) return null;
  const reasons = [proxy, back, front].filter((row) => row !== null && row.category !== null);
  return reasons.find((row) => row?.category !== "unknown") ?? reasons[0] ?? null;
}

function categoryOf(result: Result, reason: RequestRow | null): Category | null {
  if (result === "rejected") return reason?.category ?? "unknown";
  return result === "challenge" || result === "error" ? (reason?.category ?? null) : null;
}

interface Judgement {
  readonly result: Result;
  readonly scheme: Scheme;
}

function resultOf(rows: RequestRows, main: RequestRow, reason: Category | null): Judgement {
  const { iis: front, httpProxy: proxy, backEnd: back } = rows;
  const scheme = proxy?.scheme ?? (back !== null && front === null ? back.scheme : "unknown");
  if (main.status >= 200 && main.status < 400) return { result: "success", scheme };
  if (main.status !== 401) return { result: "error", scheme: reason === null ? scheme : "bearer" };
  // 4000000 answers a Bearer header without a token, so no token was refused.
  if (reason === "oauth_not_available") return { result: "challenge", scheme: "bearer" };
  if (reason !== null) return { result: "rejected", scheme: "bearer" };
  if (proxy !== null && proxy.scheme === "bearer" && proxy.backEndStatus === 401) {
    // The front end accepted the token and the back end refused it.
    return { result: "rejected", scheme };
  }
  const byKind = front === null ? null : judgeKind(front);
  if (byKind !== null) return proxy === null ? byKind : { ...byKind, scheme: schemeOfKind(byKind, scheme) };
  if (proxy !== null && proxy.showsReasons) return judgeProxied(proxy, scheme);
  if (front !== null) return proxy === null ? judgeIis(front) : { ...judgeIis(front), scheme };
  return proxy === null ? { result: "error", scheme } : judgeProxied(proxy, scheme);
}

/** Result of a 401 by IIS sub-status and Win32 status; null for 401 0 0, and when they are not logged. */
function judgeKind(row: RequestRow): Judgement | null {
  const { subStatus, win32Status } = row;
  if (listsSchemes(row)) return { result: "challenge", scheme: "anonymous" };
  if (subStatus === 1 && win32Status === null) return { result: "challenge", scheme: "unknown" };
  if ((subStatus ?? 1) === 1 && (win32Status ?? 0) !== 0) {
    const isLeg = HANDSHAKE_WIN32.has(win32Status ?? 0);
    return isLeg ? { result: "handshake", scheme: "negotiate" } : { result: "error", scheme: "unknown" };
  }
  return (subStatus ?? 0) > 0 ? { result: "error", scheme: "unknown" } : null;
}

/**
 * The scheme in the HttpProxy row. For a handshake that IIS proves to be NTLM or Negotiate, any other scheme in
 * HttpProxy is ignored.
 */
function schemeOfKind(byKind: Judgement, scheme: Scheme): Scheme {
  return byKind.result === "handshake" && !["negotiate", "ntlm", "unknown"].includes(scheme) ? byKind.scheme : scheme;
}

/** 401 2 5: IIS answers an anonymous request with the schemes that it accepts. */
function listsSchemes({ subStatus, win32Status }: RequestRow): boolean {
  return subStatus === 2 || (subStatus === null && win32Status === ACCESS_DENIED);
}

/** Result of a 401 that HttpProxy logged without a reason. */
function judgeProxied(proxy: RequestRow, scheme: Scheme): Judgement {
  if (scheme === "bearer" || scheme === "anonymous" || scheme === "unknown") return { result: "challenge", scheme };
  if (scheme === "negotiate" || scheme === "ntlm")
    return { result: proxy.backEndStatus === 401 ? "error" : "handshake", scheme };
  return { result: "error", scheme };
}

/** Result of a 401 that only IIS logged, or whose HttpProxy row is cut off before a reason. */
function judgeIis(row: RequestRow): Judgement {
  if (row.hasUser === true) return { result: "error", scheme: "unknown" };
  const isChallenge = row.showsReasons || row.subStatus === null || !row.takesBearer;
  return { result: isChallenge ? "challenge" : "suspected", scheme: "unknown" };
}

/**
 * True when the challenge asks for a Bearer token. A healthy client sends one request without a token, learns from the
 * challenge where to get one, and comes back with it.
 */
function asksForToken({ iis: front, httpProxy: proxy }: RequestRows): boolean {
  const row = proxy ?? front;
  if (row === null || [proxy, front].some((one) => one?.takesBearer === false)) return false;
  if (front !== null && listsSchemes(front)) return false;
  if (proxy !== null) return proxy.scheme === "bearer" || proxy.scheme === "anonymous";
  // The log has the field for x-ms-diagnostics and it is empty, so there was no reason.
  return row.subStatus === 0 && row.showsReasons && row.hasUser !== true;
}

function isBackEndRefusal({ iis: front, httpProxy: proxy, backEnd: back }: RequestRows): boolean {
  if (proxy !== null && proxy.status === 401 && proxy.backEndStatus === 401) return true;
  return [proxy, front, back].some((row) => row !== null && row.category !== null && row.isBackEndReason);
}

/**
 * Key of the client: address, user agent and ids. The IIS row may have an id (ClientId) that the other rows lack. A
 * device keeps its key at any address.
 */
export function clientOf({ iis: front, httpProxy: proxy, backEnd: back }: RequestRows): number {
  const main = proxy ?? front ?? back;
  if (main === null) return 0;
  const ids = (front?.idsKey ?? 0) || (proxy?.idsKey ?? 0) || (back?.idsKey ?? 0);
  const agent = main.userAgentKey !== 0 ? main.userAgentKey : (front?.userAgentKey ?? 0);
  const isDevice = [front, proxy, back].some((row) => row?.namesDevice === true);
  const address = isDevice ? 0 : main.ipKey !== 0 ? main.ipKey : (front?.ipKey ?? 0);
  return clientKeyOf(address, agent, ids);
}

/** Key of a client from the keys of its address (0 for a device), user agent and ids. */
export function clientKeyOf(addressKey: number, userAgentKey: number, idsKey: number): number {
  return combineKeys(combineKeys(addressKey, userAgentKey), idsKey);
}
