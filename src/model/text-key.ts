/**
 * 52-bit keys of texts, computed on bytes: what joins requests and tells clients apart inside the process without keeping the
 * texts. Not secret; what leaves the process is the keyed pseudonym of `engine/pseudonym.ts`.
 */

/** Case is folded, and `+`, `,` and blank are one: IIS writes `+` for a blank, HttpProxy a blank for a comma. */
const folded = new Uint8Array(256).map((_, code) => {
  if (code >= 0x41 && code <= 0x5a) return code + 0x20;
  return code === 0x2b || code === 0x2c ? 0x20 : code;
});

/** Key of `bytes[start, end)`, folded; 0 for an empty range. Never 0 for another. */
export function textKey(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start) return 0;
  let low = 0x811c9dc5;
  let high = 0x01000193 ^ (end - start);
  for (let at = start; at < end; at++) {
    const code = folded[bytes[at] ?? 0] ?? 0;
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 13);
  }
  return joinLanes(low, high);
}

/** Key of a text, the same as that of its UTF-8 bytes. */
export function textKeyOf(text: string): number {
  const bytes = Buffer.from(text, "utf8");
  return textKey(bytes, 0, bytes.length);
}

/** One key of several. The order matters; 0 (nothing) is a value like any other. */
export function combineKeys(first: number, second: number): number {
  let low = Math.imul((first >>> 0) ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((second >>> 0) + 0x7f4a7c15, 0xc2b2ae35);
  let high = Math.imul(Math.floor(first / 0x1_0000_0000) ^ 0x27d4eb2f, 0x165667b1) ^ Math.imul(Math.floor(second / 0x1_0000_0000) + 0x9e3779b1, 0x85ebca77);
  high ^= low >>> 15;
  low ^= high >>> 7;
  return joinLanes(low, high);
}

function joinLanes(low: number, high: number): number {
  let mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
  let mixedHigh = Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  mixedLow ^= mixedHigh >>> 11;
  mixedHigh ^= mixedLow >>> 16;
  return (mixedHigh & 0xfffff) * 0x1_0000_0000 + (mixedLow >>> 0) || 1;
}
