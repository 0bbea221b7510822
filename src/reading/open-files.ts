import { closeSync, openSync } from "node:fs";

/** Files open for reading, at most `limit`: opening one more closes the one that was not used for the longest time. */
export class OpenFiles {
  readonly #limit: number;
  /** By path, in order of last use, the newest at the end. */
  readonly #descriptors = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#descriptors.size;
  }

  /** File descriptor of the file, which is opened if needed. Throws when it cannot be opened. */
  descriptorOf(path: string): number {
    const descriptor = this.#descriptors.get(path) ?? this.#open(path);
    this.#descriptors.delete(path);
    this.#descriptors.set(path, descriptor);
    return descriptor;
  }

  #open(path: string): number {
    for (const [oldest] of this.#descriptors) {
      if (this.#descriptors.size < this.#limit) break;
      this.close(oldest);
    }
    return openSync(path, "r");
  }

  close(path: string): void {
    const descriptor = this.#descriptors.get(path);
    if (descriptor === undefined) return;
    this.#descriptors.delete(path);
    closeSync(descriptor);
  }

  closeAll(): void {
    for (const path of [...this.#descriptors.keys()]) this.close(path);
  }
}
