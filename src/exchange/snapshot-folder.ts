import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NoRegularFileError, readRegularFile } from "../files/regular-file.ts";
import { parseSnapshot, whyNoSnapshot, type ParsedSnapshot } from "../model/snapshot/parse-snapshot.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { sharingSnapshot } from "./sharing-snapshot.ts";
import { reasonOf } from "../model/reason-of.ts";

/** A file of the folder that gave no snapshot. */
export interface SnapshotFault {
  readonly file: string;
  readonly message: string;
}

export interface SnapshotReading {
  /** Snapshots with their times, oldest first. */
  readonly snapshots: readonly Snapshot[];
  readonly faults: readonly SnapshotFault[];
}

/** Reads what is new in a folder of dated snapshots. */
export interface SnapshotFolder {
  /** Files that have come or changed since the last call. A folder that is not there has none. A fault is reported once. */
  readonly readNew: () => Promise<SnapshotReading>;
}

/** Larger files are no snapshots. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 10_000;

/** `find` tells where the folder is, at each call. */
export function openSnapshotFolder(find: () => Promise<string>): SnapshotFolder {
  const known = new Map<string, string>();
  const reported = new Map<string, string>();
  return {
    readNew: async () => {
      const folder = await find();
      const snapshots: Snapshot[] = [];
      const faults: SnapshotFault[] = [];
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        try {
          const facts = await stat(path);
          if (!facts.isFile()) throw new NoRegularFileError();
          const { mtimeMs, size } = facts;
          const mark = `${mtimeMs} ${size}`;
          if (known.get(name) === mark) continue;
          const snapshot = parseSnapshotText(await readRegularFile(path, MAX_BYTES));
          snapshots.push(sharingSnapshot(snapshot, snapshots.at(-1) ?? null));
          known.set(name, mark);
          reported.delete(name);
        } catch (error) {
          // Tried again at the next call: it may be half written, or not be ours to read yet.
          const message = `Cannot read the snapshot "${name}": ${reasonOf(error)}`;
          if (reported.get(name) !== message) faults.push({ file: name, message });
          reported.set(name, message);
        }
      }
      return { snapshots: snapshots.sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)), faults };
    },
  };
}

/** The folder of a farm's snapshots, whatever the case of its name. */
export async function farmSnapshotFolder(farm: string): Promise<string> {
  const names = await readdir(farm).catch(() => []);
  return join(farm, names.find((name) => name.toLowerCase() === "snapshots") ?? "snapshots");
}

/**
 * A snapshot of a file's bytes: UTF-8 or UTF-16LE (Windows PowerShell's `>`), byte order mark or not. Throws an Error that says what is
 * wrong.
 */
export function parseSnapshotText(bytes: Buffer): Snapshot {
  const { snapshot, faults } = parseSnapshotBytes(bytes);
  if (snapshot.atMs === null)
    throw new Error(`it has no time "at"${faults.length === 0 ? "" : `, and ${faults.length} other faults`}`);
  return snapshot;
}

/**
 * The same with or without a time, and with what of it could not be read. Throws an Error that says what the text is instead, and where
 * it breaks off, when it is no snapshot.
 */
export function parseSnapshotBytes(bytes: Buffer): ParsedSnapshot {
  const isUtf16 = bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || bytes[1] === 0);
  const text = bytes.toString(isUtf16 ? "utf16le" : "utf8").replace(/^\uFEFF/, "");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The message quotes the text, and that is nobody's business. Sample: … in JSON at position 4 (line 1 column 5)
    const message = error instanceof Error ? error.message : "";
    const position = / \(line \d+ column \d+\)$/.exec(message)?.[0];
    // A text that was cut short has no place of its own in the message: it is the end.
    const lines = text.split("\n");
    const end = ` (it ends in line ${lines.length} column ${(lines.at(-1) ?? "").length})`;
    const where = position ?? (message.includes("end of JSON") ? end : "");
    throw new Error(`it is no JSON${where}`, { cause: error });
  }
  const because = whyNoSnapshot(value);
  if (because !== null) throw new Error(because);
  return parseSnapshot(value);
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
