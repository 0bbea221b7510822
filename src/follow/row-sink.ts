import type { LogPlace, Row } from "../model/row.ts";

/** Where a row stands. Rows of one file with equal times keep the order of their offsets. */
export interface RowPlace {
  /**
   * `textKeyOf(server + "/" + path below the server's folder)` of the name under which the file was first seen: the same whatever order
   * files are read in. A file that takes another's place under its name gets a key of its own.
   */
  readonly fileKey: number;
  /** Of the line's first byte, in the unpacked text for `.gz`. */
  readonly offset: number;
}

/** Who takes the rows. Calls come synchronously, one line after the other; what they throw ends the reading. */
export interface RowSink {
  /** A log file was found. Comes before the first row of any file found with it, so that the consumer knows which logs a server has. */
  present?(server: string, place: LogPlace): void;
  row(server: string, row: Row, place: RowPlace): void;
  /**
   * No unread row of the files at hand is expected to be older than `watermarkMs` (Unix ms), and no row of an ordered log that was
   * handed on is newer than it by more than `maxAheadMs`. Never goes back. Rows can still be older: writers flush late. Windows events
   * are exported in any order, so their rows come as soon as they are found, however far ahead.
   */
  advance(watermarkMs: number): void;
}
