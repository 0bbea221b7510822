import { readSync } from "node:fs";
import type { ByteRange } from "../line-reader.ts";
import type { OpenFiles } from "../open-files.ts";
import { createReadBuffer } from "../read-size.ts";

/** Size of a window, bytes. Several steps need one read; a step alone would read up to twice what it takes. */
const WINDOW_BYTES = 262_144;
/** Most windows of one thread: 16 MiB. The files beyond are read step by step. */
const MAX_WINDOWS = 64;

/** The windows that are in use or free. A window is used by one file until it is given back. */
export class Windows {
  readonly #free: Buffer[] = [];
  #made = 0;

  /** A window; null when all are in use. */
  take(): Buffer | null {
    const free = this.#free.pop();
    if (free !== undefined || this.#made === MAX_WINDOWS) return free ?? null;
    this.#made += 1;
    return createReadBuffer(WINDOW_BYTES);
  }

  giveBack(window: Buffer): void {
    this.#free.push(window);
  }
}

/** What the windows of one reading share. */
export interface WindowTools {
  /** Takes what is too long for a window. Valid until the next read of any file. */
  readonly buffer: Buffer;
  readonly openFiles: OpenFiles;
  readonly windows: Windows;
}

/** The bytes of one file, of which a window is read ahead when its steps are short. Errors of the file system are thrown. */
export class FileWindow {
  readonly #path: string;
  readonly #tools: WindowTools;
  #bytes: Buffer | null = null;
  /** Offset in the file and number of the bytes in the window. */
  #from = 0;
  #length = 0;
  /** The file had no bytes after those in the window. */
  #isEnd = false;
  /** Offset from which bytes were given last. */
  #given = -1;

  constructor(path: string, tools: WindowTools) {
    this.#path = path;
    this.#tools = tools;
  }

  /**
   * The `count` bytes from the offset `from` on, or what there is up to the end of the file. Fewer, at least half of them, when the window
   * has no more: only the last line in it is then read again. A caller that asks again from the same offset gets them all.
   */
  rangeAt(from: number, count: number): ByteRange {
    if (count <= WINDOW_BYTES) this.#bytes ??= this.#tools.windows.take();
    if (this.#bytes === null || count > WINDOW_BYTES) return this.#readStep(from, count);
    const left = from < this.#from ? 0 : this.#from + this.#length - from;
    const least = this.#isEnd ? 1 : from === this.#given ? count : count / 2;
    if (left < least) this.#fill(this.#bytes, from);
    this.#given = from;
    const start = from - this.#from;
    const end = Math.min(start + count, this.#length);
    return { bytes: this.#bytes, start, end, isEnd: this.#isEnd && end === this.#length };
  }

  /** Gives the window back. */
  close(): void {
    if (this.#bytes !== null) this.#tools.windows.giveBack(this.#bytes);
    this.#bytes = null;
    this.#length = 0;
    this.#isEnd = false;
  }

  #fill(window: Buffer, from: number): void {
    const descriptor = this.#tools.openFiles.descriptorOf(this.#path);
    this.#from = from;
    this.#length = 0;
    this.#length = readSync(descriptor, window, 0, window.length, from);
    this.#isEnd =
      this.#length < window.length && readSync(descriptor, window, this.#length, 1, from + this.#length) === 0;
  }

  #readStep(from: number, count: number): ByteRange {
    const { buffer, openFiles } = this.#tools;
    const descriptor = openFiles.descriptorOf(this.#path);
    const end = readSync(descriptor, buffer, 0, count, from);
    const isEnd = end < count && readSync(descriptor, buffer, end, 1, from + end) === 0;
    return { bytes: buffer, start: 0, end, isEnd };
  }
}
