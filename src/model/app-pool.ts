import type { Protocol } from "./label-values.ts";

/**
 * The IIS application pools of Exchange 2016, 2019 and SE (applicationHost.config of both real servers: 17 pools with one
 * mapping), and `other` for a pool of any other name.
 */
export const APP_POOLS = [
  "MSExchangeServicesAppPool",
  "MSExchangeAutodiscoverAppPool",
  "MSExchangeSyncAppPool",
  "MSExchangeOABAppPool",
  "MSExchangeOWAAppPool",
  "MSExchangeECPAppPool",
  "MSExchangeMapiFrontEndAppPool",
  "MSExchangeMapiMailboxAppPool",
  "MSExchangeMapiAddressBookAppPool",
  "MSExchangeRestFrontEndAppPool",
  "MSExchangeRestAppPool",
  "MSExchangeRpcProxyFrontEndAppPool",
  "MSExchangeRpcProxyAppPool",
  "MSExchangePowerShellFrontEndAppPool",
  "MSExchangePowerShellAppPool",
  "MSExchangeOWACalendarAppPool",
  "MSExchangePushNotificationsAppPool",
  "other",
] as const;
export type AppPool = (typeof APP_POOLS)[number];

/** The pools whose worker processes check Bearer tokens of mail clients at the front end. */
export const BEARER_APP_POOLS = [
  "MSExchangeServicesAppPool",
  "MSExchangeAutodiscoverAppPool",
  "MSExchangeSyncAppPool",
  "MSExchangeOABAppPool",
  "MSExchangeOWAAppPool",
  "MSExchangeECPAppPool",
  "MSExchangeMapiFrontEndAppPool",
  "MSExchangeRestFrontEndAppPool",
] as const satisfies readonly AppPool[];

const byLowerName = new Map<string, AppPool>(APP_POOLS.map((pool) => [pool.toLowerCase(), pool]));

/** The pool with this name, in any case; `other` when Exchange has no such pool. */
export function appPoolNamed(name: string): AppPool {
  return byLowerName.get(name.toLowerCase()) ?? "other";
}

/** The front-end pool that serves a protocol. `other` has no pool of its own. */
export const FRONT_END_POOL: Readonly<Record<Protocol, AppPool>> = {
  ews: "MSExchangeServicesAppPool",
  mapi: "MSExchangeMapiFrontEndAppPool",
  autodiscover: "MSExchangeAutodiscoverAppPool",
  eas: "MSExchangeSyncAppPool",
  oab: "MSExchangeOABAppPool",
  owa: "MSExchangeOWAAppPool",
  ecp: "MSExchangeECPAppPool",
  rest: "MSExchangeRestFrontEndAppPool",
  rpc_http: "MSExchangeRpcProxyFrontEndAppPool",
  powershell: "MSExchangePowerShellFrontEndAppPool",
  other: "other",
};
