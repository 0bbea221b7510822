/** Searches bytes for texts, ignoring ASCII case, without creating strings. */

/** Maps each byte to its lower-case form. */
const lower = Uint8Array.from({ length: 256 }, (_, code) => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code));

/** The bytes of `text` in lower case, as the functions below expect them. */
export function literal(text: string): Uint8Array {
  return new TextEncoder().encode(text.toLowerCase());
}

/** True when the bytes from `at` on are `wanted` (lower case), and `wanted` ends at or before `end`. */
export function hasLiteralAt(bytes: Uint8Array, at: number, end: number, wanted: Uint8Array): boolean {
  const length = wanted.length;
  if (at + length > end) return false;
  for (let offset = 0; offset < length; offset++) {
    if (lower[bytes[at + offset] ?? 0] !== wanted[offset]) return false;
  }
  return true;
}

/** True when `bytes[start, end)` is `wanted` (lower case). */
export function isLiteral(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  return end - start === wanted.length && hasLiteralAt(bytes, start, end, wanted);
}

/** Several literals, indexed by their first byte. */
export type LiteralSet = readonly (readonly Uint8Array[] | undefined)[];

export function literalSet(texts: readonly string[]): LiteralSet {
  const byFirst: Uint8Array[][] = Array.from({ length: 256 }, () => []);
  for (const text of texts) {
    const bytes = literal(text);
    byFirst[bytes[0] ?? 0]?.push(bytes);
  }
  return byFirst.map((list) => (list.length === 0 ? undefined : list));
}

/** Position of the first literal in `bytes[start, end)`; -1 when there is none. */
export function indexOfAny(bytes: Uint8Array, start: number, end: number, wanted: LiteralSet): number {
  for (let at = start; at < end; at++) {
    const candidates = wanted[lower[bytes[at] ?? 0] ?? 0];
    if (candidates === undefined) continue;
    for (const candidate of candidates) {
      if (hasLiteralAt(bytes, at, end, candidate)) return at;
    }
  }
  return -1;
}
