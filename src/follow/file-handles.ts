import type { FileHandle } from "node:fs/promises";
import { openRegularFile } from "../files/regular-file.ts";
import type { ShareTimeout } from "./share-timeout.ts";
import { errorCode } from "../reading/file-error.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import { gzipChunks } from "../reading/gzip-chunks.ts";

/** A packed file being unpacked: the chunks to come, and what of them was not consumed yet. */
export interface Unpacking {
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
  left: Buffer;
  isEnd: boolean;
}

const FEWEST = 16;

interface OpenFile {
  readonly handle: FileHandle;
  usedAtMs: number;
}

/**
 * The handles of the followed files, at most so many: the one unused longest is closed for the next. Node.js opens files such
 * that others may write, rename and delete them, on Windows too (libuv shares all three).
 */
export class FileHandles {
  #limit: number;
  readonly #shareTimeout: ShareTimeout;
  readonly #now: () => number;
  /** The one used last at the end. */
  readonly #open = new Map<FollowedFile, OpenFile>();
  readonly #unpacking = new Map<FollowedFile, Unpacking>();

  constructor(limit: number, shareTimeout: ShareTimeout, now: () => number) {
    this.#limit = limit;
    this.#shareTimeout = shareTimeout;
    this.#now = now;
  }

  get size(): number {
    return this.#open.size;
  }

  has(file: FollowedFile): boolean {
    return this.#open.has(file);
  }

  /** The file's handle; null when it is not open. */
  get(file: FollowedFile): FileHandle | null {
    const found = this.#open.get(file);
    if (found === undefined) return null;
    found.usedAtMs = this.#now();
    this.#open.delete(file);
    this.#open.set(file, found);
    return found.handle;
  }

  /** Opens what stands at the file's path now. Throws when that cannot be done. */
  async open(file: FollowedFile): Promise<FileHandle> {
    this.close(file);
    const handle = await this.#tryOpen(file).catch((error: unknown) => {
      if (errorCode(error) !== "EMFILE" && errorCode(error) !== "ENFILE") throw error;
      // The system allows fewer than we do.
      this.#limit = Math.max(FEWEST, Math.floor(this.#open.size * 0.8));
      this.#makeRoom(file);
      return this.#tryOpen(file);
    });
    this.#open.set(file, { handle, usedAtMs: this.#now() });
    this.#makeRoom(file);
    return handle;
  }

  #tryOpen(file: FollowedFile): Promise<FileHandle> {
    const { path } = file.location;
    return this.#shareTimeout.run(
      file.server,
      () => openRegularFile(path),
      (late) => {
        closeQuietly(late);
      },
    );
  }

  /** Files that are gone keep their handle: it is all that is left of them. */
  #makeRoom(newest: FollowedFile): void {
    for (const file of this.#open.keys()) {
      if (this.#open.size <= this.#limit) return;
      if (file !== newest && file.goneAtMs === null) this.close(file);
    }
  }

  /** Gives what is open of `from` to `to`, whose own is closed. */
  move(from: FollowedFile, to: FollowedFile): void {
    if (from === to) return;
    this.close(to);
    const moved = this.#open.get(from);
    if (moved !== undefined) this.#open.set(to, moved);
    this.#open.delete(from);
    const unpacking = this.#unpacking.get(from);
    if (unpacking !== undefined) this.#unpacking.set(to, unpacking);
    this.#unpacking.delete(from);
  }

  unpackingOf(file: FollowedFile): Unpacking | null {
    return this.#unpacking.get(file) ?? null;
  }

  /** Begins to unpack the file from its start. */
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
    if (found !== undefined) closeQuietly(found.handle);
    const unpacking = this.#unpacking.get(file);
    this.#unpacking.delete(file);
    unpacking?.chunks.return().catch(() => undefined);
  }

  /** Closes what was not used since `usedBeforeMs` (Unix ms). */
  closeIdle(usedBeforeMs: number): void {
    for (const [file, { usedAtMs }] of this.#open) {
      if (usedAtMs < usedBeforeMs) this.close(file);
    }
  }

  closeAll(): void {
    for (const file of [...this.#open.keys(), ...this.#unpacking.keys()]) this.close(file);
  }
}

/** Not waited for: a share that does not answer must not stop the others. */
function closeQuietly(handle: FileHandle): void {
  handle.close().catch(() => undefined);
}
