import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { reasonOf } from "../model/reason-of.ts";

/**
 * Writes chunks of text to a temporary file, and renames it to `file` when all are written. If writing fails or `signal` aborts, removes
 * the temporary file and rejects with the reason.
 */
export async function writeWhole(file: string, chunks: Iterable<string>, signal?: AbortSignal): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`;
  try {
    await pipeline(Readable.from(chunks), createWriteStream(unfinished), ...(signal === undefined ? [] : [{ signal }]));
    signal?.throwIfAborted();
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    signal?.throwIfAborted();
    throw new Error(`Cannot write "${file}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
