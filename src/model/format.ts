import type { LogFormat } from "./label-values.ts";
import type { LogKind, ParsedLine, Schema } from "./row.ts";
import type { RowScanner } from "./row-scanner.ts";

/** Bytes of a log from the start of a piece on, up to the end of `bytes`. */
export interface TextToCut {
  readonly bytes: Buffer;
  readonly start: number;
  /** UTF-16LE. */
  readonly isWide: boolean;
  /** The file has no more than this now. */
  readonly isEnd: boolean;
}

/** How a log is cut whose pieces are not its lines. */
export interface PieceCutter {
  /** End of the piece that begins at the start, with the line end after it; -1 when more bytes are needed to tell. */
  readonly endOf: (text: TextToCut) => number;
  /** Where the next piece begins, inside of a piece that is too long; -1 when not in these bytes. */
  readonly resumeAt: (text: TextToCut) => number;
  /** Bytes at the end that may be the beginning of what `resumeAt` looks for. */
  readonly longestMark: number;
}

/** A log format: pure text to rows. One file of `sources/` each. */
export interface Format {
  readonly name: LogFormat;
  /** The schema that `header` (a header line kept from before) gives; null when it is not one. */
  readonly schemaFrom: (header: string) => Schema | null;
  /**
   * Parses the line `bytes[start, end)` (no line end; a trailing CR may stand there). Never throws; the bytes may be anything.
   * `schema` is what the last header line gave, or null before any.
   */
  readonly parse: (bytes: Buffer, start: number, end: number, schema: Schema | null, log: LogKind) => ParsedLine;
  /** Cuts the text into what `parse` takes; without it, at the line ends. */
  readonly pieces?: PieceCutter;
  /** A scanner for the rows that need no second look, where the format has one. It has state of its own. */
  readonly createScanner?: () => RowScanner;
}
