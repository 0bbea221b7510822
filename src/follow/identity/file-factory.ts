import { join } from "node:path";
import { textKeyOf } from "../../model/text-key.ts";
import { Fingerprint } from "./file-fingerprint.ts";
import type { FolderWatch } from "../folder-watch.ts";
import { FollowedFile, type FileLocation, type FileRecord } from "./followed-file.ts";
import { fromLedgerRecord } from "../../reading/ledger.ts";
import { LineReader, startOfLines, type LinePosition, type ReadingRules } from "../../reading/line-reader.ts";
import { plainPath, type LogKnowledge } from "../../reading/log-knowledge.ts";
import { createScanners, NO_SCANNERS, type ScannerOf } from "../../reading/once/create-scanners.ts";

/** Creates followed files from names, and restores them from records. */
export class FileFactory {
  readonly #knowledge: LogKnowledge;
  readonly #rules: ReadingRules;
  readonly #scannerOf: ScannerOf;
  readonly #now: () => number;

  constructor(knowledge: LogKnowledge, rules: ReadingRules, now: () => number) {
    this.#knowledge = knowledge;
    this.#rules = rules;
    this.#scannerOf = rules.sink.scanned === undefined ? NO_SCANNERS : createScanners(knowledge);
    this.#now = now;
  }

  /** Location of a file in the folder; null when its path is not that of a known log. */
  locationOf(watch: FolderWatch, name: string): FileLocation | null {
    const relPath = `${watch.folder.as}/${name}`;
    if (this.#knowledge.classifyPath(plainPath(relPath)) === null) return null;
    return this.#locationAt(watch.key, relPath, join(watch.folder.path, name));
  }

  #locationAt(folderKey: string, relPath: string, path: string): FileLocation {
    const plain = plainPath(relPath);
    const name = relPath.slice(relPath.lastIndexOf("/") + 1);
    return {
      folderKey,
      name,
      relPath,
      path,
      startMs: this.#knowledge.startOfFile(plain),
      endMs: this.#knowledge.endOfFile(plain),
    };
  }

  /** A file to read from its start. `generation`: how many files had this path before. Throws when the path is not that of a log. */
  create(watch: FolderWatch, location: FileLocation, generation: number): FollowedFile {
    const { server } = watch.folder;
    const plain = `${server}/${plainPath(location.relPath)}`;
    const fileKey = textKeyOf(generation === 0 ? plain : `${plain}#${String(generation)}`);
    const source = this.#sourceOf({ server, path: location.relPath, fileKey, sinceMs: watch.sinceMs });
    if (source === null) throw new Error(`Cannot follow ${server}/${location.relPath}: it is not a log`);
    this.#rules.sink.present?.(server, source.log, { fileKey, path: location.relPath });
    return new FollowedFile(this.#readerOf(source, startOfLines()), location, {
      generation,
      nowMs: this.#now(),
    });
  }

  /** Restores a file from its record, before its folder is listed. Null when its path is no longer that of a log. */
  restore(record: FileRecord, headers: readonly string[]): FollowedFile | null {
    const source = this.#sourceOf(record);
    if (source === null) return null;
    this.#rules.sink.present?.(record.server, source.log, record);
    const header = record.header === null ? null : (headers[record.header] ?? null);
    const schema = header === null ? null : source.format.schemaFrom(header);
    const reader = this.#readerOf(source, { ...record, schema, ledger: fromLedgerRecord(record.ledger) });
    const folderKey = `${record.server}/${record.path.slice(0, record.path.lastIndexOf("/"))}`;
    const file = new FollowedFile(reader, this.#locationAt(folderKey, record.path, ""), {
      generation: record.generation,
      nowMs: this.#now(),
    });
    file.become("followed");
    if (record.isFinished) file.become("finished");
    file.fingerprint = Fingerprint.from(record.fingerprint);
    file.fileId = record.fileId;
    // The clock may have been ahead when these times were stored: times in the future would delay what waits for them.
    file.goneAtMs = record.goneAtMs === null ? null : Math.min(record.goneAtMs, file.firstSeenMs);
    file.lastGrowthMs = Math.min(record.lastGrowthMs, file.firstSeenMs);
    file.newestReadAtMs = record.newestReadAtMs;
    return file;
  }

  #readerOf(source: LineReader["source"], from: LinePosition): LineReader {
    return new LineReader(source, { ...this.#rules, scanner: this.#scannerOf(source.log.format) }, from);
  }

  #sourceOf(file: { server: string; path: string; fileKey: number; sinceMs: number }): LineReader["source"] | null {
    const log = this.#knowledge.classifyPath(plainPath(file.path));
    if (log === null) return null;
    const { server, fileKey, sinceMs } = file;
    return { server, fileKey, log, format: this.#knowledge.formats[log.format], sinceMs, untilMs: Infinity };
  }
}
