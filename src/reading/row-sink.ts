import type { Protocol } from "../model/label-values.ts";
import type { ScannedRequests } from "../model/row-scanner.ts";
import type { LogKind, Row, RowPosition } from "../model/row.ts";

export type { RowPosition };

/** A log file by the key that its rows carry. */
export interface SeenFile {
  readonly fileKey: number;
  /** Below the server's folder, with `/`: the name under which it was first seen. */
  readonly path: string;
}

/** Who takes the rows. Calls come synchronously, one line after the other; what they throw ends the reading. */
export interface RowSink {
  /** A log file was found. Comes before the first row of any file found with it, so that the consumer knows which logs a server has. */
  present?(server: string, log: LogKind, file: SeenFile): void;
  row(server: string, row: Row, position: RowPosition): void;
  /**
   * Protocols of which a served request (status 200 to 399) of that log comes with all that is to be known of it, so that `served` may
   * list it by its client alone; for a back end's log, those of which a row that is no refusal is of no consequence. Without this no row
   * takes the short way.
   */
  protocolsSettledByOneLog?(server: string, log: LogKind): ReadonlySet<Protocol>;
  /**
   * Rows by the short way, served ones and full rows, in their order among those of `row`. `place` is the position of the line where they
   * begin. Holds until it returns.
   */
  scanned?(server: string, rows: ScannedRequests, position: RowPosition): void;
  /**
   * No unread row of the files at hand is expected to be older than `watermarkMs` (Unix ms), and no row of an ordered log that was
   * handed on is newer than it by more than `maxAheadMs`. Never goes back. Rows can still be older: writers flush late. Windows events
   * are exported in any order, so their rows come as soon as they are found, however far ahead.
   */
  advance(watermarkMs: number): void;
}
