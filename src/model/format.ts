import type { LogFormat } from "./label-values.ts";
import type { LogKind, ParsedLine, Schema } from "./row.ts";
import type { RowScanner } from "./row-scanner.ts";

/** Bytes of a log from `start` to the end of `bytes`. */
export interface TextToCut {
  readonly bytes: Buffer;
  readonly start: number;
  /** UTF-16LE. */
  readonly isWide: boolean;
  /** The file currently has no more bytes. */
  readonly isEnd: boolean;
}

/** Cuts a log into pieces that are not lines. */
export interface PieceCutter {
  /** End of the piece at `start`, including its line end; -1 when more bytes are needed. */
  readonly endOf: (text: TextToCut) => number;
  /** Where to resume inside a piece that is too long; -1 when these bytes have no such position. */
  readonly resumeAt: (text: TextToCut) => number;
  /** Number of trailing bytes that may be the beginning of a mark that `resumeAt` looks for. */
  readonly longestMark: number;
}

/** A log format: parses text to rows, without I/O. One file of `sources/` each. */
export interface Format {
  readonly name: LogFormat;
  /** Builds the schema from `header`, a stored header line; null when it is not a header with columns. */
  readonly schemaFrom: (header: string) => Schema | null;
  /**
   * Parses the line `bytes[start, end)` without its line end; a trailing CR is allowed. Never throws, whatever the
   * bytes are. `schema` comes from the last header line; null before the first one.
   */
  readonly parse: (bytes: Buffer, start: number, end: number, schema: Schema | null, log: LogKind) => ParsedLine;
  /** Cuts the text into the pieces that `parse` takes; when absent, they are lines. */
  readonly pieces?: PieceCutter;
  /**
   * Creates a scanner for rows that it can classify with certainty; absent when the format has none. A scanner has its
   * own state.
   */
  readonly createScanner?: () => RowScanner;
}
