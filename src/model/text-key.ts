/**
 * 52-bit hash keys of texts, computed on bytes. They join requests and distinguish clients inside the process without
 * keeping the texts. They are not secret; outputs use the keyed pseudonym of `engine/pseudonym.ts` instead.
 */

/** Ignores case, and treats `+`, `,` and blank alike: IIS writes `+` for a blank, HttpProxy a blank for a comma. */
const folded = new Uint8Array(256).map((_, code) => {
  if (code >= 0x41 && code <= 0x5a) return code + 0x20;
  return code === 0x2b || code === 0x2c ? 0x20 : code;
});

const PRIME = 0x85ebca6b;

/**
 * Key of the folded bytes `bytes[start, end)`; 0 only for an empty range. Four lanes of four bytes each allow a
 * processor to hash 16 bytes at once, as `sources/scan/source/iis-scanner.ts` does.
 */
export function textKey(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start) return 0;
  let a = 0x9e3779b9 ^ (end - start);
  let b = 0x7f4a7c15;
  let c = 0x27d4eb2f;
  let d = 0x165667b1;
  let at = start;
  for (; at + 16 <= end; at += 16) {
    a = stir(a ^ wordAt(bytes, at));
    b = stir(b ^ wordAt(bytes, at + 4));
    c = stir(c ^ wordAt(bytes, at + 8));
    d = stir(d ^ wordAt(bytes, at + 12));
  }
  if (at < end) {
    a = stir(a ^ lastWordAt(bytes, at, end));
    b = stir(b ^ lastWordAt(bytes, at + 4, end));
    c = stir(c ^ lastWordAt(bytes, at + 8, end));
    d = stir(d ^ lastWordAt(bytes, at + 12, end));
  }
  const low = Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca77) + Math.imul(c, 0xc2b2ae3d) + Math.imul(d, 0x27d4eb2f);
  const high =
    Math.imul(a ^ (a >>> 16), 0x165667b1) +
    Math.imul(b ^ (b >>> 16), 0xd3a2646d) +
    Math.imul(c ^ (c >>> 16), 0xfd7046c5) +
    Math.imul(d ^ (d >>> 16), 0xb55a4f09);
  return joinLanes(low | 0, high | 0);
}

function stir(lane: number): number {
  const mixed = Math.imul(lane, PRIME);
  return mixed ^ (mixed >>> 15);
}

/** Four folded bytes, little-endian. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (folded[bytes[at] ?? 0] ?? 0) |
    ((folded[bytes[at + 1] ?? 0] ?? 0) << 8) |
    ((folded[bytes[at + 2] ?? 0] ?? 0) << 16) |
    ((folded[bytes[at + 3] ?? 0] ?? 0) << 24)
  );
}

/** Like `wordAt`, with zeros from `end` on. */
function lastWordAt(bytes: Uint8Array, at: number, end: number): number {
  let word = 0;
  for (let index = Math.min(end - at, 4) - 1; index >= 0; index--)
    word = (word << 8) | (folded[bytes[at + index] ?? 0] ?? 0);
  return word;
}

/** Key of a text: that of its UTF-8 bytes. */
export function textKeyOf(text: string): number {
  const bytes = Buffer.from(text, "utf8");
  return textKey(bytes, 0, bytes.length);
}

/** Combines two keys into one. The order matters; 0 (absent) is a value like any other. */
export function combineKeys(first: number, second: number): number {
  let low = Math.imul((first >>> 0) ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((second >>> 0) + 0x7f4a7c15, 0xc2b2ae35);
  let high =
    Math.imul(Math.floor(first / 0x1_0000_0000) ^ 0x27d4eb2f, 0x165667b1) ^
    Math.imul(Math.floor(second / 0x1_0000_0000) + 0x9e3779b1, 0x85ebca77);
  high ^= low >>> 15;
  low ^= high >>> 7;
  return joinLanes(low, high);
}

/** Writes the key that combines those at `at` and behind it, behind both. Keys as arguments and results of a function take memory. */
export function combineAt(keys: Float64Array, at: number): void {
  keys[at + 2] = combineKeys(keys[at] ?? 0, keys[at + 1] ?? 0);
}

function joinLanes(low: number, high: number): number {
  let mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
  let mixedHigh = Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  mixedLow ^= mixedHigh >>> 11;
  mixedHigh ^= mixedLow >>> 16;
  return (mixedHigh & 0xfffff) * 0x1_0000_0000 + (mixedLow >>> 0) || 1;
}
