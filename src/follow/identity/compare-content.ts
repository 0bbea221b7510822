import { TAIL_BYTES } from "./file-fingerprint.ts";
import type { FollowedFile } from "./followed-file.ts";

/**
 * Whether a file has the content that was read of a known file:
 * - `same`: head and tail match; reading can go on at the offset.
 * - `head`: the head, or at least the first line, matches, but the rest does not or is missing.
 * - `short`: the file has too few bytes to decide.
 * - `other`: the content differs.
 */
export type ContentMatch = "same" | "head" | "short" | "other";

/** Reads up to `length` bytes at `position`; fewer at the end of the file. The buffer may be reused by the next read. */
export type ReadBytes = (position: number, length: number) => Promise<Buffer>;

/** Compares the bytes of `read` with the fingerprint of `known`. Throws what `read` throws. */
export async function compareContent(read: ReadBytes, known: FollowedFile): Promise<ContentMatch> {
  const { fingerprint, reader } = known;
  const { headLength, tailLength } = fingerprint;
  if (headLength > 0 && reader.bodyStart !== null) {
    const head = await read(reader.bodyStart, headLength);
    if (head.length < headLength) {
      const isAlike = fingerprint.matchesFirstLine(head);
      return isAlike === null ? "short" : isAlike ? "head" : "other";
    }
    if (!fingerprint.matchesHead(head)) return "other";
  }
  if (tailLength === 0) return "same";
  const tail = await read(reader.offset - tailLength, tailLength);
  if (tail.length === tailLength && fingerprint.matchesTail(tail)) return "same";
  if (headLength > 0) return "head";
  return tail.length < tailLength ? "short" : "other";
}

/** `ReadBytes` for a gzip file, whose bytes come in order: keeps the head and the last TAIL_BYTES bytes. */
export class PassingBytes {
  readonly #headFrom: number;
  readonly #headTo: number;
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(known: FollowedFile) {
    this.#headFrom = known.reader.bodyStart ?? 0;
    this.#headTo = this.#headFrom + known.fingerprint.headLength;
  }

  get position(): number {
    return this.#position;
  }

  pass(bytes: Buffer): void {
    const from = Math.max(this.#headFrom, this.#position) - this.#position;
    const to = Math.min(this.#headTo, this.#position + bytes.length) - this.#position;
    if (to > from) this.#head = Buffer.concat([this.#head, bytes.subarray(from, to)]);
    this.#position += bytes.length;
    const both = bytes.length >= TAIL_BYTES ? bytes : Buffer.concat([this.#tail, bytes]);
    this.#tail = Buffer.from(both.subarray(Math.max(0, both.length - TAIL_BYTES)));
  }

  readonly read: ReadBytes = (position, length) => {
    const isHead = position === this.#headFrom && length === this.#headTo - this.#headFrom;
    const bytes = isHead ? this.#head : this.#tail.subarray(Math.max(0, this.#tail.length - length));
    return Promise.resolve(bytes);
  };
}
