import { fstatSync, readSync, type BigIntStats } from "node:fs";
import { stat, type FileHandle } from "node:fs/promises";
import type { ShareTimeout } from "./share-timeout.ts";
import { isOnLocalDisk } from "./local-disks.ts";
import { compareContent, PassingBytes, type ReadBytes } from "./identity/compare-content.ts";
import { TAIL_BYTES } from "./identity/file-fingerprint.ts";
import type { FileHandles, Unpacking } from "./file-handles.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import type { ByteRange } from "../reading/line-reader.ts";
import { nextReadBytes } from "../reading/read-size.ts";
import { PROBE_BYTES, probeStart, type FileStart, type Identification } from "./identity/identify-file.ts";

/** What FollowReading needs of the follower, which holds the state. */
export interface FollowReadingPort {
  /** Wall clock, and a clock that does not jump when the wall clock is set; both Unix ms. */
  readonly wall: () => number;
  readonly steady: () => number;
  readonly shareTimeout: ShareTimeout;
  readonly handles: FileHandles;
  readonly bufferBytes: number;
  recognise(file: FollowedFile, read: ReadBytes): Promise<Identification>;
  /** The path of `file` holds another file now: returns that one, and marks `file` as gone. */
  replace(file: FollowedFile): FollowedFile;
  /** `fresh` is the known file `known`: moves the location and the handle of `fresh` to `known`. */
  adopt(fresh: FollowedFile, known: FollowedFile): void;
  /** Gone files of which `fresh`, a gzip file, may be the packed form. */
  packedBefore(fresh: FollowedFile, start: FileStart): readonly FollowedFile[];
  onBytes(bytes: number): void;
}

/** Result of one step: the file at the path, and whether it has more to read now. */
export interface StepResult {
  readonly file: FollowedFile;
  readonly hasMore: boolean;
}

/** A range of a file, in bytes. */
interface Stretch {
  readonly length: number;
  readonly position: number;
}

/** Interval between comparisons of a file that looks like a copy of another, ms. */
const COPY_CHECK_MS = 10_000;

/** Reads followed files in chunks. Checks a file's identity when it is opened, and whenever its tail differs from what was read. */
export class FollowReading {
  readonly #port: FollowReadingPort;
  #buffer: Buffer;

  constructor(port: FollowReadingPort) {
    this.#port = port;
    this.#buffer = Buffer.allocUnsafeSlow(port.bufferBytes + TAIL_BYTES);
  }

  /**
   * Reads the next chunk, up to the first row newer than `horizonMs` (Unix ms). Windows events have no horizon: they are exported in any
   * order. Throws errors of the file system.
   */
  async step(file: FollowedFile, horizonMs: number): Promise<StepResult> {
    const ready = await this.prepare(file);
    if (ready === null) return { file, hasMore: false };
    const limitMs = ready.reader.source.log.format === "events" ? Infinity : horizonMs;
    return ready.isPacked ? this.#readPacked(ready, limitMs) : this.#readPlain(ready, limitMs);
  }

  /** Takes a new buffer: a read that timed out may still write into the old one. */
  dropBuffer(): void {
    this.#buffer = Buffer.allocUnsafeSlow(this.#buffer.length);
  }

