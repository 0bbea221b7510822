import { hash } from "node:crypto";

/** Length of the head (first bytes of the body) and of the tail (last bytes before the offset). */
export const HEAD_BYTES = 1_024;
export const TAIL_BYTES = 1_024;

/** Identifies a file after a restart. Holds lengths in bytes and hashes (SHA-256, hexadecimal; "" for no bytes), never content. */
export interface FingerprintRecord {
  /** First line of the body; cut off where the head ends. */
  readonly firstLength: number;
  readonly first: string;
  readonly headLength: number;
  readonly head: string;
  readonly tailLength: number;
  readonly tail: string;
}

/** A range of bytes: kept as bytes while it can still change, otherwise as a hash. */
interface Print {
  readonly length: number;
  readonly bytes: Buffer | null;
  readonly hash: string | null;
}

const LF = 0x0a;
const NO_PRINT: Print = { length: 0, bytes: Buffer.alloc(0), hash: "" };

/** `bytes[start, end)`, the first of which is at `offset` in the file. */
export interface ConsumedBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** Identifies a file by what was read of it: the first bytes of its body, and the last bytes before the offset. */
export class Fingerprint {
  #first: Print = NO_PRINT;
  #head: Print = NO_PRINT;
  readonly #tail = new Tail();

  static from(record: FingerprintRecord): Fingerprint {
    const made = new Fingerprint();
    made.#first = restored(record.firstLength, record.first);
    made.#head = restored(record.headLength, record.head);
    made.#tail.restore(record.tailLength, record.tail);
    return made;
  }

  get headLength(): number {
    return this.#head.length;
  }

  get tailLength(): number {
    return this.#tail.length;
  }

  /** The head has its full length, so that it distinguishes this file from every other. */
  get isFull(): boolean {
    return this.#head.length === HEAD_BYTES;
  }

  /** Hash of the first line; "" before it was read. */
  get first(): string {
    return this.#first.hash ?? "";
  }

  get head(): string {
    this.#head = withHash(this.#head);
    return this.#head.hash ?? "";
  }

  /**
   * Whether a body that begins with `bytes` (fewer than the head) has the same first line. Null when there are too few bytes to decide.
   */
  matchesFirstLine(bytes: Buffer): boolean | null {
    const { length } = this.#first;
    if (bytes.length >= length) return matching(this.#first, bytes.subarray(0, length)) !== null;
    // A line that ends earlier is a different line.
    return bytes.includes(LF) ? false : null;
  }

  /** Whether `bytes`, the first `headLength` bytes of a body, are the head. Keeps them while the head can still grow. */
  matchesHead(bytes: Buffer): boolean {
    const matched = matching(this.#head, bytes);
    if (matched !== null && !this.isFull) this.#head = matched;
    return matched !== null;
  }

  /** Whether `bytes[0, tailLength)`, the bytes before the offset, are the tail. */
  matchesTail(bytes: Buffer): boolean {
    return this.#tail.matches(bytes);
  }

  /**
   * Adds the bytes that the reader consumed. `bodyStart` is the offset of the body in the file; null while the reader has seen headers
   * only.
   */
  extend({ bytes, start, end, offset }: ConsumedBytes, bodyStart: number | null): void {
    if (end === start) return;
    if (bodyStart !== null && !this.isFull) {
      const from = start + bodyStart + this.#head.length - offset;
      const to = Math.min(end, from + HEAD_BYTES - this.#head.length);
      const known = this.#head.bytes;
      // A restored head has no bytes until it has matched a file: until then it cannot grow.
      if (known !== null && from >= start && to > from) {
        this.#head = printOf(Buffer.concat([known, bytes.subarray(from, to)]));
        if (known.length === 0) this.#first = hashed(firstLineOf(bytes.subarray(from, to)));
      }
      if (this.isFull) this.#head = { ...withHash(this.#head), bytes: null };
    }
    this.#tail.add(bytes, start, end);
  }

  /** Drops the bytes of the tail and keeps its hash: it is not compared before the file is opened again. */
  letGo(): void {
    this.#tail.letGo();
  }

  record(): FingerprintRecord {
    return {
      firstLength: this.#first.length,
      first: this.#first.hash ?? "",
      headLength: this.#head.length,
      head: this.head,
      tailLength: this.#tail.length,
      tail: this.#tail.hash,
    };
  }
}

/** The last bytes before the offset, in one buffer that is written again with each step of the file. */
class Tail {
  #bytes: Buffer | null = null;
  #length = 0;
  /** Null when it must be computed from the bytes. */
  #hash: string | null = "";

  get length(): number {
    return this.#length;
  }

  get hash(): string {
    this.#hash ??= this.#bytes === null ? "" : sha256(this.#bytes.subarray(0, this.#length));
    return this.#hash;
  }

  restore(length: number, hash: string): void {
    this.#length = length;
    this.#hash = length === 0 ? "" : hash;
  }

  /** Keeps the bytes when they match. `bytes` may be longer than the tail. */
  matches(bytes: Buffer): boolean {
    if (bytes.length < this.#length) return false;
    if (this.#length === 0) return true;
    if (this.#bytes !== null) return this.#bytes.compare(bytes, 0, this.#length, 0, this.#length) === 0;
    const read = bytes.subarray(0, this.#length);
    if (sha256(read) !== this.#hash) return false;
    this.#bytes = Buffer.allocUnsafeSlow(TAIL_BYTES);
    read.copy(this.#bytes);
    return true;
  }

  /** Adds `bytes[start, end)`. A tail that was restored or let go, and not compared since, is replaced by them. */
  add(bytes: Buffer, start: number, end: number): void {
    const added = Math.min(end - start, TAIL_BYTES);
    const kept = this.#bytes === null ? 0 : Math.min(this.#length, TAIL_BYTES - added);
    this.#bytes ??= Buffer.allocUnsafeSlow(TAIL_BYTES);
    if (kept > 0) this.#bytes.copyWithin(0, this.#length - kept, this.#length);
    bytes.copy(this.#bytes, kept, end - added, end);
    this.#length = kept + added;
    this.#hash = null;
  }

  letGo(): void {
    this.#hash = this.hash;
    this.#bytes = null;
  }
}

/** First line of a body, with its line end; all of `body` if it has no line end. */
export function firstLineOf(body: Buffer): Buffer {
  return body.subarray(0, body.indexOf(LF) + 1 || body.length);
}

function hashed(bytes: Buffer): Print {
  return { length: bytes.length, bytes: null, hash: sha256(bytes) };
}

function restored(length: number, hash: string): Print {
  return length === 0 ? NO_PRINT : { length, bytes: null, hash };
}

function printOf(bytes: Buffer): Print {
  return { length: bytes.length, bytes, hash: null };
}

function withHash(print: Print): Print {
  return print.hash === null && print.bytes !== null ? { ...print, hash: sha256(print.bytes) } : print;
}

/** The print with its bytes; null when `bytes` differ. */
function matching(print: Print, bytes: Buffer): Print | null {
  if (bytes.length !== print.length) return null;
  if (print.bytes !== null) return print.bytes.equals(bytes) ? print : null;
  return sha256(bytes) === print.hash ? { ...print, bytes: Buffer.from(bytes) } : null;
}

/** Hexadecimal; "" for no bytes. */
export function sha256(bytes: Buffer): string {
  return bytes.length === 0 ? "" : hash("sha256", bytes, "hex");
}
