import type { Protocol } from "../../model/label-values.ts";
import type { LogKind } from "../../model/row.ts";
import type { FileStats } from "../read-stats.ts";
import type { RowStream } from "./row-encoder.ts";

/** Settings for all files that a thread reads. Plain data. */
export interface ThreadRules {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly maxLineBytes: number;
  readonly maxOpenFiles: number;
  readonly maxAheadMs: number;
  /** Length after which a part is full, in numbers of eight bytes. A part may be a little longer. */
  readonly partNumbers: number;
  /** The main thread's sink has `scanned`: batches from the scanner may be sent. */
  readonly takesServed: boolean;
  /** Wall clock (Unix ms) at which the reading began. */
  readonly readAtMs: number;
}

/** A file to read in a thread. Plain data. */
export interface ThreadFile {
  readonly server: string;
  readonly relPath: string;
  readonly path: string;
  readonly fileKey: number;
  readonly log: LogKind;
  readonly startMs: number;
  readonly isPacked: boolean;
  /** Null when the main thread's sink has no `protocolsSettledByOneLog`. */
  readonly protocolsSettledByOneLog: readonly Protocol[] | null;
  /** A scanner of the main thread keeps the served rows: they are sent as the scanner lists them. */
  readonly isKept: boolean;
}

/** Request to a thread: read the next part of the file with index `file`. `opens` is set in the file's first request. */
export interface PartRequest {
  readonly file: number;
  readonly opens: ThreadFile | null;
}

/** Answer of a thread: a part of a file. Answers come in the order of the requests. */
export interface FilePart {
  readonly file: number;
  readonly stream: RowStream;
  /** Bytes that the thread read from the disk since its last answer, of all files. */
  readonly bytes: number;
  /** Set in the last part of the file. */
  readonly end: FileEnd | null;
}

export interface FileEnd {
  readonly stats: FileStats;
  /** Why the file could not be read to its end, as text for people; null when it was. */
  readonly fault: string | null;
}
