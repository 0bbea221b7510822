import type { AppPool } from "../model/app-pool.ts";
import type { Category, Protocol, Result, Scheme } from "../model/label-values.ts";
import type { RequestRow } from "../model/row.ts";
import { combineKeys } from "../model/text-key.ts";

/** The sights of one request, at most one of each kind. At least one is not null. */
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
   * The OAuth reason: why the token was refused (`rejected`), that none is taken (`challenge` with `oauth_not_available`), or why the request
   * failed (`error`: 403 and 5xx). Null where no log shows one.
   */
  readonly category: Category | null;
  readonly isBackEnd: boolean;
  /** Key of the client (address, user agent, ids). */
  readonly client: number;
}

/** SEC_E_NO_CREDENTIALS and SEC_I_CONTINUE_NEEDED: a leg of the NTLM/Negotiate exchange, not its failure. */
const HANDSHAKE_WIN32 = new Set([2148074254, 590610]);

/** Judges a request. The finer clock holds (HttpProxy's milliseconds), and of the client's marks those that tell most. */
export function requestFacts(rows: RequestRows): RequestFacts {
  const main = rows.httpProxy ?? rows.iis ?? rows.backEnd;
  if (main === null) throw new Error("Cannot judge a request: no row saw it");
  const reason = bestReason(rows);
  const { result, scheme } = judge(rows, main, reason);
  return {
    atMs: main.atMs,
    protocol: rows.iis !== null && main.protocol === "other" ? rows.iis.protocol : main.protocol,
    appPool: main.appPool === "other" && rows.iis !== null ? rows.iis.appPool : main.appPool,
    scheme,
    result,
    category: categoryOf(result, reason),
    isBackEnd: result === "rejected" && isBackEndRefusal(rows),
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

function judge(rows: RequestRows, main: RequestRow, reason: RequestRow | null): { result: Result; scheme: Scheme } {
  const { iis: front, httpProxy: proxy, backEnd: back } = rows;
  const scheme = proxy?.scheme ?? (back !== null && front === null ? back.scheme : "unknown");
  if (main.status >= 200 && main.status < 400) return { result: "success", scheme };
  if (main.status !== 401) return { result: "error", scheme: reason === null ? scheme : "bearer" };
  // Modern authentication is off for the domain: the client is told so when it asks, and no token was looked at.
  if (reason?.category === "oauth_not_available") return { result: "challenge", scheme: "bearer" };
  if (reason !== null) return { result: "rejected", scheme: "bearer" };
  if (proxy !== null) return judgeProxied(proxy, front, scheme);
  if (front !== null) return judgeIis(front, back);
  return { result: "error", scheme };
}

/** A 401 that the HttpProxy log saw and gave no reason for. */
function judgeProxied(proxy: RequestRow, front: RequestRow | null, scheme: Scheme): { result: Result; scheme: Scheme } {
  // Accepted by the front end and refused behind it: the token was presented and refused.
  if (scheme === "bearer" && proxy.backEndStatus === 401) return { result: "rejected", scheme };
  if (scheme === "bearer" || scheme === "anonymous" || scheme === "unknown") return { result: "challenge", scheme };
  if (scheme === "negotiate" || scheme === "ntlm") {
    const isFailure =
      front !== null && front.subStatus === 1 && front.win32Status !== null && !HANDSHAKE_WIN32.has(front.win32Status);
    return { result: isFailure || proxy.backEndStatus === 401 ? "error" : "handshake", scheme };
  }
  return { result: "error", scheme };
}

/** A 401 that only IIS saw. */
function judgeIis(row: RequestRow, back: RequestRow | null): { result: Result; scheme: Scheme } {
  if (row.subStatus === 2) return { result: "challenge", scheme: "anonymous" };
  const { subStatus, win32Status } = row;
  if ((subStatus ?? 1) === 1 && win32Status !== null && HANDSHAKE_WIN32.has(win32Status))
    return { result: "handshake", scheme: "negotiate" };
  // No column tells a challenge, a wrong password and a leg of NTLM from each other.
  if (subStatus === null || (subStatus === 1 && win32Status === null))
    return { result: "challenge", scheme: "unknown" };
  if (row.subStatus !== 0 || row.hasUser === true) return { result: "error", scheme: "unknown" };
  // Refused by the back end, which logs its reasons and gave none.
  if (back !== null && back.showsReasons && back.status === 401) return { result: "challenge", scheme: "unknown" };
  if (row.showsReasons) return { result: "challenge", scheme: "unknown" };
  if (!row.takesBearer) return { result: "challenge", scheme: "unknown" };
  return { result: "suspected", scheme: "unknown" };
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
  const isDevice = front?.namesDevice === true || proxy?.namesDevice === true || back?.namesDevice === true;
  const address = isDevice ? 0 : main.ipKey !== 0 ? main.ipKey : (front?.ipKey ?? 0);
  return combineKeys(combineKeys(address, agent), ids);
}
