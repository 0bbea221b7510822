import type { FarmFileToRead } from "../once/read-files-here.ts";
import type { Cursor } from "../read-in-order.ts";
import type { FileStats } from "../read-stats.ts";
import type { RowSink } from "../row-sink.ts";
import type { ReadingThreads } from "./reading-threads.ts";
import { RowDecoder, type RowKeeper } from "./row-decoder.ts";
import type { FileEnd } from "./thread-messages.ts";

/** A file that is read in a thread. */
export interface ThreadedFile {
  /** Its index in the list given to `ReadingThreads`. */
  readonly index: number;
  readonly file: FarmFileToRead;
  readonly isOrdered: boolean;
  readonly sink: RowSink;
  /** Null: the rows come as the thread's sink got them. */
  readonly keeper: RowKeeper | null;
  readonly threads: ReadingThreads;
  /** Called with the error text when the file could not be read to its end. */
  readonly onFault: (message: string) => void;
}

/** Cursor over a file that another thread reads. It has the same steps as a `FarmCursor`. */
export class ThreadedCursor implements Cursor {
  readonly rank: string;
  key: number;
  readonly #about: ThreadedFile;
  #decoder: RowDecoder | null = null;
  #end: FileEnd | null = null;

  constructor(about: ThreadedFile) {
    this.#about = about;
    this.rank = about.file.path;
    this.key = about.isOrdered ? about.file.startMs : 0;
  }

  /** Null until the file was read to its end. */
  get stats(): FileStats | null {
    return this.#end?.stats ?? null;
  }

  async step(): Promise<boolean> {
    const { threads, index, file, sink, keeper, onFault } = this.#about;
    const { server, fileKey } = file;
    for (;;) {
      const nextAtMs = this.#decoder?.play() ?? null;
      if (nextAtMs !== null) {
        this.key = nextAtMs;
        return true;
      }
      this.#decoder = null;
      if (this.#end !== null) {
        if (this.#end.fault !== null) onFault(this.#end.fault);
        return false;
      }
      const part = await threads.next(index);
      this.#end = part.end;
      this.#decoder = new RowDecoder({ server, fileKey, keeper }, part, sink);
    }
  }
}
