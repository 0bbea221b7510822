import { open } from "node:fs/promises";
import { errorCode } from "../reading/file-error.ts";
import { parseHolder, type Holder } from "./lock-holder.ts";

/** A lock's file as of now. */
export interface LockReading {
  readonly kind: "missing" | "there";
  /** Null when it names nobody: a process died while it wrote it, or is about to write it. */
  readonly holder: Holder | null;
  /** Changes with every sign of life. */
  readonly mark: string;
}

const MAX_BYTES = 4_096;

/**
 * Reads a lock. Opened anew each time: so a network file system tells what other machines have done. Throws what the file system throws.
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
