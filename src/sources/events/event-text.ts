/**
 * Decodes a line of an event export: UTF-8 or UTF-16LE, recognised by its byte order mark or by the NULs between its
 * letters.
 */

const BYTE_ORDER_MARK = "\ufeff";

/** Returns null when the bytes are not text in either encoding. */
export function eventText(bytes: Buffer, lineStart: number, lineEnd: number): string | null {
  // When a UTF-16LE line was cut after the first byte of its line feed, the next line begins with the second byte.
  const start = bytes[lineStart] === 0 && lineStart < lineEnd && bytes[lineStart + 1] !== 0 ? lineStart + 1 : lineStart;
  const text = isUtf16(bytes, start, lineEnd)
    ? bytes.toString("utf16le", start, evenEnd(start, lineEnd))
    : bytes.toString("utf8", start, lineEnd);
  const trimmed = (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).trim();
  return trimmed.includes("\0") ? null : trimmed;
}

function isUtf16(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 2) return false;
  return (bytes[start] === 0xff && bytes[start + 1] === 0xfe) || (bytes[start] !== 0 && bytes[start + 1] === 0);
}

function evenEnd(start: number, end: number): number {
  return end - ((end - start) % 2);
}
