import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NoRegularFileError, readRegularFile } from "../files/regular-file.ts";
import { parseSnapshot, whyNoSnapshot, type ParsedSnapshot } from "../model/snapshot/parse-snapshot.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { RepeatedSnapshots } from "./repeated-snapshots.ts";
import { sharingSnapshot } from "./sharing-snapshot.ts";
import { reasonOf } from "../model/reason-of.ts";

/** A file in the folder that is not a valid snapshot. */
export interface SnapshotFault {
  readonly file: string;
  readonly message: string;
}

export interface SnapshotReading {
  /** Snapshots with their times, oldest first. */
  readonly snapshots: readonly Snapshot[];
  readonly faults: readonly SnapshotFault[];
}

/** Reads new files of a folder of dated snapshots. */
export interface SnapshotFolder {
  /** Snapshots from files that are new or changed since the last call. A missing folder is empty. Each fault is reported once. */
  readonly readNew: () => Promise<SnapshotReading>;
}

/** Larger files are not read. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 10_000;

/** `find` returns the folder's path; it is called at each read. */
export function openSnapshotFolder(find: () => Promise<string>): SnapshotFolder {
  const known = new Map<string, string>();
  const reported = new Map<string, string>();
  return {
    readNew: async () => {
      const folder = await find();
      const snapshots: Snapshot[] = [];
      const faults: SnapshotFault[] = [];
      const repeated = new RepeatedSnapshots();
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        try {
          const facts = await stat(path);
          if (!facts.isFile()) throw new NoRegularFileError();
          const { mtimeMs, size } = facts;
          const mark = `${mtimeMs} ${size}`;
          if (known.get(name) === mark) continue;
          const snapshot = repeated.parse(jsonOf(await readRegularFile(path, MAX_BYTES)));
          snapshots.push(sharingSnapshot(snapshot, snapshots.at(-1) ?? null));
          known.set(name, mark);
          reported.delete(name);
        } catch (error) {
          // Read again at the next call: the file may be incomplete, or not readable yet.
          const message = `Cannot read the snapshot "${name}": ${reasonOf(error)}`;
          if (reported.get(name) !== message) faults.push({ file: name, message });
          reported.set(name, message);
        }
      }
      return { snapshots: snapshots.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)), faults };
    },
  };
}

/** The snapshots folder of a farm; its name matches in any case. */
export async function farmSnapshotFolder(farm: string): Promise<string> {
  const names = await readdir(farm).catch(() => []);
  return join(farm, names.find((name) => name.toLowerCase() === "snapshots") ?? "snapshots");
}

/**
 * Parses a snapshot file, with or without a time, and lists its unreadable parts. If the text is not a snapshot, throws an Error that
 * states what it is, or where the JSON ends.
 */
export function parseSnapshotBytes(bytes: Buffer): ParsedSnapshot {
  const value = jsonOf(bytes);
  const because = whyNoSnapshot(value);
  if (because !== null) throw new Error(because);
  return parseSnapshot(value);
}

/** The JSON in a file: UTF-8 or UTF-16LE (Windows PowerShell's `>`), with or without a byte order mark. */
function jsonOf(bytes: Buffer): unknown {
  const isUtf16 = bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || bytes[1] === 0);
  const text = bytes.toString(isUtf16 ? "utf16le" : "utf8").replace(/^\uFEFF/, "");
  try {
    return JSON.parse(text);
  } catch (error) {
    // The message of JSON.parse quotes the text, which may contain names. Only its position is used.
    // Sample: … in JSON at position 4 (line 1 column 5)
    const message = error instanceof Error ? error.message : "";
    const position = / \(line \d+ column \d+\)$/.exec(message)?.[0];
    // For a truncated text the message has no position: the fault is at the end of the text.
    const lines = text.split("\n");
    const end = ` (it ends in line ${lines.length} column ${(lines.at(-1) ?? "").length})`;
    const where = position ?? (message.includes("end of JSON") ? end : "");
    throw new Error(`it is not JSON${where}`, { cause: error });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.toLowerCase().endsWith(".json"))
      .sort()
      .slice(-MAX_FILES);
  } catch {
    return [];
  }
}
