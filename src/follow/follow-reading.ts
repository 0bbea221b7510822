import type { ByteRange } from "../reading/line-reader.ts";
import { replaceUnderHandle, type ByteSource, type FollowReadingPort } from "./bytes/byte-source.ts";
import { PackedBytes } from "./bytes/packed-bytes.ts";
import { PlainBytes } from "./bytes/plain-bytes.ts";
import { compareContent } from "./identity/compare-content.ts";
import type { FollowedFile } from "./identity/followed-file.ts";

/** Result of one step: the file at the path, and whether it has more to read now. */
export interface StepResult {
  readonly file: FollowedFile;
  readonly hasMore: boolean;
}

/** Reads followed files in chunks. Checks a file's identity when it is opened, and whenever its tail differs from what was read. */
export class FollowReading {
  readonly #port: FollowReadingPort;
  readonly #plain: PlainBytes;
  readonly #packed: PackedBytes;

  constructor(port: FollowReadingPort) {
    this.#port = port;
    this.#plain = new PlainBytes(port);
    this.#packed = new PackedBytes(port);
  }

  /**
   * Reads the next chunk, up to the first row newer than `horizonMs` (Unix ms). Windows events have no horizon: they are exported in any
   * order. Throws errors of the file system.
   */
  async step(file: FollowedFile, horizonMs: number): Promise<StepResult> {
    const ready = await this.prepare(file);
    if (ready === null) return { file, hasMore: false };
    const source = this.#sourceOf(ready);
    const range = await source.next(ready);
    if (range === null) return { file: ready, hasMore: false };
    if (range === "changed") return this.#changed(ready);
    const limitMs = ready.reader.source.log.format === "events" ? Infinity : horizonMs;
    const consumed = this.#consume(ready, range, limitMs);
    return { file: ready, hasMore: source.taken(ready, range, consumed) };
  }

  /** Opens the file if needed and checks its identity. Null when it has nothing to read now. */
  prepare(file: FollowedFile): Promise<FollowedFile | null> {
    return this.#sourceOf(file).prepare(file);
  }

  #sourceOf(file: FollowedFile): ByteSource {
    return file.isPacked ? this.#packed : this.#plain;
  }

  /** Takes a new buffer: a read that timed out may still write into the old one. */
  dropBuffer(): void {
    this.#plain.dropBuffer();
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
    fresh.fileId = await this.#plain.idOf(fresh, handle);
    if ((await compareContent(this.#plain.readFrom(fresh, handle), file)) !== "same") return fresh;
    this.#port.adopt(fresh, file);
    return null;
  }

  /** The tail differs: the file was truncated, overwritten or replaced. */
  #changed(file: FollowedFile): StepResult {
    if (file.goneAtMs !== null) {
      this.#port.handles.close(file);
      return { file, hasMore: false };
    }
    const fresh = replaceUnderHandle(this.#port, file);
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
    const { bytes, start } = range;
    file.fingerprint.extend({ bytes, start, end: start + consumed, offset }, reader.bodyStart);
    if (consumed > 0 || reader.ledger.pending !== pending) file.lastGrowthMs = this.#port.steady();
    if (reader.newestAtMs !== newest) file.newestReadAtMs = this.#port.wall();
    this.#port.onBytes(consumed);
    return consumed;
  }
}
