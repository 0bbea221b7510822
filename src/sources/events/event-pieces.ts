import type { PieceCutter, TextToCut } from "../../model/format.ts";

/**
 * Cuts an export into events, in any layout: one event a line, all on one line, one element a line, with or without
 * `<Events>` around them, in UTF-8 or UTF-16LE. Text between two events (declaration, root element, garbage) is cut at
 * its line ends.
 */
export const EVENT_PIECES: PieceCutter = { endOf: endOfPiece, resumeAt, longestMark: 16 };

const OPENING = marksOf("<Event");
const CLOSING = marksOf("</Event>");
const LINE_FEED = marksOf("\n");

/** One text in both encodings. */
interface Mark {
  readonly utf8: Buffer;
  readonly utf16: Buffer;
}

function marksOf(text: string): Mark {
  return { utf8: Buffer.from(text, "utf8"), utf16: Buffer.from(text, "utf16le") };
}

function endOfPiece(text: TextToCut): number {
  const { start, isWide } = text;
  const opening = openingFrom(text, start);
  const lineFeed = indexOf(upTo(text, opening), LINE_FEED, start);
  if (lineFeed !== -1) return lineFeed + (isWide ? 2 : 1);
  if (opening === -1) return -1;
  if (pastBlanks(text, start) < opening) return opening;
  const closing = indexOf(text, CLOSING, opening);
  const next = openingFrom(upTo(text, closing), opening + lengthOf(OPENING, isWide));
  // A truncated event ends where the next one begins.
  if (next !== -1) return next;
  return closing === -1 ? -1 : endOfLine(text, closing + lengthOf(CLOSING, isWide));
}

/** The text up to `end`; all of it when `end` is -1. */
function upTo(text: TextToCut, end: number): TextToCut {
  return end === -1 ? text : { ...text, bytes: text.bytes.subarray(0, end) };
}

/**
 * End of the piece after the closing tag: after the line end, or at the next text in the line. -1 while the bytes read
 * so far do not show which.
 */
function endOfLine(text: TextToCut, from: number): number {
  const at = pastBlanks(text, from);
  if (at < text.bytes.length) return at;
  return text.isEnd ? at - (text.isWide ? (at - text.start) % 2 : 0) : -1;
}

/**
 * Where to resume after a piece that is too long: at the next start or end of an event; -1 when these bytes have
 * neither.
 */
function resumeAt(text: TextToCut): number {
  const closing = indexOf(text, CLOSING, text.start);
  const opening = openingFrom(upTo(text, closing), text.start);
  if (closing === -1 || opening !== -1) return opening;
  return closing + lengthOf(CLOSING, text.isWide);
}

/** Position after blanks, byte order marks and the first line feed. */
function pastBlanks({ bytes, isWide }: TextToCut, from: number): number {
  const width = isWide ? 2 : 1;
  for (let at = from; at + width <= bytes.length; at += width) {
    const code = isWide ? bytes.readUInt16LE(at) : bytes[at];
    if (code === 0x0a) return at + width;
    const isBlank = code === 0x20 || code === 0x09 || code === 0x0d || code === 0xfeff || (!isWide && isMarkByte(code));
    if (!isBlank) return at;
  }
  return bytes.length;
}

/** A byte of the UTF-8 byte order mark. */
function isMarkByte(code: number | undefined): boolean {
  return code === 0xef || code === 0xbb || code === 0xbf;
}

/** Position of the next `<Event` tag (not `<EventData` or `<Events`); -1 when there is none. */
function openingFrom(text: TextToCut, from: number): number {
  const length = lengthOf(OPENING, text.isWide);
  for (let at = indexOf(text, OPENING, from); at !== -1; at = indexOf(text, OPENING, at + length)) {
    const code = text.bytes[at + length];
    // White space, or the end of the tag.
    if (code === 0x20 || code === 0x3e || code === 0x2f || code === 0x09 || code === 0x0d || code === 0x0a) return at;
  }
  return -1;
}

/** In UTF-16, only matches at a character boundary count; `start` is one. */
function indexOf({ bytes, start, isWide }: TextToCut, mark: Mark, from: number): number {
  if (!isWide) return bytes.indexOf(mark.utf8, from);
  let at = bytes.indexOf(mark.utf16, from);
  while (at !== -1 && (at - start) % 2 !== 0) at = bytes.indexOf(mark.utf16, at + 1);
  return at;
}

function lengthOf(mark: Mark, isWide: boolean): number {
  return isWide ? mark.utf16.length : mark.utf8.length;
}
