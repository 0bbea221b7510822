import type { AppPool } from "../../model/app-pool.ts";
import type { Protocol } from "../../model/label-values.ts";
import { hasLiteralAt, literal } from "./literals.ts";

/** The protocol of a URL, and the app pools that serve it at the front end (site 1) and at the back end (site 2). */
export interface UrlRoute {
  readonly protocol: Protocol;
  readonly frontEndPool: AppPool;
  readonly backEndPool: AppPool;
}

/**
 * Route of the URL stem `bytes[start, end)`: that of the longest known prefix that is followed by `/` or by the end.
 */
export function urlRoute(bytes: Uint8Array, start: number, end: number): UrlRoute {
  if (end - start === 1 && bytes[start] === SLASH) return ROOT;
  const letter = (bytes[start + 1] ?? 0) | 0x20;
  for (const known of BY_LETTER[letter] ?? []) {
    if (isPrefix(bytes, start, end, known.prefix)) return known.route;
  }
  return ELSEWHERE;
}

/**
 * URL endings, in any case, of federation requests. Their callers sign in with a SOAP header, never with a Bearer
 * token.
 */
export const NEVER_BEARER_ENDINGS = ["/wssecurity", "/wssecurity/", "/symmetrickey", "/x509cert"] as const;
/** Protocols that do not support Hybrid Modern Authentication. */
export const NEVER_BEARER_PROTOCOLS: ReadonlySet<Protocol> = new Set<Protocol>(["rpc_http", "powershell"]);

/** True when a client of this protocol can present a Bearer token at the URL stem `bytes[start, end)`. */
export function takesBearer(protocol: Protocol, bytes: Uint8Array, start: number, end: number): boolean {
  if (NEVER_BEARER_PROTOCOLS.has(protocol)) return false;
  return !ENDINGS.some(
    (ending) => end - start > ending.length && hasLiteralAt(bytes, end - ending.length, end, ending),
  );
}

const ENDINGS = NEVER_BEARER_ENDINGS.map(literal);
const SLASH = 0x2f;

function isPrefix(bytes: Uint8Array, start: number, end: number, prefix: Uint8Array): boolean {
  if (!hasLiteralAt(bytes, start, end, prefix)) return false;
  const next = start + prefix.length;
  return next === end || bytes[next] === SLASH;
}

function route(protocol: Protocol, frontEndPool: AppPool, backEndPool: AppPool = frontEndPool): UrlRoute {
  return { protocol, frontEndPool, backEndPool };
}

const ELSEWHERE = route("other", "other");
/** The front end's root URL belongs to the OWA app pool and only redirects to OWA. */
const ROOT = route("other", "MSExchangeOWAAppPool", "other");
const RPC = route("rpc_http", "MSExchangeRpcProxyFrontEndAppPool", "MSExchangeRpcProxyAppPool");
const REMOTE_SHELL = route("powershell", "MSExchangePowerShellFrontEndAppPool", "MSExchangePowerShellAppPool");

/**
 * From applicationHost.config of Exchange 2016 and 2019. A longer prefix comes before the shorter ones that it starts
 * with.
 */
const ROUTES: readonly (readonly [string, UrlRoute])[] = [
  ["/ews", route("ews", "MSExchangeServicesAppPool")],
  ["/mapi/emsmdb", route("mapi", "MSExchangeMapiFrontEndAppPool", "MSExchangeMapiMailboxAppPool")],
  ["/mapi/nspi", route("mapi", "MSExchangeMapiFrontEndAppPool", "MSExchangeMapiAddressBookAppPool")],
  ["/mapi", route("mapi", "MSExchangeMapiFrontEndAppPool", "MSExchangeMapiMailboxAppPool")],
  ["/autodiscover", route("autodiscover", "MSExchangeAutodiscoverAppPool")],
  ["/microsoft-server-activesync", route("eas", "MSExchangeSyncAppPool")],
  ["/oab", route("oab", "MSExchangeOABAppPool")],
  ["/owa/calendar", route("owa", "MSExchangeOWACalendarAppPool")],
  ["/owa", route("owa", "MSExchangeOWAAppPool")],
  ["/ecp", route("ecp", "MSExchangeECPAppPool")],
  ["/api", route("rest", "MSExchangeRestFrontEndAppPool", "MSExchangeRestAppPool")],
  ["/rpcwithcert", RPC],
  ["/rpc", RPC],
  ["/powershell-liveid", REMOTE_SHELL],
  ["/powershell", REMOTE_SHELL],
  ["/pushnotifications", route("other", "MSExchangePushNotificationsAppPool")],
];

/** Every prefix in lower case; longer prefixes before the shorter ones that they start with. */
export const URL_PREFIXES: readonly { readonly prefix: Uint8Array; readonly route: UrlRoute }[] = ROUTES.map(
  ([prefix, known]) => ({ prefix: literal(prefix), route: known }),
);

/** Every route once: the front end's root first, then the route of unknown URLs. */
export const URL_ROUTES: readonly UrlRoute[] = [...new Set([ROOT, ELSEWHERE, ...ROUTES.map(([, known]) => known)])];

/** Prefixes indexed by the letter after the slash. */
const BY_LETTER: readonly (typeof URL_PREFIXES)[] = Array.from({ length: 256 }, (_, letter) =>
  URL_PREFIXES.filter(({ prefix }) => prefix[1] === letter),
);
