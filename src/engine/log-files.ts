import { BoundedMap } from "../model/bounded-map.ts";

/** A log file's server and its path below the server's folder. */
export interface LogFileName {
  readonly server: string;
  readonly path: string;
}

/** Twice what is followed at once: a row is asked for while its incident is still judged. */
const MAX_FILES = 100_000;

/** Names of log files by the key that rows carry. Bounded: the file added longest ago is dropped. */
export class LogFiles {
  readonly #names: BoundedMap<number, LogFileName>;

  constructor(capacity = MAX_FILES) {
    this.#names = new BoundedMap(capacity);
  }

  get size(): number {
    return this.#names.size;
  }

  note(fileKey: number, name: LogFileName): void {
    this.#names.renew(fileKey, name);
  }

  /** Null for a file that is not known, or no longer, and for rows that stand in no file. */
  nameOf(fileKey: number): LogFileName | null {
    return this.#names.get(fileKey) ?? null;
  }
}
