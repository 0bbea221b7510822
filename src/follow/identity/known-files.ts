import type { LogFormat } from "../../model/label-values.ts";
import type { FollowedFile } from "./followed-file.ts";
import { addLedger, createLedger, fromLedgerRecord, toLedgerRecord, type LedgerRecord } from "../../reading/ledger.ts";
import type { FileStats } from "../../reading/read-stats.ts";

/** Statistics of forgotten files, added up by server and format. */
export interface RetiredRecord {
  readonly server: string;
  readonly format: LogFormat;
  readonly newestAtMs: number | null;
  readonly newestReadAtMs: number | null;
  readonly ledger: LedgerRecord;
}

/** All files in the follower's state. */
export class KnownFiles {
  readonly #files = new Set<FollowedFile>();
  readonly #presentByServer = new Map<string, Set<FollowedFile>>();
  readonly #goneByServer = new Map<string, Set<FollowedFile>>();
  readonly #retired = new Map<string, FileStats>();

  constructor(retired: readonly RetiredRecord[]) {
    for (const record of retired)
      this.#retire({
        ...record,
        ledger: fromLedgerRecord(record.ledger),
        isPresent: false,
        missingColumns: null,
        folder: "",
      });
  }

  get size(): number {
    return this.#files.size;
  }

  [Symbol.iterator](): Iterator<FollowedFile> {
    return this.#files.values();
  }

  add(file: FollowedFile): void {
    this.#files.add(file);
    setOf(file.goneAtMs === null ? this.#presentByServer : this.#goneByServer, file.server).add(file);
  }

  /** The file's name is missing, or belongs to another file now. */
  markGone(file: FollowedFile, nowMs: number): void {
    if (file.goneAtMs !== null) return;
    file.goneAtMs = nowMs;
    this.#presentByServer.get(file.server)?.delete(file);
    setOf(this.#goneByServer, file.server).add(file);
  }

  markPresent(file: FollowedFile): void {
    file.goneAtMs = null;
    this.#goneByServer.get(file.server)?.delete(file);
    setOf(this.#presentByServer, file.server).add(file);
  }

  presentOn(server: string): Iterable<FollowedFile> {
    return this.#presentByServer.get(server) ?? [];
  }

  /** Gone files, the most recent first. */
  goneOn(server: string): FollowedFile[] {
    return [...(this.#goneByServer.get(server) ?? [])].reverse();
  }

  hasGone(server: string): boolean {
    return (this.#goneByServer.get(server)?.size ?? 0) > 0;
  }

  /** All gone files, server by server; those that were gone first come first. */
  *gone(): Generator<FollowedFile, void, undefined> {
    for (const files of this.#goneByServer.values()) yield* files;
  }

  /** Drops a file; its counts stay in the statistics. */
  forget(file: FollowedFile): void {
    if (!this.#files.delete(file)) return;
    this.#presentByServer.get(file.server)?.delete(file);
    this.#goneByServer.get(file.server)?.delete(file);
    file.reader.abandonPending();
    this.#retire({ ...file.stats(), isPresent: false });
  }

  #retire(stats: FileStats): void {
    const key = `${stats.format} ${stats.server}`;
    const before = this.#retired.get(key);
    const ledger = createLedger();
    if (before !== undefined) addLedger(ledger, before.ledger);
    addLedger(ledger, stats.ledger);
    const isNewer = before === undefined || (stats.newestAtMs ?? -Infinity) > (before.newestAtMs ?? -Infinity);
    this.#retired.set(key, { ...(isNewer ? stats : before), ledger });
  }

  *stats(): Generator<FileStats, void, undefined> {
    yield* this.#retired.values();
    for (const file of this.#files) yield file.stats();
  }

  /** Statistics of one server's files. */
  *statsOf(server: string): Generator<FileStats, void, undefined> {
    for (const stats of this.#retired.values()) if (stats.server === server) yield stats;
    for (const file of this.presentOn(server)) yield file.stats();
    for (const file of this.#goneByServer.get(server) ?? []) yield file.stats();
  }

  retiredRecords(): RetiredRecord[] {
    return [...this.#retired.values()].map(({ server, format, newestAtMs, newestReadAtMs, ledger }) => ({
      server,
      format,
      newestAtMs,
      newestReadAtMs,
      ledger: toLedgerRecord(ledger),
    }));
  }
}

function setOf(sets: Map<string, Set<FollowedFile>>, server: string): Set<FollowedFile> {
  let set = sets.get(server);
  if (set === undefined) sets.set(server, (set = new Set()));
  return set;
}
