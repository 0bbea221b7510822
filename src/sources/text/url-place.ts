import type { AppPool } from "../../model/app-pool.ts";
import type { Protocol } from "../../model/label-values.ts";
import { hasLiteralAt, literal } from "./literals.ts";

/** The protocol of a URL, and the app pools that serve it at the front end (site 1) and at the back end (site 2). */
export interface UrlPlace {
  readonly protocol: Protocol;
  readonly frontEndPool: AppPool;
  readonly backEndPool: AppPool;
}

/** The place of the URL stem `bytes[start, end)`: its longest known prefix that ends at a `/` or at the end. */
export function urlPlace(bytes: Uint8Array, start: number, end: number): UrlPlace {
  if (end - start === 1 && bytes[start] === SLASH) return ROOT;
  const letter = (bytes[start + 1] ?? 0) | 0x20;
  for (const known of BY_LETTER[letter] ?? []) {
    if (isPrefix(bytes, start, end, known.prefix)) return known.place;
  }
  return ELSEWHERE;
}

/** Endings, in any case, of URLs whose callers sign in with a SOAP header (federation) and never with a Bearer token. */
export const NEVER_BEARER_ENDINGS = ["/wssecurity", "/wssecurity/", "/symmetrickey", "/x509cert"] as const;
/** Protocols without Hybrid Modern Authentication. */
export const NEVER_BEARER_PROTOCOLS: ReadonlySet<Protocol> = new Set<Protocol>(["rpc_http", "powershell"]);

/** A client of that protocol can present a Bearer token at the URL stem `bytes[start, end)`. */
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

function place(protocol: Protocol, frontEndPool: AppPool, backEndPool: AppPool = frontEndPool): UrlPlace {
  return { protocol, frontEndPool, backEndPool };
}

const ELSEWHERE = place("other", "other");
/** The front end's root belongs to the OWA pool; it only redirects there. */
const ROOT = place("other", "MSExchangeOWAAppPool", "other");
const RPC = place("rpc_http", "MSExchangeRpcProxyFrontEndAppPool", "MSExchangeRpcProxyAppPool");
const REMOTE_SHELL = place("powershell", "MSExchangePowerShellFrontEndAppPool", "MSExchangePowerShellAppPool");

/** applicationHost.config of Exchange 2016 and 2019; longer prefixes before the shorter ones that they begin with. */
const PLACES: readonly (readonly [string, UrlPlace])[] = [
  ["/ews", place("ews", "MSExchangeServicesAppPool")],
  ["/mapi/emsmdb", place("mapi", "MSExchangeMapiFrontEndAppPool", "MSExchangeMapiMailboxAppPool")],
  ["/mapi/nspi", place("mapi", "MSExchangeMapiFrontEndAppPool", "MSExchangeMapiAddressBookAppPool")],
  ["/mapi", place("mapi", "MSExchangeMapiFrontEndAppPool", "MSExchangeMapiMailboxAppPool")],
  ["/autodiscover", place("autodiscover", "MSExchangeAutodiscoverAppPool")],
  ["/microsoft-server-activesync", place("eas", "MSExchangeSyncAppPool")],
  ["/oab", place("oab", "MSExchangeOABAppPool")],
  ["/owa/calendar", place("owa", "MSExchangeOWACalendarAppPool")],
  ["/owa", place("owa", "MSExchangeOWAAppPool")],
  ["/ecp", place("ecp", "MSExchangeECPAppPool")],
  ["/api", place("rest", "MSExchangeRestFrontEndAppPool", "MSExchangeRestAppPool")],
  ["/rpcwithcert", RPC],
  ["/rpc", RPC],
  ["/powershell-liveid", REMOTE_SHELL],
  ["/powershell", REMOTE_SHELL],
  ["/pushnotifications", place("other", "MSExchangePushNotificationsAppPool")],
];

/** Every prefix in small letters; of those with one beginning the longest first. */
export const URL_PREFIXES: readonly { readonly prefix: Uint8Array; readonly place: UrlPlace }[] = PLACES.map(
  ([prefix, known]) => ({ prefix: literal(prefix), place: known }),
);

/** Every place once; the front end's root first, then what has no place. */
export const URL_PLACES: readonly UrlPlace[] = [...new Set([ROOT, ELSEWHERE, ...PLACES.map(([, known]) => known)])];

/** By the letter after the slash. */
const BY_LETTER: readonly (typeof URL_PREFIXES)[] = Array.from({ length: 256 }, (_, letter) =>
  URL_PREFIXES.filter(({ prefix }) => prefix[1] === letter),
);