  /** Opens the file if needed and checks its identity. Null when it has nothing to read now. */
  async prepare(given: FollowedFile): Promise<FollowedFile | null> {
    const { handles } = this.#port;
    if (given.isPacked) return given.goneAtMs === null ? this.#preparePacked(given) : null;
    let file = given;
    let handle = handles.get(file);
    if (handle === null) {
      if (file.goneAtMs !== null) return null;
      handle = await handles.open(file);
      const fileId = await this.#idOf(file, handle);
      // A file of which nothing was read has nothing to compare with: it counts as new.
      if (file.state === "followed" && file.reader.offset === 0) file.become("new");
      if (!file.isUnidentified && (await compareContent(this.#readFrom(file, handle), file)) !== "same")
        file = this.#replace(file);
      file.fileId = fileId;
    }
    return file.isUnidentified ? this.#recognise(file, handle) : file;
  }

  /**
   * Reads the first chunk of an open file of which nothing was read. Without it, the file could not be distinguished from the one that
   * now has its name.
   */
  async readUnread(file: FollowedFile): Promise<void> {
    if (file.reader.offset === 0 && this.#port.handles.has(file)) await this.step(file, Infinity);
  }

  /**
   * Opens the path of a file when it holds another file than the open handle. Null when that one has the same content: then it is read
   * on in place of the old one. Otherwise the new file at the path; the old one keeps its handle until it is read to its end.
   */
  async reopen(file: FollowedFile): Promise<FollowedFile | null> {
    const fresh = this.#port.replace(file);
    await this.readUnread(file);
    if (file.reader.offset === 0) return fresh;
    const handle = await this.#port.handles.open(fresh);
    fresh.fileId = await this.#idOf(fresh, handle);
    if ((await compareContent(this.#readFrom(fresh, handle), file)) !== "same") return fresh;
    this.#port.adopt(fresh, file);
    return null;
  }

  async #idOf(file: FollowedFile, handle: FileHandle): Promise<string | null> {
    const { shareTimeout, handles } = this.#port;
    const facts = await shareTimeout.run(file.server, () => handle.stat({ bigint: true }));
    if (await shareTimeout.run(file.server, () => isOnLocalDisk(handle.fd))) handles.markLocal(file, handle);
    return fileIdOf(facts);
  }

  async #recognise(file: FollowedFile, handle: FileHandle): Promise<FollowedFile | null> {
    const { shareTimeout, handles, steady } = this.#port;
    const { size } = await shareTimeout.run(file.server, () => handle.stat());
    if (size !== file.size) file.lastGrowthMs = steady();
    file.size = size;
    if (size === 0) {
      // An empty file: nothing to read, and nothing to identify it by.
      file.reader.abandonPending();
      return null;
    }
    const recognition = await this.#port.recognise(file, this.#readFrom(file, handle));
    switch (recognition.kind) {
      case "known":
        this.#port.adopt(file, recognition.file);
        return recognition.file;
      case "new":
        file.become("followed");
        return file;
      case "copy":
        file.become("copy");
        file.nextCheckMs = steady() + COPY_CHECK_MS;
        handles.close(file);
        return null;
      case "wait":
        return null;
    }
  }

  #readFrom(file: FollowedFile, handle: FileHandle): ReadBytes {
    return async (position, length) => {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await this.#port.shareTimeout.run(file.server, () =>
        handle.read(buffer, 0, length, position),
      );
      return buffer.subarray(0, bytesRead);
    };
  }

  async #readPlain(file: FollowedFile, horizonMs: number): Promise<StepResult> {
    const { handles } = this.#port;
    const handle = handles.get(file);
    if (handle === null) return { file, hasMore: false };
    const { reader, fingerprint } = file;
    const buffer = this.#buffer;
    const start = fingerprint.tailLength;
    const wanted = Math.min(start + file.readBytes, buffer.length);
    const position = reader.offset - start;
    const descriptor = handles.localDescriptor(file);
    const facts = descriptor === null ? null : fstatSync(descriptor);
    const bytesRead =
      descriptor === null
        ? await this.#readWaiting(file, handle, { length: wanted, position })
        : readSync(descriptor, buffer, 0, wanted, position);
    if (bytesRead < start || !fingerprint.matchesTail(buffer.subarray(0, start))) return this.#changed(file);
    const isEnd = bytesRead < wanted;
    const consumed = this.#consume(file, { bytes: buffer, start, end: bytesRead, isEnd }, horizonMs);
    const isAhead = reader.aheadAtMs !== null;
    if (isEnd && facts !== null) handles.noteEnd(file, position + bytesRead, facts);
    file.readBytes = nextReadBytes({ offered: wanted - start, consumed, isAhead }, this.#port.bufferBytes);
    return { file, hasMore: !isEnd || isAhead };
  }

  /** Reads with the share time-out, because the file may be on a share. */
  async #readWaiting(file: FollowedFile, handle: FileHandle, { length, position }: Stretch): Promise<number> {
    const { bytesRead } = await this.#port.shareTimeout.run(file.server, () =>
      handle.read(this.#buffer, 0, length, position),
    );
    return bytesRead;
  }

  /** The tail differs: the file was truncated, overwritten or replaced. */
  #changed(file: FollowedFile): StepResult {
    if (file.goneAtMs !== null) {
      this.#port.handles.close(file);
      return { file, hasMore: false };
    }
    const fresh = this.#replace(file);
    fresh.fileId = file.fileId;
    return { file: fresh, hasMore: true };
  }

  /** Hands rows to the sink and moves the offset in one synchronous step, so that a stored state never has one without the other. */
  #consume(file: FollowedFile, range: ByteRange, horizonMs: number): number {
    const { reader } = file;
    const [offset, pending, newest] = [reader.offset, reader.ledger.pending, reader.newestAtMs];
    const isLast = file.isPacked && range.isEnd;
    if (!isLast) reader.consume(range, horizonMs);
    else if (reader.finish(range, horizonMs)) file.become("finished");
    const consumed = reader.offset - offset;
    file.fingerprint.extend(range.bytes, range.start, range.start + consumed, offset, reader.bodyStart);
    if (consumed > 0 || reader.ledger.pending !== pending) file.lastGrowthMs = this.#port.steady();
    if (reader.newestAtMs !== newest) file.newestReadAtMs = this.#port.wall();
    this.#port.onBytes(consumed);
    return consumed;
  }

