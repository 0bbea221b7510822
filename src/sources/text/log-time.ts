/** Reads times from bytes with integer arithmetic only. */

/** A row with a time before the year 2000 or from 2100 on is unreadable. Unix milliseconds. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

/** True when the time is readable but outside the years 2000 to 2099. `atMs`: Unix milliseconds. */
export function isOutOfRange(atMs: number): boolean {
  return atMs < EARLIEST_MS || atMs >= LATEST_MS;
}

/**
 * Reads `YYYY-MM-DD` at `at` as the number yyyymmdd; -1 when there is no date. The caller makes sure that ten bytes are
 * readable.
 */
export function readDay(bytes: Uint8Array, at: number): number {
  const century = twoDigits(bytes, at);
  const year = twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  if ((century | year | month | day) < 0 || bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return -1;
  return century * 1_000_000 + year * 10_000 + month * 100 + day;
}

/** Start of the day yyyymmdd (UTC) in Unix milliseconds; NaN when the calendar has no such day. */
export function dayStartMs(day: number): number {
  const year = Math.floor(day / 10_000);
  const month = Math.floor(day / 100) % 100;
  const ms = Date.UTC(year, month - 1, day % 100);
  const date = new Date(ms);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day % 100 ? ms : NaN;
}

/**
 * Reads `hh:mm:ss`, with or without a fraction of any length and a `Z`. Returns milliseconds since midnight; -1 when it
 * is not a time.
 */
export function readClock(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 8) return -1;
  const hour = twoDigits(bytes, start);
  const minute = twoDigits(bytes, start + 3);
  const second = twoDigits(bytes, start + 6);
  if ((hour | minute | second) < 0 || bytes[start + 2] !== COLON || bytes[start + 5] !== COLON) return -1;
  if (hour > 23 || minute > 59 || second > 59) return -1;
  const wholeMs = hour * 3_600_000 + minute * 60_000 + second * 1_000;
  const stop = bytes[end - 1] === ZULU ? end - 1 : end;
  if (stop === start + 8) return wholeMs;
  const fractionMs = readFraction(bytes, start + 8, stop);
  return fractionMs < 0 ? -1 : wholeMs + fractionMs;
}

const DASH = 0x2d;
const COLON = 0x3a;
const ZULU = 0x5a;
const POINT = 0x2e;

/** Reads `.fff…` as whole milliseconds and drops further digits; -1 when it is not a fraction. */
function readFraction(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== POINT || end - start < 2) return -1;
  let ms = 0;
  let unit = 100;
  for (let at = start + 1; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    ms += digit * unit;
    unit = unit >= 10 ? unit / 10 : 0;
  }
  return ms;
}

/** Value of two decimal digits; -1 when the bytes are not digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30;
  const ones = (bytes[at + 1] ?? 0) - 0x30;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}
