import { stat } from "node:fs/promises";
import { createSteadyClock } from "../model/clock.ts";
import { mapped } from "../model/lists/mapped.ts";
import type { FileAccount } from "../model/finding.ts";
import { ShareTimeout, NoAnswerError, type SilentServer } from "./share-timeout.ts";
import { dueFiles, nextCheckAt, nextCheckOf } from "./due-files.ts";
import type { FolderWatch } from "./folder-watch.ts";
import { errorCode, fileError, type FileError } from "../reading/file-error.ts";
import { EventLoopYield } from "../reading/event-loop-yield.ts";
import { FileHandles } from "./file-handles.ts";
import { FileChanges } from "./identity/file-changes.ts";
import { FileFactory } from "./identity/file-factory.ts";
import { fileIdOf } from "./identity/file-id.ts";
import { FollowedContent } from "./bytes/followed-content.ts";
import { limitsOf, type FollowerOptions, type FollowLimits } from "./follow-options.ts";
import type { FollowState, FollowStream } from "./follow-state.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import { KnownFiles } from "./identity/known-files.ts";
import type { ByteRange } from "../reading/line-reader.ts";
import type { Keyed } from "../reading/cursor-heap.ts";
import { ReadingOrder } from "../reading/read-in-order.ts";
import { sumStats, totalUnaccountedBytes, type FormatStats } from "../reading/read-stats.ts";
import { FARM, WatchedFolders, type FolderChanges } from "./watched-folders.ts";

/** Result of one poll. */
export interface PollReport {
  /** Bytes consumed in this poll. */
  readonly bytes: number;
  /** True when all due files were read to their ends. If false, the next poll should follow at once. */
  readonly isCaughtUp: boolean;
  readonly errors: readonly FileError[];
  readonly openFiles: number;
}

/** Follows the logs of many servers. Holds the state: offsets, identities and statistics of the files. */
export interface Follower {
  /** Reads what was appended since the last poll. One poll at a time. Errors of files and folders are reported in `errors`, not thrown. */
  poll(): Promise<PollReport>;
  /**
   * Offsets to store, made while they are read. Take them between two polls, in the same tick as the consumer's state: together they make
   * "exactly once". Read them before the next poll.
   */
  stateStream(): FollowStream;
  stats(): FormatStats[];
  /** Statistics of one server's files. */
  statsOf(server: string): FormatStats[];
  /** What became of the bytes of each file present, sorted by server and path. */
  accounts(): FileAccount[];
  /** Bytes read that have no fate. Always 0; any other value is a bug. */
  unaccountedBytes(): number;
  /** Servers seen so far, those without logs included, sorted by name. */
  servers(): string[];
  /** Servers with at least one log file, as of the last listing. */
  serversWithLogs(): ReadonlySet<string>;
  /** True when the server has at least one log file, as of the last listing. */
  hasLogs(server: string): boolean;
  /** Servers whose file system does not answer. */
  silent(): SilentServer[];
  /** Why the farm folder could not be listed the last time; null when it was listed, or when log folders are named one by one. */
  farmFault(): string | null;
  /**
   * Ends a running poll, whatever it waits for, and refuses further reads. Take `stateStream()` after `stop()` and before `close()`.
   */
  stop(): void;
  /** Ends a running poll and closes all files. */
  close(): Promise<void>;
}

/** Longest wait before a file that could not be read is tried again, ms. */
const MAX_RETRY_MS = 60_000;
/** Idle handles closed per poll at most: closing takes up to 0.1 ms each. */
const CLOSED_PER_POLL = 64;

/** Creates a follower of the target's logs. It does no I/O before the first poll. */
export function createFollower(options: FollowerOptions): Follower {
  return new LogFollower(options);
}

class LogFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #limits: FollowLimits;
  readonly #wall: () => number;
  /** Unix ms of a clock that does not jump when the wall clock is set: for ages and intervals. */
  readonly #steady: () => number;
  readonly #shareTimeout: ShareTimeout;
  readonly #handles: FileHandles;
  readonly #known: KnownFiles;
  readonly #folders: WatchedFolders;
  readonly #factory: FileFactory;
  readonly #changes: FileChanges;
  readonly #content: FollowedContent;
  #watermarkMs = -Infinity;
  #bytes = 0;
  #isStopped = false;
  #polling: Promise<PollReport> | null = null;

  constructor(options: FollowerOptions) {
    const { knowledge, sink, state } = options;
    this.#options = options;
    this.#limits = limitsOf(options);
    this.#wall = options.clock.wall;
    this.#steady = createSteadyClock(options.clock);
    this.#shareTimeout = new ShareTimeout(this.#limits.shareTimeoutMs, this.#wall);
    this.#handles = new FileHandles(this.#limits, this.#shareTimeout, this.#steady);
    this.#known = new KnownFiles(state?.retired ?? []);
    this.#factory = new FileFactory(knowledge, { sink, maxLineBytes: this.#limits.maxLineBytes }, this.#steady);
    this.#folders = new WatchedFolders(
      {
        ...options,
        limits: this.#limits,
        shareTimeout: this.#shareTimeout,
        factory: this.#factory,
        known: this.#known,
        isOpen: (file) => this.#handles.has(file),
      },
      state?.folders ?? [],
      this.#restore(state),
    );
    this.#changes = new FileChanges({
      limits: this.#limits,
      wall: this.#wall,
      steady: this.#steady,
      shareTimeout: this.#shareTimeout,
      handles: this.#handles,
      known: this.#known,
      factory: this.#factory,
      folders: this.#folders,
    });
    this.#content = new FollowedContent(this.#changes);
  }

  /** Restores the files of a state record. Returns those that were present when it was written. */
  #restore(state: FollowState | undefined): FollowedFile[] {
    const present: FollowedFile[] = [];
    for (const record of state?.files ?? []) {
      const file = this.#factory.restore(record, state?.headers ?? []);
      if (file === null) continue;
      this.#known.add(file);
      if (file.goneAtMs === null) present.push(file);
    }
    return present;
  }

  poll(): Promise<PollReport> {
    if (this.#polling !== null) throw new Error("Cannot poll the logs: a poll is under way");
    this.#polling = this.#poll().finally(() => {
      this.#polling = null;
    });
    return this.#polling;
  }

  async #poll(): Promise<PollReport> {
    const nowMs = this.#steady();
    this.#bytes = 0;
    const changes = await this.#folders.look(nowMs, this.#wall());
    const errors = [...changes.errors];
    await this.#sortOut(changes, nowMs, errors);
    const isCaughtUp = await this.#read(nowMs, errors);
    this.#changes.concludeGone();
    this.#changes.forget(nowMs);
    this.#handles.closeIdle(nowMs - this.#limits.idleHandleMs, CLOSED_PER_POLL);
    if (isCaughtUp) this.#folders.letGo();
    if (isCaughtUp) this.#advance(nowMs);
    // A read that is abandoned because the program stops is not an error of the file.
    return { bytes: this.#bytes, isCaughtUp, errors: this.#isStopped ? [] : errors, openFiles: this.#handles.size };
  }

  /** Finds renamed and replaced files before anything is read: a new name may be a known file. */
  async #sortOut(changes: FolderChanges, nowMs: number, errors: FileError[]): Promise<void> {
    for (const file of [...changes.missing, ...this.#folders.takeOrphans()]) {
      this.#known.markGone(file, nowMs);
      await this.#attempt(file, errors, () => this.#readUnread(file));
    }
    const fresh = [...changes.fresh];
    for (const file of changes.toRecheck) {
      await this.#attempt(file, errors, async () => {
        const replacement = await this.#doubt(file);
        if (replacement !== null) fresh.push(replacement);
      });
    }
    for (const file of fresh) {
      if (!this.#known.hasGone(file.server)) continue;
      await this.#attempt(file, errors, () => this.#content.prepare(file));
    }
  }

  /**
   * Checks whether the path holds another file by now. Returns that file, not yet compared with the known files. Null when it is the
   * same file, or when the next read of the path decides.
   */
  async #doubt(file: FollowedFile): Promise<FollowedFile | null> {
    if (file.fileId === null) return null;
    const facts =
      this.#changes.folderOf(file)?.factsOf(file.location.name) ??
      (await this.#shareTimeout.run(file.server, () => stat(file.location.path, { bigint: true })));
    if (fileIdOf(facts) === file.fileId) return null;
    if (file.isPacked || !this.#handles.has(file)) {
      // Without an open handle the old file cannot be read any more: `prepare()` compares what the path holds now.
      this.#handles.close(file);
      file.nextCheckMs = 0;
      if (!file.isUnidentified) await this.#content.prepare(file);
      return null;
    }
    return this.#reopen(file);
  }

  /** Reads the due files in order of row time. True when all of them were read to their ends. */
  async #read(nowMs: number, errors: FileError[]): Promise<boolean> {
    const due: FollowedFile[] = [];
    const eventLoop = new EventLoopYield();
    for (const watch of this.#folders) {
      for (const file of this.#filesToRead(watch, nowMs)) due.push(file);
      if (eventLoop.isDue) await eventLoop.ifDue();
    }
    for (const file of this.#known.gone())
      if (this.#handles.has(file) && !this.#shareTimeout.isHanging(file.server)) due.push(file);
    const ranks = ranksOf(due);
    const turns = due.map((file) => this.#inTurn(file, ranks.get(file.server) ?? 0));
    const order = new ReadingOrder(turns, this.#limits.maxAheadMs, isBefore);
    for (let turn = order.next(); turn !== undefined; turn = order.next()) {
      const { horizonMs } = order;
      if (this.#readAtOnce(turn, horizonMs, errors) ?? (await this.#readOn(turn, horizonMs, errors)))
        order.putBack(turn);
      // After a stop running reads fail, so rows below this watermark may be missing: the next process reads them.
      const watermarkMs = this.#isStopped ? null : order.newWatermarkMs();
      if (watermarkMs !== null) this.#advance(watermarkMs);
      if (this.#bytes >= this.#limits.maxBytesPerPoll || this.#isStopped) return order.isEmpty && !this.#isStopped;
      if (eventLoop.isDue) await eventLoop.ifDue();
    }
    return !this.#isStopped;
  }

  /** Files of a folder that are due and may have grown. Notes whether the folder is at rest. */
  #filesToRead(watch: FolderWatch, nowMs: number): FollowedFile[] {
    const { server } = watch.folder;
    if (this.#shareTimeout.isHanging(server)) return [];
    const isInTurn = this.#folders.isInTurn(server);
    if (!isInTurn && nowMs < watch.restsUntilMs) return [];
    const due = dueFiles(watch.files.values(), nowMs);
    const changed = due.filter((file) => !this.#isUnchanged(file, nowMs, isInTurn));
    const isAtRest = changed.length === 0 && due.every((file) => this.#isResting(file, nowMs));
    watch.restsUntilMs = isAtRest ? nextCheckOf(watch.files.values()) : -Infinity;
    return changed;
  }

  /**
   * True when nothing was written since the file was read to its end, or when the file is at rest and its server is not in turn. False
   * when finding out would take waiting for a share, and whenever the file is due for a check.
   */
  #isUnchanged(file: FollowedFile, nowMs: number, isInTurn: boolean): boolean {
    if (file.isUnidentified || file.isPacked || file.goneAtMs !== null || file.failures > 0) return false;
    if (file.nextCheckMs <= nowMs || file.reader.aheadAtMs !== null) return false;
    if (!isInTurn && this.#isResting(file, nowMs)) return true;
    return this.#handles.isUnchanged(file, nowMs);
  }

  /** True when the file has not grown for `restMs`: by what was read of it or, for a local file, by its modification time. */
  #isResting(file: FollowedFile, nowMs: number): boolean {
    const { restMs } = this.#limits;
    if (nowMs - file.lastGrowthMs >= restMs) return true;
    const changedMs = this.#handles.changedMs(file);
    return changedMs !== null && this.#wall() - changedMs >= restMs;
  }

  /** Reads a file on a local disk on like `#readOn()`, without waiting. Null when that may take waiting. */
  #readAtOnce(turn: FileInTurn, horizonMs: number, errors: FileError[]): boolean | null {
    const { file } = turn;
    if (this.#shareTimeout.isHanging(file.server)) return null;
    let range: ByteRange | null;
    try {
      range = this.#content.nextAtOnce(file);
    } catch (error) {
      if (errorCode(error) === "") throw error;
      this.#noteFailure(file, error, errors);
      return this.#concludeStep(turn, false);
    }
    if (range === null) return null;
    file.failures = 0;
    return this.#concludeStep(
      turn,
      this.#content.sourceOf(file).taken(file, range, this.#consume(file, range, horizonOf(file, horizonMs))),
    );
  }

  /** Reads a file on, up to the first row newer than `horizonMs` (Unix ms). True when it has more to read now. */
  async #readOn(turn: FileInTurn, horizonMs: number, errors: FileError[]): Promise<boolean> {
    let hasMore = false;
    await this.#attempt(turn.file, errors, async () => {
      hasMore = await this.#step(turn, horizonMs);
    });
    return this.#concludeStep(turn, hasMore);
  }

  #inTurn(file: FollowedFile, serverRank: number): FileInTurn {
    const turn = { file, key: 0, serverRank, timeMs: 0, rank: file.location.relPath };
    this.#setPosition(turn);
    return turn;
  }

  /** Sets the place of the file in the order of reading. */
  #setPosition(turn: FileInTurn): void {
    const { timeMs } = turn.file;
    turn.timeMs = timeMs;
    turn.key = startOfStretch(timeMs, this.#limits.maxAheadMs);
  }

  #concludeStep(turn: FileInTurn, hasMore: boolean): boolean {
    const { file } = turn;
    this.#setPosition(turn);
    if (hasMore) file.nextCheckMs = 0;
    else if (!this.#shareTimeout.isHanging(file.server)) this.#endOfFile(file);
    return hasMore;
  }

  /**
   * Reads the next bytes of a file, which may turn out to be another one. True when there is more to read now. Throws errors of the file
   * system.
   */
  async #step(turn: Pick<FileInTurn, "file">, horizonMs: number): Promise<boolean> {
    const next = await this.#content.next(turn.file);
    const { file, range, source } = next;
    turn.file = file;
    if (range === null) return next.hasMore;
    return source.taken(file, range, this.#consume(file, range, horizonOf(file, horizonMs)));
  }

  /** Hands rows to the sink and moves the offset in one synchronous step, so that a stored state never has one without the other. */
  #consume(file: FollowedFile, range: ByteRange, horizonMs: number): number {
    const { reader } = file;
    const [offset, pending, newest] = [reader.offset, reader.ledger.pending, reader.newestAtMs];
    const isLast = file.isPacked && range.isEnd;
    if (!isLast) reader.consume(range, horizonMs);
    else if (reader.finish(range, horizonMs)) file.become("finished");
    const consumed = reader.offset - offset;
    const { bytes, start } = range;
    file.fingerprint.extend({ bytes, start, end: start + consumed, offset }, reader.bodyStart);
    if (consumed > 0 || reader.ledger.pending !== pending) file.lastGrowthMs = this.#steady();
    if (reader.newestAtMs !== newest) file.newestReadAtMs = this.#wall();
    this.#bytes += consumed;
    return consumed;
  }

  /**
   * Reads the first chunk of an open file of which nothing was read. Without it, the file could not be distinguished from the one that
   * now has its name.
   */
  async #readUnread(file: FollowedFile): Promise<void> {
    if (file.reader.offset === 0 && this.#handles.has(file)) await this.#step({ file }, Infinity);
  }

  /**
   * Opens the path of a file when it holds another file than the open handle. Null when that one has the same content: then it is read
   * on in place of the old one. Otherwise the new file at the path; the old one keeps its handle until it is read to its end.
   */
  async #reopen(file: FollowedFile): Promise<FollowedFile | null> {
    const fresh = this.#changes.replace(file);
    await this.#readUnread(file);
    if (file.reader.offset === 0 || !(await this.#content.isSame(fresh, file))) return fresh;
    this.#changes.adopt(fresh, file);
    return null;
  }

  /** Called when a file has nothing more to read now. Closes it if it is gone; otherwise plans its next check. */
  #endOfFile(file: FollowedFile): void {
    if (file.goneAtMs !== null) this.#handles.close(file);
    if (file.goneAtMs !== null || file.isUnidentified || file.failures > 0) return;
    const nowMs = this.#steady();
    file.firstEndMs ??= nowMs;
    file.nextCheckMs = nextCheckAt(file, nowMs);
  }

  /** Runs `action` on a file. An error of the file system goes into `errors`; any other is thrown. */
  async #attempt(file: FollowedFile, errors: FileError[], action: () => Promise<unknown>): Promise<void> {
    if (this.#shareTimeout.isHanging(file.server)) return;
    try {
      await action();
      file.failures = 0;
    } catch (error) {
      // An error without a code does not come from the file system: it is a bug, here or in the sink.
      if (errorCode(error) === "") throw error;
      this.#noteFailure(file, error, errors);
      if (error instanceof NoAnswerError) await this.#folders.askAll();
    }
  }

  #noteFailure(file: FollowedFile, error: unknown, errors: FileError[]): void {
    const watch = this.#folders.watchOf(file);
    if (errorCode(error) === "ENOENT" && watch !== undefined) {
      // The next listing of the folder shows what became of the file.
      watch.isDirty = true;
      return;
    }
    this.#handles.close(file);
    if (error instanceof NoAnswerError) this.#content.dropBuffer();
    if (errorCode(error).startsWith("Z_")) file.brokenAs = file.packedAs;
    file.failures += 1;
    file.nextCheckMs = this.#steady() + Math.min(MAX_RETRY_MS, 500 * 2 ** file.failures);
    errors.push(fileError(file.server, file.location.relPath, error));
  }

  #advance(watermarkMs: number): void {
    if (watermarkMs <= this.#watermarkMs) return;
    this.#watermarkMs = watermarkMs;
    this.#options.sink.advance(watermarkMs);
  }

  stateStream(): FollowStream {
    const headers = new Map<string, number>();
    const headerAt = (header: string): number => {
      const at = headers.get(header) ?? headers.size;
      headers.set(header, at);
      return at;
    };
    const known = [...this.#known].filter((file) => !file.isUnidentified);
    return {
      version: 1,
      folders: this.#folders.records(),
      files: mapped(known, (file) => file.record(headerAt)),
      headers: { [Symbol.iterator]: () => headers.keys() },
      retired: this.#known.retiredRecords(),
    };
  }

  stats(): FormatStats[] {
    return sumStats(this.#known.stats());
  }

  statsOf(server: string): FormatStats[] {
    return sumStats(this.#known.statsOf(server));
  }

  accounts(): FileAccount[] {
    const present = [...this.#known].filter((file) => file.goneAtMs === null && !file.isUnidentified);
    return present
      .map((file) => file.account())
      .sort((a, b) => compareTexts(a.server, b.server) || compareTexts(a.file, b.file));
  }

  unaccountedBytes(): number {
    return totalUnaccountedBytes(this.stats());
  }

  servers(): string[] {
    return this.#folders.servers;
  }

  serversWithLogs(): ReadonlySet<string> {
    return this.#folders.serversWithLogs();
  }

  hasLogs(server: string): boolean {
    return this.#folders.hasLogs(server);
  }

  silent(): SilentServer[] {
    return this.#shareTimeout.silent().filter(({ server }) => server !== FARM);
  }

  farmFault(): string | null {
    return this.#folders.farmFault;
  }

  stop(): void {
    this.#isStopped = true;
    this.#shareTimeout.stop();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#polling?.catch(() => undefined);
    this.#folders.letGo();
    this.#handles.closeAll();
  }
}

/**
 * A file that is due. `key`: start of the stretch of time in which its reading position is (Unix ms). `file` changes when its path turns
 * out to hold another file.
 */
interface FileInTurn extends Keyed {
  file: FollowedFile;
  key: number;
  /** Place of the server's name among those of the servers whose files are due. */
  readonly serverRank: number;
  timeMs: number;
}

/** Places of the servers of these files in the order of their names: comparing numbers costs less than comparing names. */
function ranksOf(files: readonly FollowedFile[]): ReadonlyMap<string, number> {
  const servers = new Set(files.map(({ server }) => server));
  return new Map([...servers].sort(compareTexts).map((server, rank) => [server, rank]));
}

/**
 * Within a stretch of time the files of one server are read one after the other, in order of time: the rows of a request are in several of
 * them, and it takes memory until all of its rows are read.
 */
function isBefore(a: FileInTurn, b: FileInTurn): boolean {
  if (a.key !== b.key) return a.key < b.key;
  if (a.serverRank !== b.serverRank) return a.serverRank < b.serverRank;
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.rank < b.rank);
}

/** Start of the stretch of `lengthMs` that contains the time. */
function startOfStretch(timeMs: number, lengthMs: number): number {
  return lengthMs > 0 && Number.isFinite(lengthMs) ? Math.floor(timeMs / lengthMs) * lengthMs : timeMs;
}

/** Time (Unix ms) up to which rows of the file are read. Windows events have no horizon: they are exported in any order. */
function horizonOf({ reader }: FollowedFile, horizonMs: number): number {
  return reader.source.log.format === "events" ? Infinity : horizonMs;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
