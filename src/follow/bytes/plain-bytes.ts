import { fstatSync, readSync } from "node:fs";
import type { ByteRange } from "../../reading/line-reader.ts";
import { createReadBuffer, nextReadBytes } from "../../reading/read-size.ts";
import { compareContent, type ReadBytes } from "../identity/compare-content.ts";
import { TAIL_BYTES } from "../identity/file-fingerprint.ts";
import { fileIdOf } from "../identity/file-id.ts";
import type { FollowedFile } from "../identity/followed-file.ts";
import { factsNow, type OpenFile } from "../file-handles.ts";
import { PROBE_BYTES, startIn } from "../identity/identify-file.ts";
import { isOnLocalDisk } from "../local-disks.ts";
import { replaceUnderHandle, type ByteSource, type ContentPort } from "./byte-source.ts";

/** A range of a file, in bytes. */
interface Stretch {
  readonly length: number;
  readonly position: number;
}

interface Opened {
  readonly file: FollowedFile;
  readonly open: OpenFile;
}

/** Interval between comparisons of a file that looks like a copy of another, ms. */
const COPY_CHECK_MS = 10_000;

/** The bytes of plain files. Checks the tail, which was read before, with every read. All files share one buffer. */
export class PlainBytes implements ByteSource {
  readonly #port: ContentPort;
  #buffer: Buffer;

  constructor(port: ContentPort) {
    this.#port = port;
    this.#buffer = createReadBuffer(port.bufferBytes + TAIL_BYTES);
  }

  /** Takes a new buffer: a read that timed out may still write into the old one. */
  dropBuffer(): void {
    this.#buffer = createReadBuffer(this.#buffer.length);
  }

