import type { PieceCutter, TextToCut } from "../../model/format.ts";

/**
 * Cuts an export of events into its events, however it is laid out: one a line, all on one line, one element a line, with `<Events>` around
 * them or not, in UTF-8 or UTF-16LE. What stands between two events (declaration, root element, rubbish) is cut at its line ends.
 */
export const EVENT_PIECES: PieceCutter = { endOf: endOfPiece, resumeAt, longestMark: 16 };

const OPENING = marksOf("<Event");
const CLOSING = marksOf("</Event>");
const LINE_FEED = marksOf("\n");

/** The same text in both encodings. */
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
  // An event that was cut off ends where the next one begins.
  if (next !== -1) return next;
  return closing === -1 ? -1 : endOfLine(text, closing + lengthOf(CLOSING, isWide));
}

/** The text that ends at `end`; all of it when that is -1. */
function upTo(text: TextToCut, end: number): TextToCut {
  return end === -1 ? text : { ...text, bytes: text.bytes.subarray(0, end) };
}

/** After the closing tag: past the line end, or up to what follows in the line. -1 while the bytes at hand do not tell. */
function endOfLine(text: TextToCut, from: number): number {
  const at = pastBlanks(text, from);
  if (at < text.bytes.length) return at;
  return text.isEnd ? at - (text.isWide ? (at - text.start) % 2 : 0) : -1;
}

/** Where an event begins or ends, after a piece that is too long; -1 when neither does in these bytes. */
function resumeAt(text: TextToCut): number {
  const closing = indexOf(text, CLOSING, text.start);
  const opening = openingFrom(upTo(text, closing), text.start);
  if (closing === -1 || opening !== -1) return opening;
  return closing + lengthOf(CLOSING, text.isWide);
}

/** Past blanks, byte order marks and the first line feed. */
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

/** Of the byte order mark of UTF-8. */
function isMarkByte(code: number | undefined): boolean {
  return code === 0xef || code === 0xbb || code === 0xbf;
}

/** Where the next `<Event` stands that is no `<EventData` or `<Events`; -1 without one. */
function openingFrom(text: TextToCut, from: number): number {
  const length = lengthOf(OPENING, text.isWide);
  for (let at = indexOf(text, OPENING, from); at !== -1; at = indexOf(text, OPENING, at + length)) {
    const code = text.bytes[at + length];
    // A blank of any sort, or the end of the tag.
    if (code === 0x20 || code === 0x3e || code === 0x2f || code === 0x09 || code === 0x0d || code === 0x0a) return at;
  }
  return -1;
}

/** Of UTF-16 only where its characters begin, which `start` does. */
function indexOf({ bytes, start, isWide }: TextToCut, mark: Mark, from: number): number {
  if (!isWide) return bytes.indexOf(mark.utf8, from);
  let at = bytes.indexOf(mark.utf16, from);
  while (at !== -1 && (at - start) % 2 !== 0) at = bytes.indexOf(mark.utf16, at + 1);
  return at;
}

function lengthOf(mark: Mark, isWide: boolean): number {
  return isWide ? mark.utf16.length : mark.utf8.length;
}
