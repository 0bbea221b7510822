import { textKey } from "../../model/text-key.ts";
import { hasLiteralAt, literal } from "./literals.ts";
import { isAbsent } from "./field-value.ts";

/**
 * Client addresses. A field may hold a chain (`ip1  ip2`, `ip1,ip2`, `ip1:port,+ip2:port`, the client first), brackets, a backslash
 * before it, a port, a zone (`fe80::1%3`) and an IPv4 address mapped into IPv6: all of that is left out, so that every log gives one key
 * for one client.
 */

/** Key of the first address of the field; 0 when the field is absent. */
export function addressKey(bytes: Uint8Array, start: number, end: number): number {
  if (isAbsent(bytes, start, end)) return 0;
  const from = startOfAddress(bytes, start, end);
  return textKey(bytes, from, endOfAddress(bytes, from, end));
}

/** Every address of the field is one of the server's own (::1, 127.*, fe80::). False for an absent field. */
export function isLoopback(bytes: Uint8Array, start: number, end: number): boolean {
  return isEveryAddress(bytes, start, end, (from, to) => isOwnAddress(bytes, from, to));
}

/** `holds` of every address `bytes[from, to)` of the field. False for an absent field. */
export function isEveryAddress(
  bytes: Uint8Array,
  start: number,
  end: number,
  holds: (from: number, to: number) => boolean,
): boolean {
  if (isAbsent(bytes, start, end)) return false;
  let at = start;
  while (at < end) {
    const from = startOfAddress(bytes, at, end);
    const stop = endOfAddress(bytes, from, end);
    if (!holds(from, stop)) return false;
    at = endOfLink(bytes, stop, end);
  }
  return true;
}

const MAPPED = literal("::ffff:");
const LOCALHOST_V6 = literal("::1");
const LOCALHOST_V4 = literal("127.");
/** fe80::/10 is fe80 to febf; Windows gives fe80 alone. */
const LINK_LOCAL = literal("fe80:");

export function isOwnAddress(bytes: Uint8Array, start: number, end: number): boolean {
  if (hasLiteralAt(bytes, start, end, LOCALHOST_V4) || hasLiteralAt(bytes, start, end, LINK_LOCAL)) return true;
  return end - start === LOCALHOST_V6.length && hasLiteralAt(bytes, start, end, LOCALHOST_V6);
}

function startOfAddress(bytes: Uint8Array, start: number, end: number): number {
  let from = start;
  while (from < end && (isGap(bytes[from]) || bytes[from] === OPEN_BRACKET || bytes[from] === BACKSLASH)) from += 1;
  // Only an IPv4 address may follow: ::ffff:10.0.0.1
  if (!hasLiteralAt(bytes, from, end, MAPPED)) return from;
  for (let at = from + MAPPED.length; at < end && !isGap(bytes[at]); at++) {
    if (bytes[at] === POINT) return from + MAPPED.length;
  }
  return from;
}

function endOfAddress(bytes: Uint8Array, start: number, end: number): number {
  let hasPoint = false;
  for (let at = start; at < end; at++) {
    const code = bytes[at];
    if (code === POINT) hasPoint = true;
    // A colon after points begins a port: 10.0.0.1:443
    if (isGap(code) || code === CLOSE_BRACKET || code === PERCENT || (code === COLON && hasPoint)) return at;
  }
  return end;
}

/** Past what is left of this address, to the next one of the chain. */
function endOfLink(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && !isGap(bytes[at])) at += 1;
  while (at < end && isGap(bytes[at])) at += 1;
  return at;
}

function isGap(code: number | undefined): boolean {
  return code === 0x20 || code === 0x2b || code === 0x2c || code === 0x3b;
}

const POINT = 0x2e;
const COLON = 0x3a;
const PERCENT = 0x25;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
