/** A log file's server and its path below the server's folder. */
export interface LogFileName {
  readonly server: string;
  readonly path: string;
}

/** Twice what is followed at once: a row is asked for while its incident is still judged. */
const MOST_FILES = 100_000;

/** Names of log files by the key that rows carry. Bounded: the file told of longest ago is forgotten. */
export class LogFiles {
  readonly #capacity: number;
  readonly #names = new Map<number, LogFileName>();

  constructor(capacity = MOST_FILES) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#names.size;
  }

  note(fileKey: number, name: LogFileName): void {
    this.#names.delete(fileKey);
    this.#names.set(fileKey, name);
    if (this.#names.size <= this.#capacity) return;
    for (const oldest of this.#names.keys()) {
      this.#names.delete(oldest);
      return;
    }
  }

  /** Null for a file that is not known, or no longer, and for rows that stand in no file. */
  nameOf(fileKey: number): LogFileName | null {
    return this.#names.get(fileKey) ?? null;
  }
}
