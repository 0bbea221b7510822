import type { ScannedUrl } from "../../model/row-scanner.ts";
import { systemReasonOf } from "../file-error.ts";
import type { FilePart, PartRequest, ThreadFile } from "./thread-messages.ts";

/** A thread that reads files, behind an interface: usually a worker thread. */
export interface ReadingThread {
  readonly send: (request: PartRequest) => void;
  readonly onPart: (listener: (part: FilePart) => void) => void;
  /** Called with the reason when the thread ended without `stop()`. */
  readonly onEnd: (listener: (reason: unknown) => void) => void;
  readonly stop: () => Promise<void>;
}

/** A file that a thread reads. Its bytes per day are used to balance the threads. */
export interface SharedFile extends ThreadFile {
  readonly bytesPerDay: number;
}

/** A part, and the lists of URLs that its thread has sent so far. */
export interface ReadPart extends FilePart {
  readonly urlLists: readonly (readonly ScannedUrl[])[];
}

/** Number of files whose first part is requested ahead. */
const FILES_AHEAD = 16;

export interface ReadAhead {
  /** Number of parts of a file that are requested ahead, 1 at least. */
  readonly partsAhead: number;
  /** Called with the bytes that a thread has read. */
  readonly onBytes: (bytes: number) => void;
}

interface Share {
  readonly thread: ReadingThread;
  readonly urlLists: (readonly ScannedUrl[])[];
  bytesPerDay: number;
}

interface Reading {
  readonly share: Share;
  readonly parts: ReadPart[];
  /** Number of requests without an answer. */
  asked: number;
  isEnding: boolean;
}

/**
 * Distributes files among several threads. `files` must be in the order in which they are first needed. Each file is read by one thread;
 * the next file goes to the thread with the fewest bytes per day.
 */
export class ReadingThreads {
  readonly #files: readonly SharedFile[];
  readonly #shares: Share[];
  readonly #ahead: ReadAhead;
  readonly #readings = new Map<number, Reading>();
  /** Index of the first file that has not been requested. */
  #opened = 0;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(files: readonly SharedFile[], threads: readonly ReadingThread[], ahead: ReadAhead) {
    this.#files = files;
    this.#ahead = ahead;
    this.#shares = threads.map((thread) => ({ thread, urlLists: [], bytesPerDay: 0 }));
    for (const share of this.#shares) {
      share.thread.onPart((part) => {
        this.#take(share, part);
      });
      share.thread.onEnd((reason) => {
        this.#fail(reason);
      });
    }
  }

  /** Lets the threads begin with the files that are needed first. */
  begin(): void {
    this.#openAround(0);
  }

  #openAround(index: number): void {
    while (this.#opened <= index + FILES_AHEAD && this.#opened < this.#files.length) this.#open(this.#opened++);
  }

  #open(index: number): void {
    const file = this.#files[index];
    if (file === undefined) return;
    const share = this.#shares.reduce((least, one) => (one.bytesPerDay < least.bytesPerDay ? one : least));
    share.bytesPerDay += file.bytesPerDay;
    const reading: Reading = { share, parts: [], asked: 1, isEnding: false };
    this.#readings.set(index, reading);
    const { bytesPerDay: _, ...opens } = file;
    share.thread.send({ file: index, opens });
  }

  /** Next part of a file that was not read to its end. Rejects when a thread has ended. One call at a time. */
  async next(index: number): Promise<ReadPart> {
    this.#openAround(index);
    const reading = this.#readings.get(index);
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const part = reading?.parts.shift();
      if (reading !== undefined) this.#ask(index, reading);
      if (part === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      if (part.end !== null) this.#readings.delete(index);
      return part;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#shares.map(({ thread }) => thread.stop()));
  }

  #ask(index: number, reading: Reading): void {
    while (!reading.isEnding && reading.parts.length + reading.asked < this.#ahead.partsAhead) {
      reading.asked += 1;
      reading.share.thread.send({ file: index, opens: null });
    }
  }

  #take(share: Share, part: FilePart): void {
    share.urlLists.push(...part.stream.urlLists);
    this.#ahead.onBytes(part.bytes);
    const reading = this.#readings.get(part.file);
    if (reading !== undefined) {
      reading.asked -= 1;
      // Parts requested ahead get no answer after the last part of the file.
      if (!reading.isEnding) reading.parts.push({ ...part, urlLists: share.urlLists });
      if (part.end !== null) {
        reading.isEnding = true;
        share.bytesPerDay -= this.#files[part.file]?.bytesPerDay ?? 0;
      }
    }
    this.#wake?.();
    this.#wake = null;
  }

  #fail(reason: unknown): void {
    this.#failure ??= new Error(`Cannot read the logs: a reading thread has ended: ${systemReasonOf(reason)}`, {
      cause: reason,
    });
    this.#wake?.();
    this.#wake = null;
  }
}
