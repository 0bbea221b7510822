import type { Protocol } from "../model/label-values.ts";
import type { Format } from "../model/format.ts";
import type { LogKind, ParsedLine, Row, Schema } from "../model/row.ts";
import { UNREADABLE_REASONS } from "../model/row.ts";
import type { Keeping, RowScanner } from "../model/row-scanner.ts";
import { createLedger, FATE_AT, type Ledger } from "./ledger.ts";
import type { RowSink } from "./row-sink.ts";

/** Settings shared by all files of one reading. */
export interface ReadingRules {
  readonly sink: RowSink;
  /** Longest line in bytes, without its line end. Longer lines are skipped. */
  readonly maxLineBytes: number;
  /** Fast path for sinks that have `protocolsSettledByOneLog` and `scanned`. One scanner serves many files. */
  readonly scanner?: RowScanner | null;
}

/** The file whose lines are read. */
export interface LineSource {
  readonly server: string;
  readonly fileKey: number;
  readonly format: Format;
  readonly log: LogKind;
  /** Rows with `sinceMs <= time < untilMs` are handed on (Unix ms). */
  readonly sinceMs: number;
  readonly untilMs: number;
}

export type TextEncoding = "utf8" | "utf16le";

/** Reading position in a file. */
export interface LinePosition {
  /** First byte without a fate. */
  readonly offset: number;
  /** Null while too few bytes were read to decide. */
  readonly encoding: TextEncoding | null;
  readonly schema: Schema | null;
  /** The offset is inside a line that is too long. */
  readonly isSkipping: boolean;
  /** First byte after the leading header lines; null before any other line. */
  readonly bodyStart: number | null;
  /** Time of the last row read, and of the newest (Unix ms); null before any. */
  readonly lastAtMs: number | null;
  readonly newestAtMs: number | null;
  readonly ledger: Ledger;
}

/** Result of a read: the bytes `[start, end)` of a buffer. */
export interface ByteRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** The file has no more bytes now. */
  readonly isEnd: boolean;
}

const LF = 0x0a;
/** Loading the scanner costs more than it saves for fewer bytes. */
const MIN_SCANNED_BYTES = 1_024;

/** Position at the first byte of a file, with a new ledger. */
export function startOfLines(): LinePosition {
  return {
    offset: 0,
    encoding: null,
    schema: null,
    isSkipping: false,
    bodyStart: null,
    lastAtMs: null,
    newestAtMs: null,
    ledger: createLedger(),
  };
}

/**
 * Cuts the bytes of one file into lines (or the pieces of its format), parses each, hands rows to the sink and keeps the ledger. Holds no
 * bytes: the caller offers the bytes from `offset` on, and offers those not consumed again.
 */
export class LineReader implements LinePosition {
  source: LineSource;
  readonly #rules: ReadingRules;
  readonly ledger: Ledger;
  offset: number;
  encoding: TextEncoding | null;
  schema: Schema | null;
  isSkipping: boolean;
  bodyStart: number | null;
  lastAtMs: number | null;
  newestAtMs: number | null;
  /** Time of the row at the offset (Unix ms) when `consume()` stopped before it because it is newer than the horizon; otherwise null. */
  aheadAtMs: number | null = null;
  #horizonMs = Infinity;
  /** The bytes being read reach the file's current end. */
  #isEnd = false;
  /** Null until the sink was asked. */
  #protocolsSettledByOneLog: ReadonlySet<Protocol> | null = null;
  #keeping: Keeping | null = null;

  constructor(source: LineSource, rules: ReadingRules, from: LinePosition) {
    this.source = source;
    this.#rules = rules;
    this.ledger = from.ledger;
    this.offset = from.offset;
    this.encoding = from.encoding;
    this.schema = from.schema;
    this.isSkipping = from.isSkipping;
    this.bodyStart = from.bodyStart;
    this.lastAtMs = from.lastAtMs;
    this.newestAtMs = from.newestAtMs;
  }

  /** Lowers `sinceMs` to `floorMs` (Unix ms); does nothing when it is lower already. */
  lowerFloor(floorMs: number): void {
    this.source = { ...this.source, sinceMs: Math.min(this.source.sinceMs, floorMs) };
  }

