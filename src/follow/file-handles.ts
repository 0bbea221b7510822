import { closeSync, fstatSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { openRegularFile } from "../files/regular-file.ts";
import type { ShareTimeout } from "./share-timeout.ts";
import { errorCode } from "../reading/file-error.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import { gzipChunks } from "../reading/gzip-chunks.ts";

/** A gzip file being unpacked: the chunks to come, and `left`, the unpacked bytes not consumed yet. */
export interface Unpacking {
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
  left: Buffer;
  isEnd: boolean;
}

const FEWEST = 16;

export interface HandleLimits {
  readonly maxOpenFiles: number;
  /** A file that changed less than this long ago may change again and keep its modification time, ms. */
  readonly unsettledMs: number;
}

/** Size of a file, in bytes, and the time of its last change (Unix ms). */
interface SizeAndChange {
  readonly size: number;
  readonly mtimeMs: number;
}

/** A file open for reading. */
export interface OpenFile {
  readonly descriptor: number;
  /** Null for a file that was opened at once: it is on a local disk. */
  readonly handle: FileHandle | null;
  /** On a local disk, which answers at once: it is read synchronously. */
  readonly isLocal: boolean;
}

interface HeldFile extends OpenFile {
  usedAtMs: number;
  isLocal: boolean;
  /** Size and modification time at the moment all of it had been read; null when not known. */
  end: SizeAndChange | null;
}

/**
 * Handles of the followed files, at most `maxOpenFiles`. Opening one more closes those that were not used for the longest time. Node.js
 * opens files so that others may write, rename and delete them, on Windows too (libuv sets all three share flags).
 */
export class FileHandles {
  #limit: number;
  readonly #unsettledMs: number;
  readonly #shareTimeout: ShareTimeout;
  readonly #now: () => number;
  readonly #open = new Map<FollowedFile, HeldFile>();
  readonly #unpacking = new Map<FollowedFile, Unpacking>();

  constructor({ maxOpenFiles, unsettledMs }: HandleLimits, shareTimeout: ShareTimeout, now: () => number) {
    this.#limit = maxOpenFiles;
    this.#unsettledMs = unsettledMs;
    this.#shareTimeout = shareTimeout;
    this.#now = now;
  }

  get size(): number {
    return this.#open.size;
  }

  has(file: FollowedFile): boolean {
    return this.#open.has(file);
  }

  /** The open file; null when it is not open. */
  get(file: FollowedFile): OpenFile | null {
    const found = this.#open.get(file);
    if (found === undefined) return null;
    found.usedAtMs = this.#now();
    return found;
  }

  /** From now on this open file is read and checked synchronously. Only for files on local disks. */
  markLocal(file: FollowedFile, opened: OpenFile): void {
    const open = this.#open.get(file);
    if (open === opened) open.isLocal = true;
  }

  /**
   * Notes that a local file was read to its end at `size` bytes. `facts`, its size and last change, are remembered only when their size is
   * `size` and the change is at least `unsettledMs` ago. They may be taken after that read: what was written in between is a later change.
   */
  noteEnd(file: FollowedFile, size: number, facts: SizeAndChange): void {
    const open = this.#open.get(file);
    if (open === undefined) return;
    const isSettled = Math.abs(Date.now() - facts.mtimeMs) >= this.#unsettledMs;
    open.end = isSettled && facts.size === size ? { size, mtimeMs: facts.mtimeMs } : null;
  }

  /** Modification time (Unix ms) of a local file that was read to its end and settled; null when not known. */
  changedMs(file: FollowedFile): number | null {
    return this.#open.get(file)?.end?.mtimeMs ?? null;
  }

  /** True when a local file has not changed since it was read to its end. False when that is not known. `nowMs` counts as its last use. */
  isUnchanged(file: FollowedFile, nowMs: number): boolean {
    const open = this.#open.get(file);
    if (open === undefined || !open.isLocal || open.end === null) return false;
    const facts = factsNow(open.descriptor);
    if (facts?.size !== open.end.size || facts.mtimeMs !== open.end.mtimeMs) return false;
    open.usedAtMs = nowMs;
    return true;
  }

  /** Opens the file's path. Throws errors of the file system, and a NoAnswerError after the time-out. */
  async open(file: FollowedFile): Promise<OpenFile> {
    this.close(file);
    const handle = await this.#tryOpen(file).catch((error: unknown) => {
      if (errorCode(error) !== "EMFILE" && errorCode(error) !== "ENFILE") throw error;
      // The system's limit is lower than ours: lower ours and try again.
      this.#limit = Math.max(FEWEST, Math.floor(this.#open.size * 0.8));
      this.#makeRoom(file);
      return this.#tryOpen(file);
    });
    return this.#hold(file, { handle, descriptor: handle.fd, isLocal: false });
  }

  /** Takes over a file on a local disk that was opened at once. */
  hold(file: FollowedFile, descriptor: number): OpenFile {
    this.close(file);
    return this.#hold(file, { handle: null, descriptor, isLocal: true });
  }

  #hold(file: FollowedFile, opened: OpenFile): OpenFile {
    const held = { ...opened, usedAtMs: this.#now(), end: null };
    this.#open.set(file, held);
    this.#makeRoom(file);
    return held;
  }

  #tryOpen(file: FollowedFile): Promise<FileHandle> {
    const { path } = file.location;
    return this.#shareTimeout.run(
      file.server,
      () => openRegularFile(path),
      (late) => {
        late.close().catch(() => undefined);
      },
    );
  }

  /** Files that are gone keep their handles: their paths cannot be opened again. */
  #makeRoom(newest: FollowedFile): void {
    if (this.#open.size <= this.#limit) return;
    // Some more are closed, so that the next files to open need not search for the oldest again.
    const most = this.#open.size - this.#limit + (this.#limit >> 5);
    [...this.#open]
      .filter(([file]) => file !== newest && file.goneAtMs === null)
      .sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
      .slice(0, most)
      .forEach(([file]) => {
        this.close(file);
      });
  }

  /** Moves the handle or the unpacking of `from` to `to`, after closing those of `to`. */
  move(from: FollowedFile, to: FollowedFile): void {
    if (from === to) return;
    this.close(to);
    const moved = this.#open.get(from);
    if (moved !== undefined) this.#open.set(to, { ...moved, end: null });
    this.#open.delete(from);
    const unpacking = this.#unpacking.get(from);
    if (unpacking !== undefined) this.#unpacking.set(to, unpacking);
    this.#unpacking.delete(from);
  }

  unpackingOf(file: FollowedFile): Unpacking | null {
    return this.#unpacking.get(file) ?? null;
  }

  /** Starts to unpack the file from its first byte. */
  unpack(file: FollowedFile): Unpacking {
    this.close(file);
    const unpacking = { chunks: gzipChunks(file.location.path, () => undefined), left: Buffer.alloc(0), isEnd: false };
    this.#unpacking.set(file, unpacking);
    return unpacking;
  }

  close(file: FollowedFile): void {
    file.fingerprint.letGo();
    const found = this.#open.get(file);
    this.#open.delete(file);
    if (found !== undefined) closeQuietly(found);
    const unpacking = this.#unpacking.get(file);
    this.#unpacking.delete(file);
    unpacking?.chunks.return().catch(() => undefined);
  }

  /** Closes handles not used since `usedBeforeMs` (Unix ms), at most `most` of them. */
  closeIdle(usedBeforeMs: number, most: number): void {
    let closed = 0;
    for (const [file, { usedAtMs }] of this.#open) {
      if (usedAtMs >= usedBeforeMs) continue;
      if (closed === most) return;
      closed += 1;
      this.close(file);
    }
  }

  closeAll(): void {
    for (const file of [...this.#open.keys(), ...this.#unpacking.keys()]) this.close(file);
  }
}

/** Size and last change of an open file. Null when the file system fails: the next read of the file reports why. */
export function factsNow(descriptor: number): SizeAndChange | null {
  try {
    return fstatSync(descriptor);
  } catch {
    return null;
  }
}

/** Does not wait for shares: one that does not answer must not hold up the others. */
function closeQuietly({ handle, descriptor }: OpenFile): void {
  if (handle === null) closeSync(descriptor);
  else handle.close().catch(() => undefined);
}
