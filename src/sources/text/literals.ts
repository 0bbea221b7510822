/** Texts looked for in bytes, without regard to ASCII case and without making a string. */

/** Byte to itself, capital letters to small ones. */
const lower = Uint8Array.from({ length: 256 }, (_, code) => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code));

/** The bytes of a lower-case text, to be handed to the functions here. */
export function literal(text: string): Uint8Array {
  return new TextEncoder().encode(text.toLowerCase());
}

/** `wanted` (lower case) stands at `at`, and ends no later than `end`. */
export function hasLiteralAt(bytes: Uint8Array, at: number, end: number, wanted: Uint8Array): boolean {
  const length = wanted.length;
  if (at + length > end) return false;
  for (let offset = 0; offset < length; offset++) {
    if (lower[bytes[at + offset] ?? 0] !== wanted[offset]) return false;
  }
  return true;
}

/** `bytes[start, end)` is `wanted` (lower case). */
export function isLiteral(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  return end - start === wanted.length && hasLiteralAt(bytes, start, end, wanted);
}

/** Several literals, by their first byte. */
export type LiteralSet = readonly (readonly Uint8Array[] | undefined)[];

export function literalSet(texts: readonly string[]): LiteralSet {
  const byFirst: Uint8Array[][] = Array.from({ length: 256 }, () => []);
  for (const text of texts) {
    const bytes = literal(text);
    byFirst[bytes[0] ?? 0]?.push(bytes);
  }
  return byFirst.map((list) => (list.length === 0 ? undefined : list));
}

/** Where the first of the literals stands in `bytes[start, end)`; -1 when none does. */
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
