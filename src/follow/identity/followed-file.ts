import { changedState, type FileState } from "./file-state.ts";
import { posix } from "node:path";
import type { FileAccount } from "../../model/finding.ts";
import { Fingerprint, type FingerprintRecord } from "./file-fingerprint.ts";
import { countedBytes, rowsRead, skippedBytes, toLedgerRecord, type LedgerRecord } from "../../reading/ledger.ts";
import type { LineReader, TextEncoding } from "../../reading/line-reader.ts";
import { isGzipPath } from "../../reading/log-knowledge.ts";
import { FIRST_BYTES } from "../../reading/read-size.ts";
import type { FileStats } from "../../reading/read-stats.ts";

/** Current name and path of a file. */
export interface FileLocation {
  /** `FolderWatch.key` of its folder. */
  readonly folderKey: string;
  readonly name: string;
  /** Path below the server's folder, with `/`. */
  readonly relPath: string;
  readonly path: string;
  /** Start and end of the file's hour or day, from its name (Unix ms); null when the name has no time. */
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** A file in the state record. */
export interface FileRecord {
  readonly server: string;
  readonly path: string;
  readonly fileKey: number;
  /** How many files had its path before it. */
  readonly generation: number;
  readonly sinceMs: number;
  readonly offset: number;
  readonly encoding: TextEncoding | null;
  /** Index of the schema's header in the record's list; null before a header. */
  readonly header: number | null;
  readonly isSkipping: boolean;
  readonly isFinished: boolean;
  readonly bodyStart: number | null;
  readonly lastAtMs: number | null;
  readonly newestAtMs: number | null;
  readonly newestReadAtMs: number | null;
  readonly lastGrowthMs: number;
  readonly goneAtMs: number | null;
  readonly fileId: string | null;
  readonly fingerprint: FingerprintRecord;
  readonly ledger: LedgerRecord;
}

/**
 * A followed file: its location, how far it was read, and what identifies it. Changed only within src/follow: by the follower, its
 * reading, its handles and its watched folders.
 */
export class FollowedFile {
  readonly reader: LineReader;
  readonly generation: number;
  fingerprint = new Fingerprint();
  location: FileLocation;
  /** `fileIdOf()` of the file; null when not known. */
  fileId: string | null = null;
  #state: FileState = "new";
  /** When its name was found missing (Unix ms); null while it is present. */
  goneAtMs: number | null = null;
  readonly firstSeenMs: number;
  lastGrowthMs: number;
  /** When this process first read it to its end (Unix ms); null before. */
  firstEndMs: number | null = null;
  nextCheckMs = 0;
  /** Errors in a row. */
  failures = 0;
  /** Size of a new file at its last check, bytes. */
  size = 0;
  /** Size and modification time of a gzip file when it was last opened, and when it was found damaged; "" before. */
  packedAs = "";
  brokenAs = "";
  newestReadAtMs: number | null = null;
  readBytes = FIRST_BYTES;

  /** `generation`: how many files had its path before it. `nowMs`: when it was first seen. */
  constructor(
    reader: LineReader,
    location: FileLocation,
    { generation, nowMs }: { generation: number; nowMs: number },
  ) {
    this.reader = reader;
    this.location = location;
    this.generation = generation;
    this.firstSeenMs = nowMs;
    this.lastGrowthMs = nowMs;
  }

  get state(): FileState {
    return this.#state;
  }

  /** True while none of its rows was handed on: it is new, or a copy. */
  get isUnidentified(): boolean {
    return this.#state === "new" || this.#state === "copy";
  }

  /** Changes the state. Throws when a file cannot go from its state to that one: a bug. */
  become(state: FileState): void {
    this.#state = changedState(this.#state, state, `${this.server}/${this.location.relPath}`);
  }

  get server(): string {
    return this.reader.source.server;
  }

  get isPacked(): boolean {
    return isGzipPath(this.location.relPath);
  }

  /** Reading position in time (Unix ms): time of the next row if known, else of the last row, else from the file's name. */
  get timeMs(): number {
    // Windows events are exported in any order, so they are read at once.
    if (this.reader.source.log.format === "events") return 0;
    return this.reader.aheadAtMs ?? this.reader.lastAtMs ?? this.location.startMs ?? 0;
  }

  /** True when, by its name, the file's time ended before `nowMs`. */
  isOver(nowMs: number): boolean {
    return this.location.endMs !== null && this.location.endMs < nowMs;
  }

  stats(): FileStats {
    const { source, ledger, newestAtMs } = this.reader;
    return {
      server: source.server,
      format: source.log.format,
      ledger,
      isPresent: this.goneAtMs === null && this.#state !== "copy",
      newestAtMs,
      newestReadAtMs: this.newestReadAtMs,
      missingColumns: this.reader.missingColumns,
      folder: posix.dirname(this.location.relPath),
    };
  }

  /** What became of its bytes. An incomplete last line is not included. */
  account(): FileAccount {
    const counted = countedBytes(this.reader.ledger);
    const skipped = skippedBytes(this.reader.ledger);
    const rows = rowsRead(this.reader.ledger);
    return { server: this.server, file: this.location.relPath, bytes: counted + skipped, counted, skipped, rows };
  }

  /** `headerAt` returns a header's index in the record's list. */
  record(headerAt: (header: string) => number): FileRecord {
    const { reader } = this;
    return {
      server: this.server,
      path: this.location.relPath,
      fileKey: reader.source.fileKey,
      generation: this.generation,
      sinceMs: reader.source.sinceMs,
      offset: reader.offset,
      encoding: reader.encoding,
      header: reader.schema === null ? null : headerAt(reader.schema.header),
      isSkipping: reader.isSkipping,
      isFinished: this.#state === "finished",
      bodyStart: reader.bodyStart,
      lastAtMs: reader.lastAtMs,
      newestAtMs: reader.newestAtMs,
      newestReadAtMs: this.newestReadAtMs,
      lastGrowthMs: this.lastGrowthMs,
      goneAtMs: this.goneAtMs,
      fileId: this.fileId,
      fingerprint: this.fingerprint.record(),
      ledger: toLedgerRecord(reader.ledger),
    };
  }
}
