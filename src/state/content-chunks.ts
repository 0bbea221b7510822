import { hash } from "node:crypto";

/** A part of a byte sequence; `key` is the hash of its bytes. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly key: string;
}

/** Shortest and longest chunk, bytes; between them one byte in 4,096 ends a chunk. */
const SHORTEST = 1_024;
const LONGEST = 16_384;
const END_BITS = 12;

/** Random numbers, one for each byte value: the same in every process. */
const GEAR: Readonly<Uint32Array> = gear();

/**
 * Cuts a byte sequence into chunks whose ends depend on the bytes before them alone ("content-defined chunking" with a gear hash), so that
 * inserting or removing bytes changes only the chunks around them.
 */
export class ContentChunks {
  #rest: Buffer = Buffer.alloc(0);

  /** Takes the next bytes. Returns the chunks that are complete. */
  *add(bytes: Buffer): Generator<Chunk> {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let start = 0;
    for (let end = endOf(all, start); end !== null; end = endOf(all, start)) {
      yield chunkOf(all.subarray(start, end));
      start = end;
    }
    this.#rest = all.subarray(start);
  }

  /** The last chunk, which ends with the sequence; null when nothing is left. */
  end(): Chunk | null {
    return this.#rest.length === 0 ? null : chunkOf(this.#rest);
  }
}

/** End of the chunk that begins at `start`; null when more bytes are needed. */
function endOf(bytes: Buffer, start: number): number | null {
  const longest = Math.min(bytes.length, start + LONGEST);
  let sum = 0;
  // The hash forgets a byte after 32 more, so it need not be computed for those that cannot matter.
  for (let at = start + SHORTEST - 32; at < longest; at++) {
    sum = ((sum << 1) + (GEAR[bytes[at] ?? 0] ?? 0)) | 0;
    if (at >= start + SHORTEST && sum >>> (32 - END_BITS) === 0) return at + 1;
  }
  return longest === start + LONGEST ? longest : null;
}

function chunkOf(bytes: Buffer): Chunk {
  return { bytes, key: hash("sha256", bytes, "base64") };
}

function gear(): Uint32Array {
  let state = 1;
  return Uint32Array.from({ length: 256 }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return (state ^ (state >>> 13)) >>> 0;
  });
}
