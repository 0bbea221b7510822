import { appendFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A line of a simulated log. */
export interface LogLine {
  readonly server: string;
  readonly path: string;
  readonly header: string;
  readonly text: string;
  readonly encoding: "utf8" | "utf16le";
}

/** Appends the lines of a simulated farm in pieces, each file's header before its first line. */
export class LiveWriter {
  readonly #farm: string;
  readonly #known = new Set<string>();
  /** Bytes written so far. */
  bytes = 0;

  constructor(farm: string) {
    this.#farm = farm;
  }

  async append(lines: readonly LogLine[]): Promise<void> {
    const parts = new Map<string, Buffer[]>();
    for (const { server, path, header, text, encoding } of lines) {
      const file = join(this.#farm, server, path);
      const isNew = !this.#known.has(file);
      this.#known.add(file);
      parts.set(file, [...(parts.get(file) ?? []), Buffer.from((isNew ? header : "") + text, encoding)]);
    }
    for (const [file, buffers] of parts) {
      await mkdir(dirname(file), { recursive: true });
      // A write can end anywhere, for example in the middle of a line.
      const bytes = Buffer.concat(buffers);
      const half = Math.floor(bytes.length / 2);
      await appendFile(file, bytes.subarray(0, half));
      await appendFile(file, bytes.subarray(half));
      this.bytes += bytes.length;
    }
  }
}