  /** Creates the file that replaced `file` under the same handle. */
  #replace(file: FollowedFile): FollowedFile {
    const fresh = this.#port.replace(file);
    this.#port.handles.move(file, fresh);
    return fresh;
  }

  async #preparePacked(given: FollowedFile): Promise<FollowedFile | null> {
    const { handles, shareTimeout } = this.#port;
    if (given.state === "finished") return null;
    if (handles.unpackingOf(given) !== null) return given;
    const facts = await shareTimeout.run(given.server, () => stat(given.location.path, { bigint: true }));
    const mark = `${String(facts.size)} ${String(facts.mtimeNs)}`;
    if (given.brokenAs === mark) return null;
    for (const known of given.isUnidentified ? await this.#packedBefore(given) : [given]) {
      if (!(await this.#skipTo(handles.unpack(given), known))) continue;
      if (known !== given) this.#port.adopt(given, known);
      known.fileId = fileIdOf(facts);
      known.packedAs = mark;
      return known;
    }
    const file = given.isUnidentified ? given : this.#replace(given);
    file.become("followed");
    file.fileId = fileIdOf(facts);
    file.packedAs = mark;
    handles.unpack(file);
    return file;
  }

  /** Gone files of which a new gzip file may be the packed form. */
  async #packedBefore(fresh: FollowedFile): Promise<readonly FollowedFile[]> {
    const unpacking = this.#port.handles.unpack(fresh);
    while (unpacking.left.length < PROBE_BYTES && !unpacking.isEnd) await this.#unpackMore(fresh, unpacking);
    const start = await probeStart(fresh, (position, length) =>
      Promise.resolve(unpacking.left.subarray(position, position + length)),
    );
    return this.#port.packedBefore(fresh, start);
  }

  /** Unpacks up to the offset of `known`. False when the content differs from what was read of `known`. */
  async #skipTo(unpacking: Unpacking, known: FollowedFile): Promise<boolean> {
    const passing = new PassingBytes(known);
    while (passing.position < known.reader.offset) {
      await this.#unpackMore(known, unpacking);
      const taken = unpacking.left.subarray(0, known.reader.offset - passing.position);
      if (taken.length === 0 && unpacking.isEnd) return false;
      passing.pass(taken);
      unpacking.left = unpacking.left.subarray(taken.length);
    }
    return (await compareContent(passing.read, known)) === "same";
  }

  async #readPacked(file: FollowedFile, horizonMs: number): Promise<StepResult> {
    const { handles } = this.#port;
    const unpacking = handles.unpackingOf(file);
    if (unpacking === null) return { file, hasMore: false };
    if (file.reader.aheadAtMs === null || unpacking.left.length === 0) await this.#unpackMore(file, unpacking);
    const range = { bytes: unpacking.left, start: 0, end: unpacking.left.length, isEnd: unpacking.isEnd };
    const consumed = this.#consume(file, range, horizonMs);
    unpacking.left = unpacking.left.subarray(consumed);
    const isFinished = file.state === "finished";
    if (isFinished) handles.close(file);
    return { file, hasMore: !isFinished };
  }

  async #unpackMore(file: FollowedFile, unpacking: Unpacking): Promise<void> {
    if (unpacking.isEnd) return;
    const next = await this.#port.shareTimeout.run(file.server, () => unpacking.chunks.next());
    if (next.done === true) unpacking.isEnd = true;
    else unpacking.left = unpacking.left.length === 0 ? next.value : Buffer.concat([unpacking.left, next.value]);
  }
}

/**
 * Identity of a file: volume, inode and time of birth. The time of birth is part of it because a file system may reuse the inode of a
 * deleted file at once. Null where the file system has no inodes.
 */
export function fileIdOf(facts: BigIntStats): string | null {
  return facts.ino === 0n ? null : `${String(facts.dev)}:${String(facts.ino)}:${String(facts.birthtimeNs)}`;
}
