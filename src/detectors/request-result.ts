import type { AppPool } from "../model/app-pool.ts";
import type { Category, Protocol, Result, Scheme } from "../model/label-values.ts";
import type { RequestRow } from "../model/row.ts";
import { combineKeys } from "../model/text-key.ts";

/** The rows of one request, at most one of each kind. At least one is not null. */
export interface RequestRows {
  readonly iis: RequestRow | null;
  readonly httpProxy: RequestRow | null;
  readonly backEnd: RequestRow | null;
}

/** What one request was, from all that saw it. */
export interface RequestFacts {
  readonly atMs: number;
  readonly protocol: Protocol;
  readonly appPool: AppPool;
  readonly scheme: Scheme;
  readonly result: Result;
  /**
   * The OAuth reason: why the token was refused (`rejected`), that none is taken (`challenge` with `oauth_not_available`), or why the
   * request failed (`error`: 403 and 5xx). Null where no log shows one.
   */
  readonly category: Category | null;
  readonly isBackEnd: boolean;
  /** A challenge of a path that takes Bearer tokens, as a client gets it that presented none. */
  readonly asksForToken: boolean;
  /** Served without authentication: it says nothing of the client's tokens. */
  readonly isAnonymous: boolean;
  /** Key of the client (address, user agent, ids). */
  readonly client: number;
}

/** SEC_E_NO_CREDENTIALS and SEC_I_CONTINUE_NEEDED: a leg of the NTLM/Negotiate exchange, not its failure. */
const HANDSHAKE_WIN32 = new Set([2148074254, 590610]);

const ACCESS_DENIED = 5;
/** Judges a request. The finer clock holds (HttpProxy's milliseconds), and of the client's marks those that tell most. */
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
  // Nearly every request: none of its rows shows a reason.
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
  // 4000000 answers a Bearer header without a token: nothing was refused.
  if (reason === "oauth_not_available") return { result: "challenge", scheme: "bearer" };
  if (reason !== null) return { result: "rejected", scheme: "bearer" };
  if (proxy !== null && proxy.scheme === "bearer" && proxy.backEndStatus === 401) {
    // Accepted by the front end and refused behind it: the token was presented and refused.
    return { result: "rejected", scheme };
  }
  const byKind = front === null ? null : judgeKind(front);
  if (byKind !== null) return proxy === null ? byKind : { ...byKind, scheme: schemeOfKind(byKind, scheme) };
  if (proxy !== null && proxy.showsReasons) return judgeProxied(proxy, scheme);
  if (front !== null) return proxy === null ? judgeIis(front) : { ...judgeIis(front), scheme };
  return proxy === null ? { result: "error", scheme } : judgeProxied(proxy, scheme);
}

/** What sub-status and Win32 status of IIS say of a 401 by themselves; null for 401 0 0, and where they are not logged. */
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

/** The scheme that HttpProxy writes; not of a handshake of NTLM or Negotiate, which IIS proves, when HttpProxy writes another. */
function schemeOfKind(byKind: Judgement, scheme: Scheme): Scheme {
  return byKind.result === "handshake" && !["negotiate", "ntlm", "unknown"].includes(scheme) ? byKind.scheme : scheme;
}

/** 401 2 5: IIS answers an anonymous request with the schemes that it takes. */
function listsSchemes({ subStatus, win32Status }: RequestRow): boolean {
  return subStatus === 2 || (subStatus === null && win32Status === ACCESS_DENIED);
}

/** A 401 that the HttpProxy log saw and gave no reason for. */
function judgeProxied(proxy: RequestRow, scheme: Scheme): Judgement {
  if (scheme === "bearer" || scheme === "anonymous" || scheme === "unknown") return { result: "challenge", scheme };
  if (scheme === "negotiate" || scheme === "ntlm")
    return { result: proxy.backEndStatus === 401 ? "error" : "handshake", scheme };
  return { result: "error", scheme };
}

/** A 401 that only IIS saw, or a HttpProxy row that ends before a reason could stand in it. */
function judgeIis(row: RequestRow): Judgement {
  if (row.hasUser === true) return { result: "error", scheme: "unknown" };
  const isChallenge = row.showsReasons || row.subStatus === null || !row.takesBearer;
  return { result: isChallenge ? "challenge" : "suspected", scheme: "unknown" };
}

/** A healthy client asks once without a token, learns from the challenge where to get one, and comes back with it. */
function asksForToken({ iis: front, httpProxy: proxy }: RequestRows): boolean {
  const row = proxy ?? front;
  if (row === null || [proxy, front].some((one) => one?.takesBearer === false)) return false;
  if (front !== null && listsSchemes(front)) return false;
  if (proxy !== null) return proxy.scheme === "bearer" || proxy.scheme === "anonymous";
  // The field for x-ms-diagnostics shows that there was no reason.
  return row.subStatus === 0 && row.showsReasons && row.hasUser !== true;
}

function isBackEndRefusal({ iis: front, httpProxy: proxy, backEnd: back }: RequestRows): boolean {
  if (proxy !== null && proxy.status === 401 && proxy.backEndStatus === 401) return true;
  return [proxy, front, back].some((row) => row !== null && row.category !== null && row.isBackEndReason);
}

/**
 * Key of the client of a request: address, user agent and ids, as its rows show them. The IIS row may know an id (ClientId) that the others
 * have not. A device is itself at any address.
 */
export function clientOf({ iis: front, httpProxy: proxy, backEnd: back }: RequestRows): number {
  const main = proxy ?? front ?? back;
  if (main === null) return 0;
  const ids = (front?.idsKey ?? 0) || (proxy?.idsKey ?? 0) || (back?.idsKey ?? 0);
  const agent = main.userAgentKey !== 0 ? main.userAgentKey : (front?.userAgentKey ?? 0);
  const isDevice = [front, proxy, back].some((row) => row?.namesDevice === true);
  const address = isDevice ? 0 : main.ipKey !== 0 ? main.ipKey : (front?.ipKey ?? 0);
  return combineKeys(combineKeys(address, agent), ids);
}
