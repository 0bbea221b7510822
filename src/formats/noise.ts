import { hasLiteralAt, indexOfAny, literal, literalSet } from "./literals.ts";

/**
 * What marks a row as noise, besides a loopback caller (`address.ts`): the health probes of Managed Availability and of load balancers, and
 * the HealthMailbox users. One table for all logs.
 */
export const NOISE = {
  /** Anywhere in a user agent, and in the query's `clientApplication`. */
  agents: ["AMProbe/", "_AM_Probe/", "MapiHttpClient", "ActiveMonitor"],
  /** At the start of a name (user, mailbox): `DOMAIN\HealthMailbox…`, `SMTP~HealthMailbox…`. */
  users: ["HealthMailbox"],
  /** The end of a URL: `/mapi/healthcheck.htm`. */
  pages: ["/healthcheck.htm"],
} as const;

/** Sample: `Ews_AM_Probe/Local (ExchangeServicesClient/15.01.2375.007)` */
export function isProbeAgent(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > 1 && indexOfAny(bytes, start, end, AGENTS) >= 0;
}

/** Sample: `DOMAIN\HealthMailbox0123456789abcdef` */
export function isProbeUser(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < SHORTEST_USER) return false;
  for (let from = start; from < end; ) {
    const at = indexOfAny(bytes, from, end, USERS);
    if (at < 0) return false;
    if (at === start || !isWordByte(bytes[at - 1])) return true;
    from = at + 1;
  }
  return false;
}

/** Sample: `/mapi/healthcheck.htm` */
export function isProbePage(bytes: Uint8Array, start: number, end: number): boolean {
  return PAGES.some((page) => end - start > page.length && hasLiteralAt(bytes, end - page.length, end, page));
}

const AGENTS = literalSet(NOISE.agents);
const USERS = literalSet(NOISE.users);
const PAGES = NOISE.pages.map(literal);
const SHORTEST_USER = Math.min(...NOISE.users.map((user) => user.length));

function isWordByte(code: number | undefined): boolean {
  if (code === undefined) return false;
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
