import { closeSync, openSync } from "node:fs";

/** Files open for reading, at most so many at a time: the one unused longest is closed for the next. */
export class OpenFiles {
  readonly #limit: number;
  /** By path, the one used last at the end. */
  readonly #descriptors = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#descriptors.size;
  }

  /** The descriptor of the file, opened if it is not open. Throws when it cannot be opened. */
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
