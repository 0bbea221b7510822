import { hasLiteralAt, indexOfAny, literal, literalSet } from "./literals.ts";

/**
 * Marks of noise, in addition to calls from the server itself (`address.ts`): the health probes of Managed Availability
 * and of load balancers, and the HealthMailbox users. One table serves all logs.
 */
export const NOISE = {
  /**
   * Found anywhere in a user agent and in the query parameter `clientApplication`. The first entry is the exporter's
   * own probe, whose rows the scanner leaves to the parser.
   */
  agents: ["hma-exporter/", "AMProbe/", "_AM_Probe/", "MapiHttpClient", "ActiveMonitor"],
  /** Found at the start of a user or mailbox name: `DOMAIN\HealthMailbox…`, `SMTP~HealthMailbox…`. */
  users: ["HealthMailbox"],
  /** Found at the end of a URL: `/mapi/healthcheck.htm`. */
  pages: ["/healthcheck.htm"],
} as const;

/** Sample: `Ews_AM_Probe/Local (ExchangeServicesClient/15.01.2375.007)` */
export function isProbeAgent(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > 1 && indexOfAny(bytes, start, end, AGENTS) >= 0;
}

/**
 * True for the exporter's own probe, which sends a Bearer token with every request. Sample:
 * `hma-exporter/1.0.0+(probe)`
 */
export function isOwnProbe(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > 1 && indexOfAny(bytes, start, end, OWN_AGENT) >= 0;
}

/** Sample: `DOMAIN\HealthMailbox0123456789abcdef` */
export function isProbeUser(bytes: Uint8Array, start: number, end: number): boolean {
  const last = end - MIN_USER_LENGTH;
  for (let at = start; at <= last; at++) {
    // A name begins only at the start of a word.
    if (BEGINS_USER[bytes[at] ?? 0] === 0 || (at > start && isWordByte(bytes[at - 1]))) continue;
    for (const user of USERS) {
      if (hasLiteralAt(bytes, at, end, user)) return true;
    }
  }
  return false;
}

/** Sample: `/mapi/healthcheck.htm` */
export function isProbePage(bytes: Uint8Array, start: number, end: number): boolean {
  return PAGES.some((page) => end - start > page.length && hasLiteralAt(bytes, end - page.length, end, page));
}

const AGENTS = literalSet(NOISE.agents);
const OWN_AGENT = literalSet(NOISE.agents.slice(0, 1));
const USERS = NOISE.users.map(literal);
const PAGES = NOISE.pages.map(literal);
const MIN_USER_LENGTH = Math.min(...USERS.map((user) => user.length));

/** 1 for each upper-case or lower-case letter with which the name of a probe user begins. */
const BEGINS_USER = Uint8Array.from({ length: 256 }, (_, code) =>
  USERS.some((user) => user[0] === (code | 0x20)) ? 1 : 0,
);

/** 1 for letters and digits. */
const WORD_BYTES = Uint8Array.from({ length: 256 }, (_, code) => (/[0-9a-z]/i.test(String.fromCharCode(code)) ? 1 : 0));

function isWordByte(code: number | undefined): boolean {
  return WORD_BYTES[code ?? 0] === 1;
}
