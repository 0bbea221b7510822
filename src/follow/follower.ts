import { stat } from "node:fs/promises";
import { createSteadyClock } from "../model/clock.ts";
import type { FileAccount } from "../model/finding.ts";
import { ShareTimeout, NoAnswerError, type SilentServer } from "./share-timeout.ts";
import { dueFiles, nextCheckAt } from "./due-files.ts";
import { errorCode, fileError, type FileError } from "../reading/file-error.ts";
import { EventLoopYield } from "../reading/event-loop-yield.ts";
import { FileHandles } from "./file-handles.ts";
import { FileFactory } from "./identity/file-factory.ts";
import { fileIdOf, FollowReading, type FollowReadingPort } from "./follow-reading.ts";
import { limitsOf, type FollowerOptions, type FollowLimits } from "./follow-options.ts";
import type { FollowState } from "./follow-state.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import { KnownFiles } from "./identity/known-files.ts";
import { plainPath } from "../reading/log-knowledge.ts";
import { readInOrder, type Cursor } from "../reading/read-in-order.ts";
import { bufferBytes } from "../reading/read-size.ts";
import { sumStats, totalUnaccountedBytes, type FormatStats } from "../reading/read-stats.ts";
import { candidatesOf, identifyFile } from "./identity/identify-file.ts";
import { FARM, WatchedFolders, type FolderChanges } from "./watched-folders.ts";

/** What a poll came to. */
export interface PollReport {
  /** Bytes that got their fate. */
  readonly bytes: number;
  /** All that was there was read. If not, the next poll should follow at once. */
  readonly isCaughtUp: boolean;
  readonly errors: readonly FileError[];
  readonly openFiles: number;
}

export interface Follower {
  /** Reads what is new. One at a time; never throws for what files and folders do. */
  poll(): Promise<PollReport>;
  /** Where it stands, to be kept together with what the sink made of the rows. At any time, in the same turn of the event loop as that. */
  state(): FollowState;
  stats(): FormatStats[];
  /** The same of one server. */
  statsOf(server: string): FormatStats[];
  /** What became of the bytes of each file that is there, by server and path. */
  accounts(): FileAccount[];
  /** Always 0. */
  unaccountedBytes(): number;
  /** Servers whose folders are watched, in order of name. */
  servers(): string[];
  /** Those of which a log file is there, as far as the last look tells. */
  serversWithLogs(): ReadonlySet<string>;
  /** A log file of the server is there, as far as the last look tells. */
  hasLogs(server: string): boolean;
  /** Servers that do not answer. */
  silent(): SilentServer[];
  /** Why the farm folder could not be listed at the last look; null when it could. */
  farmFault(): string | null;
  /**
   * Ends a poll that is under way, whatever it waits for, and lets no other begin to read. The state is to be taken after it, before
   * `close()`.
   */
  stop(): void;
  /** Ends a poll that is under way, and closes all files. */
  close(): Promise<void>;
}

/** Longest wait before a file is tried again that could not be read. */
const MAX_RETRY_MS = 60_000;
const FORGET_EVERY_MS = 60_000;

/** A follower of the target's logs. It does nothing until its first poll. */
export function createFollower(options: FollowerOptions): Follower {
  return new LogFollower(options);
}

class LogFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #limits: FollowLimits;
  readonly #wall: () => number;
  /** Unix ms, without the wall clock's steps: for ages and intervals. */
  readonly #steady: () => number;
  readonly #shareTimeout: ShareTimeout;
  readonly #handles: FileHandles;
  readonly #known: KnownFiles;
  readonly #folders: WatchedFolders;
  readonly #factory: FileFactory;
  readonly #reading: FollowReading;
  #watermarkMs = -Infinity;
  #forgetAfterMs = -Infinity;
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
    this.#reading = new FollowReading(this.#readingPort());
  }

  /** Takes the files of a state over; gives those that may stand in their folders. */
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
    this.#concludeGone();
    this.#forget(nowMs);
    this.#handles.closeIdle(nowMs - this.#limits.idleHandleMs);
    if (isCaughtUp) this.#advance(nowMs);
    // What was given up because the program stops is no fault of a file.
    return { bytes: this.#bytes, isCaughtUp, errors: this.#isStopped ? [] : errors, openFiles: this.#handles.size };
  }

  /** Finds out which files moved, before anything is read: a new name may be an old file. */
  async #sortOut(changes: FolderChanges, nowMs: number, errors: FileError[]): Promise<void> {
    for (const file of [...changes.missing, ...this.#folders.takeOrphans()]) {
      this.#known.markGone(file, nowMs);
      await this.#attempt(file, errors, () => this.#reading.readUnread(file));
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
      await this.#attempt(file, errors, () => this.#reading.prepare(file));
    }
  }

  /** Whether another file stands at the path by now: gives it, not yet compared with those known; null when it is the same. */
  async #doubt(file: FollowedFile): Promise<FollowedFile | null> {
    if (file.fileId === null) return null;
    const facts = await this.#shareTimeout.run(file.server, () => stat(file.location.path, { bigint: true }));
    if (fileIdOf(facts) === file.fileId) return null;
    if (file.isPacked || !this.#handles.has(file)) {
      // Nothing is left to read of what stood there: the next look at it decides.
      this.#handles.close(file);
      file.nextCheckMs = 0;
      if (!file.isNew) await this.#reading.prepare(file);
      return null;
    }
    return this.#reading.reopen(file);
  }

  /** Reads what is due, forward in time; true when all of it was read to its end. */
  async #read(nowMs: number, errors: FileError[]): Promise<boolean> {
    const files = [...this.#folders].flatMap((watch) => dueFiles(watch.files.values(), nowMs));
    for (const file of this.#known.gone()) if (this.#handles.has(file)) files.push(file);
    const cursors: Cursor[] = [];
    const eventLoop = new EventLoopYield();
    for (const file of files) {
      if (this.#shareTimeout.isHanging(file.server)) continue;
      if (!this.#isUnchanged(file, nowMs)) cursors.push(this.#cursorOf(file, errors));
      await eventLoop.ifDue();
    }
    const isReadToEnd = await readInOrder(cursors, {
      maxAheadMs: this.#limits.maxAheadMs,
      onWatermark: (watermarkMs) => {
        // A stop refuses reads that are under way: what they would have read is still to come, to the process that goes on.
        if (!this.#isStopped) this.#advance(watermarkMs);
      },
      goesOn: () => this.#bytes < this.#limits.maxBytesPerPoll && !this.#isStopped,
    });
    return isReadToEnd && !this.#isStopped;
  }

  /**
   * Nothing was written to the file since it was read to its end, or it rests and it is not its server's turn. False where that
   * cannot be known without waiting, and each time it is due anyway.
   */
  #isUnchanged(file: FollowedFile, nowMs: number): boolean {
    if (file.isNew || file.isPacked || file.goneAtMs !== null || file.failures > 0) return false;
    if (file.nextCheckMs <= nowMs || file.reader.aheadAtMs !== null) return false;
    const isResting = nowMs - file.lastGrowthMs >= this.#limits.restMs;
    if (isResting && !this.#folders.isInTurn(file.server)) return true;
    return this.#handles.isUnchanged(file, nowMs);
  }

  #cursorOf(first: FollowedFile, errors: FileError[]): Cursor {
    const cursor = {
      key: first.timeMs,
      rank: `${first.server}/${first.location.relPath}`,
      step: async (horizonMs: number) => {
        let [file, hasMore] = [first, false];
        await this.#attempt(first, errors, async () => {
          ({ file, hasMore } = await this.#reading.step(first, horizonMs));
        });
        first = file;
        cursor.key = file.timeMs;
        if (hasMore) file.nextCheckMs = 0;
        else if (!this.#shareTimeout.isHanging(file.server)) this.#endOfFile(file);
        return hasMore;
      },
    };
    return cursor;
  }

  /** Nothing more is there to read now. */
  #endOfFile(file: FollowedFile): void {
    if (file.goneAtMs !== null) this.#handles.close(file);
    if (file.goneAtMs !== null || file.isNew || file.failures > 0) return;
    const nowMs = this.#steady();
    file.firstEndMs ??= nowMs;
    file.nextCheckMs = nextCheckAt(file, nowMs);
  }

  /** Does something with a file, and notes it when that fails. */
  async #attempt(file: FollowedFile, errors: FileError[], action: () => Promise<unknown>): Promise<void> {
    if (this.#shareTimeout.isHanging(file.server)) return;
    try {
      await action();
      file.failures = 0;
    } catch (error) {
      // What has no code is no matter of files: it is ours, or the sink's.
      if (errorCode(error) === "") throw error;
      this.#noteFailure(file, error, errors);
      if (error instanceof NoAnswerError) await this.#folders.askAll();
    }
  }

  #noteFailure(file: FollowedFile, error: unknown, errors: FileError[]): void {
    const watch = this.#folders.watchOf(file);
    if (errorCode(error) === "ENOENT" && watch !== undefined) {
      // Its folder tells what became of it.
      watch.isDirty = true;
      return;
    }
    this.#handles.close(file);
    if (error instanceof NoAnswerError) this.#reading.dropBuffer();
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

  /** What is gone and has nothing left to read will not get its last line end. */
  #concludeGone(): void {
    for (const file of [...this.#known.gone()]) {
      if (this.#handles.has(file)) continue;
      this.#handles.close(file);
      file.reader.abandonPending();
      if (file.isNew) this.#known.forget(file);
    }
  }

  #forget(nowMs: number): void {
    if (nowMs < this.#forgetAfterMs) return;
    this.#forgetAfterMs = nowMs + FORGET_EVERY_MS;
    const floorMs = nowMs - this.#limits.retentionMs;
    const excess = this.#known.size - this.#limits.maxFiles;
    const gone = [...this.#known.gone()].filter((file) => !this.#handles.has(file));
    gone.forEach((file, at) => {
      if (Math.max(file.goneAtMs ?? 0, file.firstSeenMs) < floorMs || at < excess) this.#known.forget(file);
    });
    for (const watch of this.#folders) {
      for (const [name, file] of watch.files) {
        // A clock that was wrong at a restart makes no file long over that this process has not seen resting for so long.
        if (file.firstSeenMs >= floorMs) continue;
        if (!file.isOver(floorMs) || file.lastGrowthMs >= floorMs || file.nextCheckMs === 0) continue;
        this.#handles.close(file);
        this.#known.forget(file);
        watch.files.delete(name);
        watch.ignored.add(name);
      }
      watch.nameFloorMs = Math.max(watch.nameFloorMs, floorMs);
    }
  }

  #readingPort(): FollowReadingPort {
    return {
      wall: this.#wall,
      steady: this.#steady,
      shareTimeout: this.#shareTimeout,
      handles: this.#handles,
      bufferBytes: bufferBytes(this.#limits.maxLineBytes),
      recognise: (file, read) => {
        this.#forgetUnread(file);
        const known = { gone: this.#known.goneOn(file.server), present: this.#known.presentOn(file.server) };
        return identifyFile(file, read, { known, settleTimes: this.#limits, nowMs: this.#steady() });
      },
      replace: (file) => this.#replace(file),
      adopt: (fresh, known) => {
        this.#adopt(fresh, known);
      },
      packedBefore: (fresh, start) => {
        this.#forgetUnread(fresh);
        return candidatesOf(fresh, start, this.#known.goneOn(fresh.server));
      },
      onBytes: (bytes) => {
        this.#bytes += bytes;
      },
    };
  }

  /** `file` is no longer what stands at its path: makes the file that does. */
  #replace(file: FollowedFile): FollowedFile {
    const watch = this.#folders.watchOf(file);
    if (watch === undefined)
      throw new Error(`Cannot replace ${file.server}/${file.location.relPath}: its folder is not watched`);
    const fresh = this.#factory.create(watch, file.location, file.generation + 1);
    this.#known.markGone(file, this.#steady());
    this.#known.add(fresh);
    watch.files.set(file.location.name, fresh);
    return fresh;
  }

  /**
   * A file that is gone and that nothing was read of is forgotten when `fresh` is it, or its packed form: there is nothing to go on with.
   */
  #forgetUnread(fresh: FollowedFile): void {
    const path = plainPath(fresh.location.relPath);
    for (const file of this.#known.goneOn(fresh.server)) {
      const isSame = fresh.isPacked
        ? file.location.relPath === path
        : fresh.fileId !== null && file.fileId === fresh.fileId;
      if (file === fresh || file.reader.offset > 0 || !isSame) continue;
      this.#handles.close(file);
      this.#known.forget(file);
    }
  }

  /** `fresh` turned out to be `known`. */
  #adopt(fresh: FollowedFile, known: FollowedFile): void {
    known.fileId = fresh.fileId;
    known.nextCheckMs = 0;
    this.#handles.move(fresh, known);
    this.#known.forget(fresh);
    // Its new name may be gone as well by now.
    if (fresh.goneAtMs !== null) return;
    known.location = fresh.location;
    this.#known.markPresent(known);
    this.#folders.watchOf(known)?.files.set(known.location.name, known);
  }

  state(): FollowState {
    const headers = new Map<string, number>();
    const headerAt = (header: string): number => {
      const at = headers.get(header) ?? headers.size;
      headers.set(header, at);
      return at;
    };
    const files = [...this.#known].filter((file) => !file.isNew).map((file) => file.record(headerAt));
    return {
      version: 1,
      folders: this.#folders.records(),
      headers: [...headers.keys()],
      files,
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
    const present = [...this.#known].filter((file) => file.goneAtMs === null && !file.isNew && !file.isCopy);
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
    this.#handles.closeAll();
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