  /**
   * Parses the lines in `range`, whose first byte is at `offset` in the file, until a row is newer than `horizonMs` (Unix ms). Returns the
   * bytes consumed; the others are pending. 0 without a row ahead means: the line is longer than the range; offer more. Of
   * `maxLineBytes + 2` bytes some are always consumed.
   */
  consume(range: ByteRange, horizonMs: number): number {
    const { bytes, start, end } = range;
    const before = this.offset;
    this.#horizonMs = horizonMs;
    this.aheadAtMs = null;
    this.#noteRead(end - start, range.isEnd);
    this.encoding ??= detectEncoding(this.source.log, range);
    this.#isEnd = range.isEnd;
    if (this.encoding !== null)
      this.#readLines(end === bytes.length ? bytes : bytes.subarray(0, end), start, this.encoding === "utf16le");
    this.ledger.pending -= this.offset - before;
    return this.offset - before;
  }

  /**
   * Reads the rest of a file that nobody writes any more: its last line needs no line end. False when it stopped at a row newer than
   * `horizonMs` (Unix ms).
   */
  finish(range: ByteRange, horizonMs: number): boolean {
    // No more bytes will come: with too few bytes to detect the encoding, guess it.
    if (range.end > range.start)
      this.encoding ??=
        detectEncoding(this.source.log, range) ?? (range.bytes[range.start] === 0xff ? "utf16le" : "utf8");
    const start = range.start + this.consume(range, horizonMs);
    if (this.aheadAtMs !== null) return false;
    if (start === range.end) return true;
    const length = range.end - start;
    if (this.isSkipping) this.#count(FATE_AT.too_long, length, 0);
    else if (!this.#readLine(range.bytes, start, range.end, length, this.encoding === "utf16le")) return false;
    this.ledger.pending = 0;
    return true;
  }

  /** Needed columns that the log does not have; null before a header, and for a back end's log. */
  get missingColumns(): readonly string[] | null {
    return this.source.log.isBackEnd ? null : (this.schema?.missing ?? null);
  }

  /** Counts the pending bytes as one `partial` line: the file is gone or unreadable, so its last line stays incomplete. */
  abandonPending(): void {
    if (this.ledger.pending === 0) return;
    this.ledger.bytes[FATE_AT.partial] = (this.ledger.bytes[FATE_AT.partial] ?? 0) + this.ledger.pending;
    this.ledger.lines[FATE_AT.partial] = (this.ledger.lines[FATE_AT.partial] ?? 0) + 1;
    this.ledger.pending = 0;
  }

  /**
   * Counts bytes seen for the first time: `available` bytes follow the offset (more, unless `isEnd`), and `pending` of them were counted
   * before. If the file got shorter, the lost bytes count as `partial`.
   */
  #noteRead(available: number, isEnd: boolean): void {
    const grown = available - this.ledger.pending;
    if (grown >= 0) this.ledger.bytesRead += grown;
    else if (isEnd) this.ledger.bytes[FATE_AT.partial] = (this.ledger.bytes[FATE_AT.partial] ?? 0) - grown;
    else return;
    this.ledger.pending = available;
  }

