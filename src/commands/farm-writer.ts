import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SimulatedLine } from "../simulator/lines/log-book.ts";
import type { SimulatedSnapshot } from "../simulator/organisation/snapshots.ts";

/** Maximum number of open files. At the limit, the least recently used file is closed. */
const OPEN_FILES = 128;
/** Size of the buffer per file. */
const BUFFER_BYTES = 64 * 1024;

/** Writes the lines of a simulated farm into its files. Throws the errors of the file system. */
export interface FarmWriter {
  readonly add: (line: SimulatedLine) => void;
  /** Writes a snapshot at once. Its file appears only when it is complete. */
  readonly addSnapshot: (snapshot: SimulatedSnapshot) => void;
  /** Writes the buffers of all files, or of those whose path (server, then path below it) is `wanted`. */
  readonly flush: (wanted?: (path: string) => boolean) => void;
  readonly close: () => void;
}

interface GrowingFile {
  readonly path: string;
  readonly descriptor: number;
  readonly buffer: Buffer;
  filled: number;
}

/** Owns the open files; closed by `close()`. Encodes text at once, so that no string lives longer than its line. */
export function createFarmWriter(folder: string): FarmWriter {
  const files = new Map<string, GrowingFile>();
  const begun = new Set<string>();
  const fileOf = (path: string): GrowingFile => {
    const known = files.get(path);
    const file = known ?? openFile(join(folder, path));
    // Set again to keep the map in order of last use.
    files.delete(path);
    files.set(path, file);
    if (files.size > OPEN_FILES) closeLongestUnused(files);
    return file;
  };
  return {
    add: (line) => {
      const path = `${line.server}/${line.path}`;
      const file = fileOf(path);
      if (!begun.has(path)) {
        begun.add(path);
        append(file, line.header, line.encoding);
      }
      append(file, line.text, line.encoding);
    },
    addSnapshot: ({ path, text }) => {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.tmp`, text);
      renameSync(`${file}.tmp`, file);
    },
    flush: (wanted = () => true) => {
      for (const [path, file] of files) if (wanted(path)) writeOut(file);
    },
    close: () => {
      for (const file of files.values()) closeFile(file);
      files.clear();
    },
  };
}

function openFile(path: string): GrowingFile {
  mkdirSync(dirname(path), { recursive: true });
  return { path, descriptor: openSync(path, "a"), buffer: Buffer.allocUnsafe(BUFFER_BYTES), filled: 0 };
}

function closeLongestUnused(files: Map<string, GrowingFile>): void {
  for (const [path, file] of files) {
    files.delete(path);
    return closeFile(file);
  }
}

function append(file: GrowingFile, text: string, encoding: "utf8" | "utf16le"): void {
  const most = text.length * 3;
  if (file.filled + most > BUFFER_BYTES) writeOut(file);
  if (most > BUFFER_BYTES) throw new Error(`Cannot write a line to "${file.path}": it has ${text.length} characters`);
  file.filled += file.buffer.write(text, file.filled, encoding);
}

function writeOut(file: GrowingFile): void {
  for (let from = 0; from < file.filled;) from += writeSync(file.descriptor, file.buffer, from, file.filled - from);
  file.filled = 0;
}

function closeFile(file: GrowingFile): void {
  writeOut(file);
  closeSync(file.descriptor);
}
