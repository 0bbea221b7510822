import type { Protocol } from "../model/label-values.ts";
import type { KeepingServer, ScannedRequests } from "../model/row-scanner.ts";
import type { LogKind, Row, RowPosition } from "../model/row.ts";
import type { ScannerMemory } from "../model/logs/scanner-memory.ts";

export type { RowPosition };

/** A log file: the key in the positions of its rows, and its path. */
export interface SeenFile {
  readonly fileKey: number;
  /** Path below the server's folder, with `/`, under which the file was first seen. */
  readonly path: string;
}

/** Receives the rows. All calls are synchronous, in line order within a file; an error thrown by one ends the reading. */
export interface RowSink {
  /** A log file was found. Called before the first row of any file found with it, so that the consumer knows which logs a server has. */
  present?(server: string, log: LogKind, file: SeenFile): void;
  row(server: string, row: Row, position: RowPosition): void;
  /**
   * Protocols for which this log alone decides a served request (status 200 to 399): `scanned` may pass only its client key instead of
   * the full row. For a back end's log: protocols for which only refusals matter. Null: each row of
   * this log comes by `row`. Without this method the scanner is not used.
   */
  protocolsSettledByOneLog?(server: string, log: LogKind): ReadonlySet<Protocol> | null;
  /** Rows of this time (Unix ms) and later come by `row`, whether the log is scanned or not. Absent: none. */
  scansUntilMs?(): number;
  /**
   * Asked once per file of a scanner that can keep served rows in `memory`, and before its first rows. Null, or no such method: the
   * scanner lists them for `scanned`.
   */
  keeping?(server: string, memory: ScannerMemory): KeepingServer | null;
  /**
   * A batch of requests from the scanner, in line order with the calls of `row`. `position` is that of the first line of the batch.
   * `rows` is valid only until this returns.
   */
  scanned?(server: string, rows: ScannedRequests, position: RowPosition): void;
  /**
   * The watermark: no unread row of the files at hand is expected to be older than `watermarkMs` (Unix ms), and no row handed on from an
   * ordered log is newer than it by more than `maxAheadMs`. Never decreases. Older rows can still come: servers write late. Windows
   * events are exported in any order, so their rows come as soon as they are found, however far ahead.
   */
  advance(watermarkMs: number): void;
}
