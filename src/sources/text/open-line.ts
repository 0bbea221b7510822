import type { ParsedLine, UnreadableReason } from "../../model/row.ts";

/** Classifies a line of a text log by its first bytes. */

export type OpenedLine =
  /** The line begins with a digit, as rows do. */
  | { readonly kind: "row"; readonly start: number; readonly end: number }
  /** The line begins with `#`. */
  | { readonly kind: "directive"; readonly text: string }
  /** The line begins with something else: a header without `#Fields:`, or garbage. */
  | { readonly kind: "other"; readonly start: number; readonly end: number }
  | { readonly kind: "blank" }
  /** The line holds only NULs, which a crash of the server leaves behind. */
  | { readonly kind: "nothing" };

/** Strips a byte order mark, leading NULs (left by a crash) and trailing white space. */
export function openLine(bytes: Buffer, lineStart: number, lineEnd: number): OpenedLine {
  let end = lineEnd;
  while (end > lineStart && isSpace(bytes[end - 1])) end -= 1;
  let start = lineStart;
  while (start < end && bytes[start] === 0) start += 1;
  if (start === end) return start === lineStart ? { kind: "blank" } : { kind: "nothing" };
  if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start = Math.min(start + 3, end);
  const first = bytes[start] ?? 0;
  if (start === end) return { kind: "blank" };
  if (first === HASH) return { kind: "directive", text: bytes.toString("utf8", start, end) };
  return { kind: isDigit(first) ? "row" : "other", start, end };
}

/** End of the row `bytes[start, lineEnd)` without its trailing CR. */
export function endOfRow(bytes: Uint8Array, start: number, lineEnd: number): number {
  return lineEnd > start && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
}

export function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

export function unreadable(reason: UnreadableReason): ParsedLine<never> {
  return { kind: "unreadable", reason };
}

/** Column names of a `#Fields:` line; null for any other directive. */
export function fieldsOf(directive: string, separator: RegExp): string[] | null {
  // Sample: #Fields: date time s-ip
  const list = /^#fields:\s*(.*)$/is.exec(directive)?.[1];
  return list === undefined
    ? null
    : list
        .trim()
        .split(separator)
        .map((name) => name.trim().replaceAll('"', ""));
}

const HASH = 0x23;
const CR = 0x0d;

function isSpace(code: number | undefined): boolean {
  return code === CR || code === 0x0a || code === 0x20 || code === 0x09;
}
