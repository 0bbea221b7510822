import { fstatSync, readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { ByteRange } from "../../reading/line-reader.ts";
import { nextReadBytes } from "../../reading/read-size.ts";
import { compareContent, type ReadBytes } from "../identity/compare-content.ts";
import { TAIL_BYTES } from "../identity/file-fingerprint.ts";
import { fileIdOf } from "../identity/file-id.ts";
import type { FollowedFile } from "../identity/followed-file.ts";
import { isOnLocalDisk } from "../local-disks.ts";
import { replaceUnderHandle, type ByteSource, type ContentPort } from "./byte-source.ts";

/** A range of a file, in bytes. */
interface Stretch {
  readonly length: number;
  readonly position: number;
}

/** Interval between comparisons of a file that looks like a copy of another, ms. */
const COPY_CHECK_MS = 10_000;

/** The bytes of plain files. Checks the tail, which was read before, with every read. All files share one buffer. */
export class PlainBytes implements ByteSource {
  readonly #port: ContentPort;
  #buffer: Buffer;

  constructor(port: ContentPort) {
    this.#port = port;
    this.#buffer = Buffer.allocUnsafeSlow(port.bufferBytes + TAIL_BYTES);
  }

  /** Takes a new buffer: a read that timed out may still write into the old one. */
  dropBuffer(): void {
    this.#buffer = Buffer.allocUnsafeSlow(this.#buffer.length);
  }

  async prepare(given: FollowedFile): Promise<FollowedFile | null> {
    const { handles } = this.#port;
    let file = given;
    let handle = handles.get(file);
    if (handle === null) {
      if (file.goneAtMs !== null) return null;
      handle = await handles.open(file);
      const fileId = await this.idOf(file, handle);
      // A file of which nothing was read has nothing to compare with: it counts as new.
      if (file.state === "followed" && file.reader.offset === 0) file.become("new");
      if (!file.isUnidentified && (await compareContent(this.readFrom(file, handle), file)) !== "same")
        file = replaceUnderHandle(this.#port, file);
      file.fileId = fileId;
    }
    return file.isUnidentified ? this.#recognise(file, handle) : file;
  }

  async next(file: FollowedFile): Promise<ByteRange | "changed" | null> {
    const { handles } = this.#port;
    const handle = handles.get(file);
    if (handle === null) return null;
    const { reader, fingerprint } = file;
    const start = fingerprint.tailLength;
    const length = start + this.#offered(file, start);
    const position = reader.offset - start;
    const descriptor = handles.localDescriptor(file);
    const facts = descriptor === null ? null : fstatSync(descriptor);
    const end =
      descriptor === null
        ? await this.#readWaiting(file, handle, { length, position })
        : readSync(descriptor, this.#buffer, 0, length, position);
    if (end < start || !fingerprint.matchesTail(this.#buffer.subarray(0, start))) return "changed";
    const isEnd = end < length;
    if (isEnd && facts !== null) handles.noteEnd(file, position + end, facts);
    return { bytes: this.#buffer, start, end, isEnd };
  }

  taken(file: FollowedFile, { start, isEnd }: ByteRange, consumed: number): boolean {
    const isAhead = file.reader.aheadAtMs !== null;
    const offered = this.#offered(file, start);
    file.readBytes = nextReadBytes({ offered, consumed, isAhead }, this.#port.bufferBytes);
    return !isEnd || isAhead;
  }

  /** Most bytes after the offset that one read asks for. `start`: bytes before the offset that are read with them. */
  #offered(file: FollowedFile, start: number): number {
    return Math.min(file.readBytes, this.#buffer.length - start);
  }

  /** Identity of an open file; null where the file system has none. Notes whether the file is on a local disk. */
  async idOf(file: FollowedFile, handle: FileHandle): Promise<string | null> {
    const { shareTimeout, handles } = this.#port;
    const facts = await shareTimeout.run(file.server, () => handle.stat({ bigint: true }));
    if (await shareTimeout.run(file.server, () => isOnLocalDisk(handle.fd))) handles.markLocal(file, handle);
    return fileIdOf(facts);
  }

  /** A function that reads bytes of an open file at any position. */
  readFrom(file: FollowedFile, handle: FileHandle): ReadBytes {
    return async (position, length) => {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await this.#port.shareTimeout.run(file.server, () =>
        handle.read(buffer, 0, length, position),
      );
      return buffer.subarray(0, bytesRead);
    };
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
    const recognition = await this.#port.recognise(file, this.readFrom(file, handle));
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

  /** Reads with the share time-out, because the file may be on a share. */
  async #readWaiting(file: FollowedFile, handle: FileHandle, { length, position }: Stretch): Promise<number> {
    const { bytesRead } = await this.#port.shareTimeout.run(file.server, () =>
      handle.read(this.#buffer, 0, length, position),
    );
    return bytesRead;
  }
}
