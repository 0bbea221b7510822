import type { Protocol } from "../../model/label-values.ts";
import type { LogKind } from "../../model/row.ts";
import type { FileStats } from "../read-stats.ts";
import type { RowStream } from "./row-encoder.ts";

/** What holds for all that a thread reads. Plain data. */
export interface ThreadRules {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly maxLineBytes: number;
  readonly maxOpenFiles: number;
  readonly maxAheadMs: number;
  /** Numbers of a part that are not exceeded by much: eight bytes each. */
  readonly partNumbers: number;
  /** The other end takes served rows by the short way. */
  readonly takesServed: boolean;
  /** Wall clock (Unix ms) at which the reading began. */
  readonly readAtMs: number;
}

/** A file, as a thread needs it. */
export interface ThreadFile {
  readonly server: string;
  readonly relPath: string;
  readonly path: string;
  readonly fileKey: number;
  readonly log: LogKind;
  readonly startMs: number;
  readonly isPacked: boolean;
  /** Null when the other end was not asked. */
  readonly protocolsSettledByOneLog: readonly Protocol[] | null;
}

/** To a thread: read the next part of a file. `file` comes with the first. */
export interface PartRequest {
  readonly file: number;
  readonly opens: ThreadFile | null;
}

/** From a thread: a part of a file, in the order of the requests. */
export interface FilePart {
  readonly file: number;
  readonly stream: RowStream;
  /** Bytes read from the disk since the part before, of whatever file. */
  readonly bytes: number;
  /** Set with the last part of the file. */
  readonly end: FileEnd | null;
}

export interface FileEnd {
  readonly stats: FileStats;
  /** Why it could not be read to its end, for people; null when it was. */
  readonly fault: string | null;
}
