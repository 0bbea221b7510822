import { constants, crc32, deflateRawSync } from "node:zlib";
import { MAX_AT_ONCE, RenderedBody, WORTH_COMPRESSING, ZIP_LEVEL, type Body } from "../rendered-pages.ts";

/** Nothing in it refers to what comes before it, and its end is that of a byte: compressed pieces can stand one after the other. */
const AS_PIECE = { ...ZIP_LEVEL, finishFlush: constants.Z_SYNC_FLUSH };

/** A part of a page, such as the lines of one metric. It is encoded once and compressed once, for all pages that have it. */
export class TextPiece {
  readonly plain: Buffer;
  #zipped: Buffer | null = null;

  constructor(text: string) {
    this.plain = Buffer.from(text);
  }

  get isZipped(): boolean {
    return this.#zipped !== null;
  }

  /** Blocks of a deflate stream, none of which is the last one. */
  get zipped(): Buffer {
    // A copy: what zlib returns is a part of a larger buffer, which would be kept with it.
    this.#zipped ??= Buffer.from(deflateRawSync(this.plain, AS_PIECE));
    return this.#zipped;
  }
}

/** Sample: 1f 8b (gzip), 08 (deflate), no flags, no time, 04 (fastest), ff (unknown system). */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff]);
/** The last block of a deflate stream: it is empty. */
const LAST_BLOCK = [0x03, 0x00] as const;

/** A body of pieces. What is compressed are only the pieces that have not been sent before. */
export class PiecedBody implements Body {
  readonly #pieces: readonly TextPiece[];
  readonly #length: number;

  constructor(pieces: readonly TextPiece[]) {
    this.#pieces = pieces;
    this.#length = pieces.reduce((sum, { plain }) => sum + plain.length, 0);
  }

  get plain(): Buffer {
    return Buffer.concat(
      this.#pieces.map(({ plain }) => plain),
      this.#length,
    );
  }

  zipped(): Promise<Buffer> | null {
    if (this.#length < WORTH_COMPRESSING) return null;
    const fresh = this.#pieces.reduce((sum, { isZipped, plain }) => sum + (isZipped ? 0 : plain.length), 0);
    return fresh > MAX_AT_ONCE ? new RenderedBody(this.plain).zipped() : Promise.resolve(this.#joined());
  }

  #joined(): Buffer {
    const end = Buffer.alloc(LAST_BLOCK.length + 8);
    end.set(LAST_BLOCK);
    end.writeUInt32LE(
      this.#pieces.reduce((sum, { plain }) => crc32(plain, sum), 0),
      LAST_BLOCK.length,
    );
    end.writeUInt32LE(this.#length % 2 ** 32, LAST_BLOCK.length + 4);
    return Buffer.concat([GZIP_HEAD, ...this.#pieces.map(({ zipped }) => zipped), end]);
  }
}
