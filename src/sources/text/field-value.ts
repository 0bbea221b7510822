import { textKey } from "../../model/text-key.ts";
import { isLiteral, literal } from "./literals.ts";

/** Values of fields, read from bytes. */

/** Nothing, `-` (IIS) or `<empty>` (what Exchange writes into the IIS query). */
export function isAbsent(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start) return true;
  const first = bytes[start];
  return (
    (first === DASH && end - start === 1) || (first === LESS_THAN && end - start === 7 && bytes[start + 1] === SMALL_E)
  );
}

/** Key of the field's text, 0 when it is absent. */
export function fieldKey(bytes: Uint8Array, start: number, end: number): number {
  return isAbsent(bytes, start, end) ? 0 : textKey(bytes, start, end);
}

/** A number below 2^33 in decimal digits; 0 for an absent field, -1 for anything else. */
export function readNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 10) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return isAbsent(bytes, start, end) ? 0 : -1;
    value = value * 10 + digit;
  }
  return value;
}

/** As `readNumber`, and null for an absent field: what is not logged is unknown. */
export function readKnownNumber(bytes: Uint8Array, start: number, end: number): number | null {
  return isAbsent(bytes, start, end) ? null : readNumber(bytes, start, end);
}

/** The field names somebody. IIS and the back end write `Anonymous` for nobody. */
export function namesUser(bytes: Uint8Array, start: number, end: number): boolean {
  return !isAbsent(bytes, start, end) && !isLiteral(bytes, start, end, NOBODY);
}

const NOBODY = literal("Anonymous");
const DASH = 0x2d;
const LESS_THAN = 0x3c;
const SMALL_E = 0x65;
