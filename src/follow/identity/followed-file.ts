import { posix } from "node:path";
import type { FileAccount } from "../../model/finding.ts";
import { Fingerprint, type FingerprintRecord } from "./file-fingerprint.ts";
import { countedBytes, rowsRead, skippedBytes, toLedgerRecord, type LedgerRecord } from "../../reading/ledger.ts";
import type { LineReader, TextEncoding } from "../../reading/line-reader.ts";
import { isGzipPath } from "../../reading/log-knowledge.ts";
import { CHUNK_BYTES } from "../../reading/read-size.ts";
import type { FileStats } from "../../reading/read-stats.ts";

/** Where a file stands now. */
export interface FileLocation {
  /** `FolderWatch.key` of its folder. */
  readonly folderKey: string;
  readonly name: string;
  /** Below the server's folder, with `/`. */
  readonly relPath: string;
  readonly path: string;
  /** The span its name allows (Unix ms); null when the name tells nothing. */
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** A file in the state record. */
export interface FileRecord {
  readonly server: string;
  readonly path: string;
  readonly fileKey: number;
  /** How many files stood at its path before it. */
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

/** A file that is followed: where it stands, how far it was read, and by what it is known again. Changed by the follower alone. */
export class FollowedFile {
  readonly reader: LineReader;
  readonly generation: number;
  fingerprint = new Fingerprint();
  location: FileLocation;
  /** `fileIdOf()` the file; null when not known. */
  fileId: string | null = null;
  /** Not yet compared with the files known before; nothing of it was handed on. */
  isNew = true;
  /** New, and the same as another file of the folder. */
  isCopy = false;
  /** Packed, and read to its end. */
  isFinished = false;
  /** When its name was no longer there (Unix ms); null while it is. */
  goneAtMs: number | null = null;
  readonly firstSeenMs: number;
  lastGrowthMs: number;
  /** When it was read to its end for the first time (in this process); null before. */
  firstEndMs: number | null = null;
  nextCheckMs = 0;
  /** Errors in a row. */
  failures = 0;
  /** Its size at the last look, of a new file. */
  size = 0;
  /** Size and time of change of a packed file when it was opened last, and when it proved damaged; "" before. */
  packedAs = "";
  brokenAs = "";
  newestReadAtMs: number | null = null;
  readBytes = CHUNK_BYTES;

  constructor(reader: LineReader, location: FileLocation, generation: number, nowMs: number) {
    this.reader = reader;
    this.location = location;
    this.generation = generation;
    this.firstSeenMs = nowMs;
    this.lastGrowthMs = nowMs;
  }

  get server(): string {
    return this.reader.source.server;
  }

  get isPacked(): boolean {
    return isGzipPath(this.location.relPath);
  }

  /** Time it stands at (Unix ms): of its next row if that is known, else of its last, else what its name tells. */
  get timeMs(): number {
    // Windows events are exported in any order: what is there is read at once.
    if (this.reader.source.log.format === "events") return 0;
    return this.reader.aheadAtMs ?? this.reader.lastAtMs ?? this.location.startMs ?? 0;
  }

  /** The name says that the file's time is over. */
  isOver(nowMs: number): boolean {
    return this.location.endMs !== null && this.location.endMs < nowMs;
  }

  stats(): FileStats {
    const { source, ledger, newestAtMs } = this.reader;
    return {
      server: source.server,
      format: source.log.format,
      ledger,
      isPresent: this.goneAtMs === null && !this.isCopy,
      newestAtMs,
      newestReadAtMs: this.newestReadAtMs,
      missingColumns: this.reader.missingColumns,
      folder: posix.dirname(this.location.relPath),
    };
  }

  /** What became of its bytes, without those of a line that is not yet whole. */
  account(): FileAccount {
    const counted = countedBytes(this.reader.ledger);
    const skipped = skippedBytes(this.reader.ledger);
    const rows = rowsRead(this.reader.ledger);
    return { server: this.server, file: this.location.relPath, bytes: counted + skipped, counted, skipped, rows };
  }

  /** `headerAt` gives a header's index in the record's list. */
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
      isFinished: this.isFinished,
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
