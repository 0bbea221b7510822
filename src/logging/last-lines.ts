import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 10;

/** Offset in bytes at which the last `lines` lines of a file begin. Rejects when the file cannot be read. */
export async function offsetOfLastLines(path: string, lines: number): Promise<number> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let ends = 0;
    for (
      let start = Math.max(0, size - CHUNK_BYTES), stop = size;
      stop > 0;
      stop = start, start = Math.max(0, start - CHUNK_BYTES)
    ) {
      const { bytesRead } = await file.read(chunk, 0, stop - start, start);
      for (let at = bytesRead - 1; at >= 0; at--) {
        if (chunk[at] !== LINE_FEED) continue;
        // The line end of the last line does not begin another line.
        if (start + at === size - 1 && lines > 0) continue;
        if (++ends >= lines) return start + at + 1;
      }
    }
    return 0;
  } finally {
    await file.close();
  }
}

/** Passes each line of a file from an offset to its current end to `take`. */
export async function readLinesFrom(path: string, offsetBytes: number, take: (line: string) => void): Promise<void> {
  const stream = createReadStream(path, { start: offsetBytes, encoding: "utf8" });
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
}
