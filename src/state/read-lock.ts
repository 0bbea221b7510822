import { open } from "node:fs/promises";
import { errorCode } from "../reading/file-error.ts";
import { parseHolder, type Holder } from "./lock-holder.ts";

/** The current content of a lock file. */
export interface LockReading {
  readonly kind: "missing" | "there";
  /** Null if the file names no holder: a process died while writing it, or is about to write it. */
  readonly holder: Holder | null;
  /** Changes each time the holder touches the file. */
  readonly mark: string;
}

const MAX_BYTES = 4_096;

/**
 * Reads a lock. Opens the file each time, so that a network file system returns changes of other machines. Throws the errors of the file
 * system.
 */
export async function readLock(path: string): Promise<LockReading> {
  let handle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { kind: "missing", holder: null, mark: "" };
    throw error;
  }
  try {
    const { mtimeNs } = await handle.stat({ bigint: true });
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    const text = buffer.toString("utf8", 0, bytesRead);
    return { kind: "there", holder: parseHolder(text), mark: `${String(mtimeNs)} ${text}` };
  } finally {
    await handle.close();
  }
}
