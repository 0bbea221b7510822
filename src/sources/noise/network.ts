/** Parses networks in CIDR notation. An IPv4 address is mapped into IPv6, so that both kinds compare alike. */

/** A network: its address in 16 bytes, and the length of its prefix in bits. */
export interface Network {
  readonly address: readonly number[];
  readonly bits: number;
}

const MAPPED_BITS = 96;

/**
 * Parses `10.0.0.0/28`, `2001:db8::/32` or a single address. Returns null for anything else, and for a prefix length
 * out of range.
 */
export function parseNetwork(text: string): Network | null {
  const [host = "", length, rest] = text.trim().split("/");
  const address = parseAddress(host);
  if (address === null || rest !== undefined) return null;
  const isV4 = !host.includes(":");
  if (length === undefined) return { address, bits: 128 };
  // Sample: 28
  if (!/^\d{1,3}$/.test(length)) return null;
  const bits = Number(length);
  if (bits > (isV4 ? 32 : 128)) return null;
  return { address, bits: isV4 ? bits + MAPPED_BITS : bits };
}

/** The 16 bytes of an address; null when `text` is not an address. */
export function parseAddress(text: string): readonly number[] | null {
  if (!text.includes(":")) {
    const v4 = parseV4(text);
    return v4 === null ? null : [...MAPPED, ...v4];
  }
  return parseV6(text);
}

export function isInNetwork(address: readonly number[], network: Network): boolean {
  const whole = network.bits >> 3;
  for (let index = 0; index < whole; index++) if (address[index] !== network.address[index]) return false;
  const left = network.bits & 7;
  if (left === 0) return true;
  const mask = (0xff << (8 - left)) & 0xff;
  return ((address[whole] ?? 0) & mask) === ((network.address[whole] ?? 0) & mask);
}

const MAPPED: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function parseV4(text: string): readonly number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null;
  return parts.map(Number);
}

/** Reads eight groups, with `::` for a run of zero groups and an IPv4 address for the last two. */
function parseV6(text: string): readonly number[] | null {
  const [head = "", tail, rest] = text.split("::");
  if (rest !== undefined) return null;
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  if (before === null || after === null) return null;
  const gap = 16 - before.length - after.length;
  if (tail === undefined ? gap !== 0 : gap < 2) return null;
  return [...before, ...new Array<number>(gap).fill(0), ...after];
}

/** The bytes of groups separated by colons; null when one is invalid. */
function groupsOf(text: string): readonly number[] | null {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const v4 = index === groups.length - 1 && group.includes(".") ? parseV4(group) : null;
    if (v4 !== null) bytes.push(...v4);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff);
    else return null;
  }
  return bytes.length > 16 ? null : bytes;
}