  async prepare(given: FollowedFile): Promise<FollowedFile | null> {
    const { handles } = this.#port;
    let file = given;
    let open = handles.get(file);
    if (open === null) {
      if (file.goneAtMs !== null) return null;
      open = await handles.open(file);
      const fileId = await this.idOf(file, open);
      // A file of which nothing was read has nothing to compare with: it counts as new.
      if (file.state === "followed" && file.reader.offset === 0) file.become("new");
      if (!file.isUnidentified && (await compareContent(this.readFrom(file, open), file)) !== "same")
        file = replaceUnderHandle(this.#port, file);
      file.fileId = fileId;
    }
    return file.isUnidentified ? this.#recognise(file, open) : file;
  }

  async next(file: FollowedFile): Promise<ByteRange | "changed" | null> {
    const open = this.#port.handles.get(file);
    if (open === null) return null;
    const stretch = this.#stretchOf(file);
    return this.#rangeOf(file, { ...stretch, read: await this.#readInto(this.#buffer, { file, open }, stretch) });
  }

  nextAtOnce(file: FollowedFile): ByteRange | null {
    const open = this.#port.handles.get(file);
    if (open === null) return this.#openAtOnce(file);
    if (!open.isLocal || file.isUnidentified) return null;
    const stretch = this.#stretchOf(file);
    const { length, position } = stretch;
    const read = readSync(open.descriptor, this.#buffer, 0, length, position);
    const range = this.#rangeOf(file, { ...stretch, read });
    return range === "changed" ? null : range;
  }

  /** Opens a new file on a local disk and reads its first bytes. Null when it may be a known file, or must be opened by its path. */
  #openAtOnce(file: FollowedFile): ByteRange | null {
    const { handles, steady } = this.#port;
    if (file.state !== "new" || file.reader.offset > 0 || file.goneAtMs !== null || file.failures > 0) return null;
    const opened = this.#port.folderOf(file)?.openFile(file.location.name) ?? null;
    if (opened === null) return null;
    const open = handles.hold(file, opened.descriptor);
    file.fileId = fileIdOf(opened.facts);
    if (opened.facts.size === 0n) return null;
    if (Number(opened.facts.size) !== file.size) file.lastGrowthMs = steady();
    file.size = Number(opened.facts.size);
    const stretch = this.#stretchOf(file);
    const read = readSync(open.descriptor, this.#buffer, 0, stretch.length, 0);
    const start = startIn(file, this.#buffer.subarray(0, Math.min(read, PROBE_BYTES)));
    if (!this.#port.isCertainlyNew(file, start)) return null;
    file.become("followed");
    const range = this.#rangeOf(file, { ...stretch, read });
    return range === "changed" ? null : range;
  }

  /** What is read next of a file: the bytes from its offset on, and its tail before them. */
  #stretchOf(file: FollowedFile): Stretch {
    const start = file.fingerprint.tailLength;
    return { length: start + this.#offered(file, start), position: file.reader.offset - start };
  }

  /** The range in the buffer, of whose stretch `read` bytes were read. "changed" when its tail is not the one that was read before. */
  #rangeOf(
    file: FollowedFile,
    { length, read }: Pick<Stretch, "length"> & { readonly read: number },
  ): ByteRange | "changed" {
    const start = file.fingerprint.tailLength;
    if (read < start || !file.fingerprint.matchesTail(this.#buffer)) return "changed";
    return { bytes: this.#buffer, start, end: read, isEnd: read < length };
  }

  taken(file: FollowedFile, { start, end, isEnd }: ByteRange, consumed: number): boolean {
    const isAhead = file.reader.aheadAtMs !== null;
    const offered = this.#offered(file, start);
    file.readBytes = nextReadBytes({ offered, consumed, isAhead }, this.#port.bufferBytes);
    if (!isEnd || isAhead) return true;
    this.#noteEnd(file, file.reader.offset - consumed + end - start);
    return false;
  }

  /** Notes that a file was read to its end at `size` bytes: only now, because most files are read in many steps. */
  #noteEnd(file: FollowedFile, size: number): void {
    const { handles } = this.#port;
    const open = handles.get(file);
    const facts = open?.isLocal === true ? factsNow(open.descriptor) : null;
    if (facts !== null) handles.noteEnd(file, size, facts);
  }

  /** Most bytes after the offset that one read asks for. `start`: bytes before the offset that are read with them. */
  #offered(file: FollowedFile, start: number): number {
    return Math.min(file.readBytes, this.#buffer.length - start);
  }

  /** Identity of an open file; null where the file system has none. Notes whether the file is on a local disk. */
  async idOf(file: FollowedFile, open: OpenFile): Promise<string | null> {
    const { shareTimeout, handles } = this.#port;
    const { handle, descriptor } = open;
    if (handle === null) return fileIdOf(fstatSync(descriptor, { bigint: true }));
    const facts = await shareTimeout.run(file.server, () => handle.stat({ bigint: true }));
    if (await shareTimeout.run(file.server, () => isOnLocalDisk(descriptor))) handles.markLocal(file, open);
    return fileIdOf(facts);
  }

  /** A function that reads bytes of an open file at any position. */
  readFrom(file: FollowedFile, open: OpenFile): ReadBytes {
    return async (position, length) => {
      const buffer = Buffer.allocUnsafe(length);
      return buffer.subarray(0, await this.#readInto(buffer, { file, open }, { length, position }));
    };
  }

  async #recognise(file: FollowedFile, open: OpenFile): Promise<FollowedFile | null> {
    const { handles, steady } = this.#port;
    const size = await this.#sizeOf(file, open);
    if (size !== file.size) file.lastGrowthMs = steady();
    file.size = size;
    if (size === 0) {
      // An empty file: nothing to read, and nothing to identify it by.
      file.reader.abandonPending();
      return null;
    }
    const recognition = await this.#port.recognise(file, this.readFrom(file, open));
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

  async #sizeOf(file: FollowedFile, { handle, descriptor, isLocal }: OpenFile): Promise<number> {
    if (handle === null || isLocal) return fstatSync(descriptor).size;
    return (await this.#port.shareTimeout.run(file.server, () => handle.stat())).size;
  }

  /** Reads with the share time-out a file that may be on a share. */
  async #readInto(buffer: Buffer, { file, open }: Opened, { length, position }: Stretch): Promise<number> {
    const { handle, descriptor, isLocal } = open;
    if (handle === null || isLocal) return readSync(descriptor, buffer, 0, length, position);
    const { bytesRead } = await this.#port.shareTimeout.run(file.server, () =>
      handle.read(buffer, 0, length, position),
    );
    return bytesRead;
  }
}