  #readLines(bytes: Buffer, start: number, isWide: boolean): void {
    let lineStart = this.isSkipping ? this.#skipLine(bytes, start, isWide) : start;
    if (this.isSkipping) return;
    let scanner: RowScanner | null = null;
    let isAsked = isWide;
    for (;;) {
      // Loaded once there is a schema: the first header line may be in these bytes.
      if (!isAsked && this.schema !== null) {
        isAsked = true;
        scanner = this.#loadedScanner(bytes, lineStart);
      }
      if (scanner !== null) lineStart = this.#scan(scanner, lineStart);
      if (this.aheadAtMs !== null) return;
      const next = this.#endOfPiece(bytes, lineStart, isWide);
      if (next === -1) break;
      const lineEnd = this.source.format.pieces === undefined ? next - (isWide ? 2 : 1) : next;
      if (!this.#readLine(bytes, lineStart, lineEnd, next - lineStart, isWide)) return;
      lineStart = next;
    }
    const rest = bytes.length - lineStart;
    // In UTF-16 an odd last byte may be the first half of the line end.
    if (wholeCharacters(rest, isWide) <= this.#rules.maxLineBytes) return;
    this.isSkipping = true;
    this.bodyStart ??= this.offset;
    this.#count(FATE_AT.too_long, this.#skippable(rest, isWide), 1);
  }

  /** Index after the line (or the format's piece) that begins at `start`, its line end included; -1 when the bytes do not hold its end. */
  #endOfPiece(bytes: Buffer, start: number, isWide: boolean): number {
    const { pieces } = this.source.format;
    if (pieces !== undefined) return pieces.endOf({ bytes, start, isWide, isEnd: this.#isEnd });
    const lineEnd = isWide ? this.#wideLineEnd(bytes, start) : bytes.indexOf(LF, start);
    return lineEnd === -1 ? -1 : lineEnd + (isWide ? 2 : 1);
  }

  /** How many of the last `rest` bytes certainly belong to a line that is too long, whatever bytes follow. */
  #skippable(rest: number, isWide: boolean): number {
    const mark = this.source.format.pieces?.longestMark ?? 0;
    return Math.max(0, wholeCharacters(rest, isWide) - mark);
  }

  /** The scanner, loaded with the bytes from `start` on; null when this file cannot be scanned, or the bytes are too few. */
  #loadedScanner(bytes: Buffer, start: number): RowScanner | null {
    const { scanner, sink } = this.#rules;
    if (scanner === undefined || scanner === null || this.schema === null || bytes.length - start < MIN_SCANNED_BYTES)
      return null;
    if (
      this.source.format.createScanner === undefined ||
      sink.protocolsSettledByOneLog === undefined ||
      sink.scanned === undefined
    )
      return null;
    if (this.#protocolsSettledByOneLog === null) {
      const { server, fileKey } = this.source;
      this.#protocolsSettledByOneLog = sink.protocolsSettledByOneLog(server, this.source.log);
      const { memory } = scanner;
      const keeping = memory === null ? null : (sink.keeping?.(server, memory) ?? null);
      this.#keeping = keeping === null ? null : { fileKey, server: keeping };
    }
    if (this.#protocolsSettledByOneLog === null) return null;
    scanner.load(bytes, start, bytes.length);
    return scanner;
  }

  /** Lets the scanner read lines from index `from` on. Returns the index where it stopped. */
  #scan(scanner: RowScanner, from: number): number {
    const { server, log, fileKey, sinceMs, untilMs } = this.source;
    const protocolsSettledByOneLog = this.#protocolsSettledByOneLog;
    if (this.schema === null || protocolsSettledByOneLog === null) return from;
    if (
      !scanner.begin(this.schema, {
        log,
        sinceMs,
        untilMs: Math.min(untilMs, this.#rules.sink.scansUntilMs?.() ?? Infinity),
        horizonMs: this.#horizonMs,
        maxLineBytes: this.#rules.maxLineBytes,
        protocolsSettledByOneLog,
        keeping: this.#keeping,
      })
    )
      return from;
    let at = from;
    do {
      const next = scanner.scan(at, this.offset);
      if (next === at) break;
      const { countedLines, countedBytes, noiseLines, noiseBytes, lastAtMs, newestAtMs } = scanner.tally;
      this.bodyStart ??= this.offset;
      if (countedLines > 0) this.#rules.sink.scanned?.(server, scanner.scanned, { fileKey, offset: this.offset });
      if (scanner.worker !== null) this.#rules.sink.row(server, scanner.worker, { fileKey, offset: this.offset });
      this.#count(FATE_AT.counted, countedBytes, countedLines);
      this.#count(FATE_AT.noise, noiseBytes, noiseLines);
      this.lastAtMs = lastAtMs;
      if (this.newestAtMs === null || newestAtMs > this.newestAtMs) this.newestAtMs = newestAtMs;
      at = next;
    } while (scanner.isFull);
    this.aheadAtMs = scanner.aheadAtMs;
    return at;
  }

  /** Counts the rest of a line that is too long. Returns the index of the next line, or of the first byte not counted. */
  #skipLine(bytes: Buffer, start: number, isWide: boolean): number {
    const { pieces } = this.source.format;
    const next =
      pieces === undefined
        ? this.#endOfPiece(bytes, start, isWide)
        : pieces.resumeAt({ bytes, start, isWide, isEnd: this.#isEnd });
    const length = next === -1 ? this.#skippable(bytes.length - start, isWide) : next - start;
    this.#count(FATE_AT.too_long, length, 0);
    this.isSkipping = next === -1;
    return start + length;
  }

  /** Index of the next `0A 00` at an even offset in the file; `start` is the index of the reader's offset. */
  #wideLineEnd(bytes: Buffer, start: number): number {
    const parity = (this.offset - start) & 1;
    for (let at = bytes.indexOf(LF, start); at !== -1; at = bytes.indexOf(LF, at + 1)) {
      if (((at + parity) & 1) === 0 && bytes[at + 1] === 0) return at;
    }
    return -1;
  }

  /** Reads the line `bytes[start, end)`; `length` includes its line end. False when its row is newer than the horizon. */
  #readLine(bytes: Buffer, start: number, end: number, length: number, isWide: boolean): boolean {
    if (end - start > this.#rules.maxLineBytes) {
      this.bodyStart ??= this.offset;
      this.#count(FATE_AT.too_long, length, 1);
      return true;
    }
    const parsed = this.#parse(bytes, start, end, isWide);
    const atMs = timeOf(parsed);
    if (atMs > this.#horizonMs) {
      this.aheadAtMs = atMs;
      return false;
    }
    if (this.bodyStart === null && parsed.kind !== "header" && parsed.kind !== "blank") this.bodyStart = this.offset;
    this.#count(this.#take(parsed), length, 1);
    return true;
  }

