import { posix } from "node:path";
import { errorCode } from "../file-error.ts";
import { gzipChunks } from "../gzip-chunks.ts";
import type { LineReader } from "../line-reader.ts";
import type { Cursor } from "../read-in-order.ts";
import { nextReadBytes } from "../read-size.ts";
import type { FileStats } from "../read-stats.ts";
import { FileWindow, type WindowTools } from "./file-window.ts";

/** Shared by the cursors of one reading. */
export interface FarmReadingTools extends WindowTools {
  /** Span of a step, ms of event time. */
  readonly maxAheadMs: number;
  /** Called with the number of bytes read from the disk. */
  readonly onBytes: (bytes: number) => void;
  readonly onError: (cursor: FarmCursor, error: unknown) => void;
  /** Called between two chunks of a step; false ends it. */
  readonly goesOn: () => Promise<boolean>;
}

export interface FarmFile {
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly relPath: string;
  readonly path: string;
  readonly reader: LineReader;
  /** Earliest time that the file's name allows for its rows (Unix ms); 0 when the name has no time. */
  readonly startMs: number;
  /** Its rows are in order of time. If not, the whole file is read in one step. */
  readonly isOrdered: boolean;
}

/** How a chunk ended: within the step, at the step's end, or at the end of the file. */
export type ChunkEnd = "within" | "step" | "file";

/**
 * A file that is read once. Its steps depend only on its content, so that reading in threads gives the same order: each step begins at
 * the time of its first row (the first step: at the time from the file's name), and ends before the first row that is newer by more than
 * `maxAheadMs`.
 */
export abstract class FarmCursor implements Cursor {
  readonly reader: LineReader;
  readonly rank: string;
  key: number;
  readonly file: FarmFile;
  protected readonly tools: FarmReadingTools;

  constructor(file: FarmFile, tools: FarmReadingTools) {
    this.file = file;
    this.tools = tools;
    this.reader = file.reader;
    this.rank = file.path;
    this.key = file.isOrdered ? file.startMs : 0;
  }

  async step(): Promise<boolean> {
    let end = await this.readChunk();
    while (end === "within" && (await this.tools.goesOn())) end = await this.readChunk();
    return end !== "file";
  }

  /** Reads a chunk within the step. "step": the next step begins. An error of the file is reported to `onError` and ends the file. */
  async readChunk(): Promise<ChunkEnd> {
    try {
      const hasMore = await this.read(this.file.isOrdered ? this.key + this.tools.maxAheadMs : Infinity);
      if (!hasMore) {
        await this.close();
        return "file";
      }
      if (this.reader.aheadAtMs === null) return "within";
      this.key = this.reader.aheadAtMs;
      return "step";
    } catch (error) {
      // An error without a code does not come from the file system: it is a bug, here or in the sink.
      if (errorCode(error) === "") throw error;
      this.tools.onError(this, error);
      this.reader.abandonPending();
      await this.close();
      return "file";
    }
  }

  /** Statistics of the file; `readAtMs` is the wall clock of the reading (Unix ms). */
  stats(readAtMs: number): FileStats {
    const { source, ledger, newestAtMs } = this.reader;
    return {
      server: source.server,
      format: source.log.format,
      ledger,
      isPresent: true,
      newestAtMs,
      newestReadAtMs: readAtMs,
      missingColumns: this.reader.missingColumns,
      folder: posix.dirname(this.file.relPath),
    };
  }

  /** Reads a chunk; false at the end of the file. */
  protected abstract read(horizonMs: number): Promise<boolean>;
  abstract close(): Promise<void>;
}
/** A short first read, because most files are read in short steps. Bytes. */
const FIRST_READ_BYTES = 32_768;

export class PlainFileCursor extends FarmCursor {
  readonly #window: FileWindow;
  #readBytes = FIRST_READ_BYTES;

  constructor(file: FarmFile, tools: FarmReadingTools) {
    super(file, tools);
    this.#window = new FileWindow(file.path, tools);
  }

  protected override read(horizonMs: number): Promise<boolean> {
    const { reader } = this;
    const from = reader.offset;
    const range = this.#window.rangeAt(from, this.#readBytes);
    let isDone = false;
    if (range.isEnd) isDone = reader.finish(range, horizonMs);
    else reader.consume(range, horizonMs);
    const consumed = reader.offset - from;
    this.tools.onBytes(consumed);
    const outcome = { offered: range.end - range.start, consumed, isAhead: reader.aheadAtMs !== null };
    this.#readBytes = nextReadBytes(outcome, this.tools.buffer.length);
    return Promise.resolve(!isDone);
  }

  override close(): Promise<void> {
    this.#window.close();
    this.tools.openFiles.close(this.file.path);
    return Promise.resolve();
  }
}

export class GzipFileCursor extends FarmCursor {
  #chunks: AsyncGenerator<Buffer, void, undefined> | null = null;
  #left: Buffer = Buffer.alloc(0);
  #isEnd = false;

  protected override async read(horizonMs: number): Promise<boolean> {
    const { reader } = this;
    // Bytes left over at a horizon are read before more are unpacked.
    if (reader.aheadAtMs === null && !this.#isEnd) await this.#unpack();
    const range = { bytes: this.#left, start: 0, end: this.#left.length, isEnd: this.#isEnd };
    const from = reader.offset;
    const isDone = this.#isEnd && reader.finish(range, horizonMs);
    if (!this.#isEnd) reader.consume(range, horizonMs);
    this.#left = this.#left.subarray(reader.offset - from);
    return !isDone;
  }

  async #unpack(): Promise<void> {
    this.#chunks ??= gzipChunks(this.file.path, this.tools.onBytes);
    const next = await this.#chunks.next();
    if (next.done === true) this.#isEnd = true;
    else this.#left = this.#left.length === 0 ? next.value : Buffer.concat([this.#left, next.value]);
  }

  override async close(): Promise<void> {
    this.#left = Buffer.alloc(0);
    await this.#chunks?.return();
  }
}
