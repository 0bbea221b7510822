import { readdir, stat } from "node:fs/promises";
import { EOL } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Tail } from "tail";
import { offsetOfLastLines, readLinesFrom } from "./last-lines.ts";
import { printLogLine } from "./print-log-line.ts";
import { reasonOf } from "../model/reason-of.ts";

export interface FollowOptions {
  /** False: show the existing lines and end. */
  readonly follow: boolean;
  /** Number of existing lines to show. */
  readonly lines: number;
  readonly signal: AbortSignal;
  /** Receives a formatted line without its line end. */
  readonly write: (line: string) => void;
}

/** Time between two checks for a rotation (ms). */
const ROTATION_POLL_MS = 500;

/**
 * Prints the exporter's own log file in readable form, and follows it across rotations until the signal aborts. Rejects
 * when the file cannot be read at the start.
 */
export async function followOwnLog(path: string, { follow, lines, signal, write }: FollowOptions): Promise<void> {
  const show = (line: string): void => {
    if (line !== "") write(printLogLine(line));
  };
  let fromBytes = await offsetOfLastLines(path, lines).catch((cause: unknown) => {
    throw new Error(`Cannot show the log "${path}": ${reasonOf(cause)}`, {
      cause,
    });
  });
  if (!follow) return readLinesFrom(path, fromBytes, show);
  while (!signal.aborted) {
    const identity = await identityOf(path);
    if (identity === null) {
      await sleep(ROTATION_POLL_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const seenBytes = await followUntilRotated(path, { identity, fromBytes, signal, show });
    const rotated = signal.aborted ? null : await fileOfIdentity(dirname(path), identity);
    if (rotated !== null && rotated !== path) await readLinesFrom(rotated, Math.max(seenBytes, fromBytes), show);
    fromBytes = 0;
  }
}

interface OneFile {
  readonly identity: bigint;
  /** Lines before this offset are not shown. */
  readonly fromBytes: number;
  readonly signal: AbortSignal;
  readonly show: (line: string) => void;
}

/**
 * Follows one file until another file replaces it at its path or it is truncated. Resolves to the offset up to which it
 * was read.
 */
function followUntilRotated(path: string, { identity, fromBytes, signal, show }: OneFile): Promise<number> {
  return new Promise((resolve) => {
    let seenBytes = 0;
    let isDone = false;
    let tail: Tail | null = null;
    const end = (): void => {
      if (isDone) return;
      isDone = true;
      clearInterval(timer);
      signal.removeEventListener("abort", end);
      tail?.unwatch();
      resolve(seenBytes);
    };
    const timer = setInterval(() => {
      void isReplaced(path, identity, seenBytes).then((replaced) => replaced && end());
    }, ROTATION_POLL_MS);
    signal.addEventListener("abort", end);
    try {
      tail = new Tail(path, { fromBeginning: true, follow: false });
    } catch {
      return end();
    }
    tail.on("line", (line: string) => {
      if (isDone) return;
      if (seenBytes >= fromBytes) show(line);
      seenBytes += Buffer.byteLength(line) + EOL.length;
    });
    // Tail stops with this event when the file is rotated.
    tail.on("error", end);
    if (signal.aborted) end();
  });
}

async function isReplaced(path: string, identity: bigint, seenBytes: number): Promise<boolean> {
  const stats = await stat(path, { bigint: true }).catch(() => null);
  return stats === null || stats.ino !== identity || stats.size < BigInt(seenBytes);
}

async function identityOf(path: string): Promise<bigint | null> {
  const stats = await stat(path, { bigint: true }).catch(() => null);
  return stats?.ino ?? null;
}

/** Current path of a file; null when it is gone. */
async function fileOfIdentity(folder: string, identity: bigint): Promise<string | null> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if ((await identityOf(path)) === identity) return path;
  }
  return null;
}