  #parse(bytes: Buffer, start: number, end: number, isWide: boolean): ParsedLine {
    const { format, log } = this.source;
    if (!isWide) return format.parse(bytes, this.#textStart(bytes, start, end), end, this.schema, log);
    const textStart = this.offset === 0 && bytes[start] === 0xff && bytes[start + 1] === 0xfe ? start + 2 : start;
    const text = Buffer.from(bytes.toString("utf16le", textStart, end), "utf8");
    return format.parse(text, 0, text.length, this.schema, log);
  }

  /** Index of the text: after a byte order mark at the start of the file, and after leading zero bytes. */
  #textStart(bytes: Buffer, start: number, end: number): number {
    const first = bytes[start];
    if (
      first === 0xef &&
      this.offset === 0 &&
      end - start >= 3 &&
      bytes[start + 1] === 0xbb &&
      bytes[start + 2] === 0xbf
    )
      return start + 3;
    if (first !== 0) return start;
    let at = start;
    while (at < end && bytes[at] === 0) at++;
    return at === end ? start : at;
  }

  /** Hands on a row, or keeps a header's schema. Returns the index of the line's fate. */
  #take(parsed: ParsedLine): number {
    switch (parsed.kind) {
      case "row":
        return this.#handOn(parsed.row.atMs, parsed.row) ? FATE_AT.counted : FATE_AT.before_lookback;
      case "noise":
        return this.#handOn(parsed.atMs, parsed.worker) ? FATE_AT.noise : FATE_AT.before_lookback;
      case "ignored":
        return this.#handOn(parsed.atMs, undefined) ? FATE_AT.counted : FATE_AT.before_lookback;
      case "header":
        if (parsed.schema !== null) this.schema = parsed.schema;
        return FATE_AT.header;
      case "blank":
        return FATE_AT.blank;
      case "unreadable": {
        const at = UNREADABLE_REASONS.indexOf(parsed.reason);
        this.ledger.unreadable[at] = (this.ledger.unreadable[at] ?? 0) + 1;
        return FATE_AT.unreadable;
      }
    }
  }

  /** Notes the row's time and hands the row to the sink. False when it is outside of the source's time range. */
  #handOn(atMs: number, row: Row | undefined): boolean {
    const { server, fileKey, sinceMs, untilMs } = this.source;
    this.lastAtMs = atMs;
    if (this.newestAtMs === null || atMs > this.newestAtMs) this.newestAtMs = atMs;
    if (atMs < sinceMs || atMs >= untilMs) return false;
    if (row !== undefined) this.#rules.sink.row(server, row, { fileKey, offset: this.offset });
    return true;
  }

  #count(fate: number, bytes: number, lines: number): void {
    this.offset += bytes;
    this.ledger.bytes[fate] = (this.ledger.bytes[fate] ?? 0) + bytes;
    this.ledger.lines[fate] = (this.ledger.lines[fate] ?? 0) + lines;
  }
}

/** Bytes of the UTF-16 code units that `bytes` bytes hold in full; in UTF-8 each byte stands alone. */
function wholeCharacters(bytes: number, isWide: boolean): number {
  return isWide ? bytes - (bytes % 2) : bytes;
}

/** Time of a row (Unix ms); -Infinity for a line without a time. */
function timeOf(parsed: ParsedLine): number {
  switch (parsed.kind) {
    case "row":
      return parsed.row.atMs;
    case "noise":
    case "ignored":
      return parsed.atMs;
    default:
      return -Infinity;
  }
}

/** Null while there are too few bytes to decide. */
function detectEncoding(log: LogKind, range: ByteRange): TextEncoding | null {
  const { bytes, start, end } = range;
  if (end === start) return null;
  if (bytes[start] !== 0xff && log.encoding === "utf8") return "utf8";
  if (end - start < 4) return null;
  if (bytes[start] === 0xff && bytes[start + 1] === 0xfe) return "utf16le";
  return log.encoding === "detect" && bytes[start] !== 0 && bytes[start + 1] === 0 && bytes[start + 3] === 0
    ? "utf16le"
    : "utf8";
}
