import { textKey } from "../../model/text-key.ts";
import { hasLiteralAt, literal } from "./literals.ts";
import { isAbsent } from "./field-value.ts";

/**
 * Reads client addresses. A field may hold a chain (`ip1  ip2`, `ip1,ip2`, `ip1:port,+ip2:port`, the client first),
 * brackets, a backslash before the address, a port, a zone (`fe80::1%3`) and an IPv4 address mapped into IPv6. All of
 * this is stripped, so that every log gives the same key for the same client.
 */

/** Key of the first address of the field; 0 when the field is absent. */
export function addressKey(bytes: Uint8Array, start: number, end: number): number {
  if (isAbsent(bytes, start, end)) return 0;
  const from = startOfAddress(bytes, start, end);
  return textKey(bytes, from, endOfAddress(bytes, from, end));
}

/**
 * True when every address of the field belongs to the server itself (::1, 127.*, fe80::). False for an absent field.
 */
export function isLoopback(bytes: Uint8Array, start: number, end: number): boolean {
  return isEveryAddress(bytes, start, end, (from, to) => isOwnAddress(bytes, from, to));
}

/** True when `holds` is true for every address `bytes[from, to)` of the field. False for an absent field. */
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
/** fe80::/10 covers fe80 to febf, but Windows uses fe80 only. */
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
    // A colon after dots begins a port: 10.0.0.1:443
    if (isGap(code) || code === CLOSE_BRACKET || code === PERCENT || (code === COLON && hasPoint)) return at;
  }
  return end;
}

/** Position of the next address of the chain: skips the rest of this address and the separators after it. */
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
