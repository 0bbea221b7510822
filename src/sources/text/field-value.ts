import { textKey } from "../../model/text-key.ts";
import { isLiteral, literal } from "./literals.ts";

/** Values of fields, read from bytes. */

/** True when the field is empty, `-` (IIS) or `<empty>` (which Exchange writes into the query of the IIS log). */
export function isAbsent(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start) return true;
  const first = bytes[start];
  return (
    (first === DASH && end - start === 1) || (first === LESS_THAN && end - start === 7 && bytes[start + 1] === SMALL_E)
  );
}

/** Key of the field's text; 0 when the field is absent. */
export function fieldKey(bytes: Uint8Array, start: number, end: number): number {
  return isAbsent(bytes, start, end) ? 0 : textKey(bytes, start, end);
}

/** Reads up to 10 decimal digits. Returns 0 for an absent field and -1 for anything else. */
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

/** Like `readNumber`, but returns null for an absent field, because a value that is not logged is unknown. */
export function readKnownNumber(bytes: Uint8Array, start: number, end: number): number | null {
  return isAbsent(bytes, start, end) ? null : readNumber(bytes, start, end);
}

/** True when the field names a user. IIS and the back end write `Anonymous` when there is none. */
export function namesUser(bytes: Uint8Array, start: number, end: number): boolean {
  return !isAbsent(bytes, start, end) && !isLiteral(bytes, start, end, NOBODY);
}

const NOBODY = literal("Anonymous");
const DASH = 0x2d;
const LESS_THAN = 0x3c;
const SMALL_E = 0x65;
