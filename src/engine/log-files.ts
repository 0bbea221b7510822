import { BoundedMap } from "../model/bounded-map.ts";

/** A log file's server and its path below the server's folder. */
export interface LogFileName {
  readonly server: string;
  readonly path: string;
}

/** Twice the number of files followed at once: names of older files are needed while their incidents are still judged. */
const MAX_FILES = 100_000;

/** Names of log files by the file key of their rows. Bounded: the file noted longest ago is dropped. */
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

  /** Null for an unknown or dropped file. */
  nameOf(fileKey: number): LogFileName | null {
    return this.#names.get(fileKey) ?? null;
  }
}
