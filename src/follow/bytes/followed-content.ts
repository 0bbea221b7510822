import type { ByteRange } from "../../reading/line-reader.ts";
import { compareContent } from "../identity/compare-content.ts";
import type { FollowedFile } from "../identity/followed-file.ts";
import { replaceUnderHandle, type ByteSource, type ContentPort } from "./byte-source.ts";
import { PackedBytes } from "./packed-bytes.ts";
import { PlainBytes } from "./plain-bytes.ts";

/** The file at the path, and its next bytes. `range` is null when there are none at hand; `hasMore`: ask again at once. */
export interface NextBytes {
  readonly file: FollowedFile;
  readonly source: ByteSource;
  readonly range: ByteRange | null;
  readonly hasMore: boolean;
}

/** The next bytes of followed files. Checks a file's identity when it is opened, and whenever its tail differs from what was read. */
export class FollowedContent {
  readonly #port: ContentPort;
  readonly #plain: PlainBytes;
  readonly #packed: PackedBytes;

  constructor(port: ContentPort) {
    this.#port = port;
    this.#plain = new PlainBytes(port);
    this.#packed = new PackedBytes(port);
  }

  /** The bytes from the file's offset on; they are valid until the next call. Throws errors of the file system. */
  async next(file: FollowedFile): Promise<NextBytes> {
    const ready = await this.prepare(file);
    const source = this.sourceOf(ready ?? file);
    if (ready === null) return { file, source, range: null, hasMore: false };
    const range = await source.next(ready);
    return range === "changed" ? this.#changed(ready, source) : { file: ready, source, range, hasMore: false };
  }

  /**
   * The next bytes of a file on a local disk, without waiting; they are valid until the next call. Null when finding them out may take
   * waiting: then `next()` must be asked. Throws errors of the file system.
   */
  nextAtOnce(file: FollowedFile): ByteRange | null {
    return file.isPacked ? null : this.#plain.nextAtOnce(file);
  }

  /** The source of the file's bytes. */
  sourceOf(file: FollowedFile): ByteSource {
    return file.isPacked ? this.#packed : this.#plain;
  }

  /** Opens the file if needed and checks its identity. Null when it has nothing to read now. */
  prepare(file: FollowedFile): Promise<FollowedFile | null> {
    return this.sourceOf(file).prepare(file);
  }

  /** Takes a new buffer: a read that timed out may still write into the old one. */
  dropBuffer(): void {
    this.#plain.dropBuffer();
  }

  /** Opens `fresh`. True when it has the same content as `known`, which was read before. */
  async isSame(fresh: FollowedFile, known: FollowedFile): Promise<boolean> {
    const open = await this.#port.handles.open(fresh);
    fresh.fileId = await this.#plain.idOf(fresh, open);
    return (await compareContent(this.#plain.readFrom(fresh, open), known)) === "same";
  }

  /** The tail differs: the file was truncated, overwritten or replaced. */
  #changed(file: FollowedFile, source: ByteSource): NextBytes {
    if (file.goneAtMs !== null) {
      this.#port.handles.close(file);
      return { file, source, range: null, hasMore: false };
    }
    const fresh = replaceUnderHandle(this.#port, file);
    fresh.fileId = file.fileId;
    return { file: fresh, source, range: null, hasMore: true };
  }
}
