import { posix } from "node:path";
import type { LogFormat } from "../../model/label-values.ts";
import type { FarmFileToRead, FilesToRead, ReadFile } from "../once/read-files-here.ts";
import { readInOrder } from "../read-in-order.ts";
import type { RowSink } from "../row-sink.ts";
import { ReadingThreads, type ReadingThread, type SharedFile } from "./reading-threads.ts";
import type { ThreadRules } from "./thread-messages.ts";
import type { RowKeeper } from "./row-decoder.ts";
import { createScanners } from "../once/create-scanners.ts";
import { ThreadedCursor } from "./threaded-cursor.ts";
import { DAY_MS } from "../../model/durations.ts";

/** Starts a thread that runs `serveParts`. */
export type ThreadStart = (rules: ThreadRules) => ReadingThread;

export interface Threads {
  /** At least 1. */
  readonly count: number;
  readonly start: ThreadStart;
}

/** Formats whose scanner can keep rows: one is created for these alone. */
const LOG_FORMATS_KEPT: ReadonlySet<LogFormat> = new Set<LogFormat>(["iis"]);
/** Memory for all parts in flight, bytes (approximate). */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_PART_NUMBERS = 32_768;
const MIN_PART_NUMBERS = 512;
/** Most parts of a file that are requested ahead: the joining of rows takes much longer for some minutes than for others. */
const MAX_PARTS_AHEAD = 8;
/** Memory for parts that are requested ahead, bytes (approximate). Each file has at least one, however many there are. */
const MAX_AHEAD_BYTES = 8 * 1024 * 1024;

/**
 * Reads the files in several threads. The sink runs in this thread and receives the same calls as from `readFilesHere`, in the same order.
 * Rejects when a thread ends unexpectedly.
 */
export async function readFilesInThreads(wanted: FilesToRead, { count, start }: Threads): Promise<ReadFile[]> {
  const { sink, range, maxLineBytes, maxAheadMs, goesOn, readAtMs } = wanted;
  const files = [...wanted.files].sort((a, b) => keyOf(a) - keyOf(b) || (a.path < b.path ? -1 : 1));
  const folders = countFolders(files);
  const rules: ThreadRules = {
    ...range,
    maxLineBytes,
    maxAheadMs,
    readAtMs,
    maxOpenFiles: Math.max(1, Math.floor(wanted.maxOpenFiles / count)),
    partNumbers: partNumbers(folders),
    takesServed: sink.scanned !== undefined,
  };
  const started = Array.from({ length: count }, () => start(rules));
  const keepers = keepersOf(files, wanted);
  const threads = new ReadingThreads(
    files.map((file, index) => sharedFile(file, sink, keepers[index] !== null)),
    started,
    { partsAhead: partsAhead(folders), onBytes: wanted.onBytes },
  );
  const cursors = files.map(
    (file, index) =>
      new ThreadedCursor({
        index,
        file,
        sink,
        keeper: keepers[index] ?? null,
        threads,
        isOrdered: isOrdered(file),
        onFault: (message) => {
          wanted.onError({ server: file.server, file: file.relPath, message });
        },
      }),
  );
  try {
    threads.begin();
    await wanted.beforeRows();
    await readInOrder(cursors, {
      maxAheadMs,
      goesOn,
      onWatermark: (watermarkMs) => {
        sink.advance(watermarkMs);
      },
    });
  } finally {
    await threads.stop();
  }
  const stats = new Map(files.map((file, index) => [file, cursors[index]?.stats ?? null]));
  return wanted.files.flatMap((file) => {
    const known = stats.get(file) ?? null;
    return known === null ? [] : [{ file, stats: known }];
  });
}

/** Of each file: the scanner of this thread that keeps its rows. Null when the sink takes them as they are. */
function keepersOf(files: readonly FarmFileToRead[], { sink, knowledge }: FilesToRead): (RowKeeper | null)[] {
  const scanners = createScanners(knowledge);
  return files.map(({ server, log }) => {
    if (sink.scanned === undefined || sink.keeping === undefined) return null;
    if ((sink.protocolsSettledByOneLog?.(server, log) ?? null) === null) return null;
    const format = knowledge.formats[log.format];
    const scanner = LOG_FORMATS_KEPT.has(log.format) ? scanners(log.format) : null;
    const memory = scanner?.memory ?? null;
    const keeping = memory === null ? null : sink.keeping(server, memory);
    return scanner === null || keeping === null ? null : { scanner, server: keeping, schemaFrom: format.schemaFrom };
  });
}

/** Number of folders with files: usually one file of each is being read. At least 1. */
function countFolders(files: readonly FarmFileToRead[]): number {
  return Math.max(1, new Set(files.map(({ server, relPath }) => `${server}/${posix.dirname(relPath)}`)).size);
}

/** Part length, in numbers: of each folder's file, one part is decoded and one waits. */
function partNumbers(folders: number): number {
  return Math.min(MAX_PART_NUMBERS, Math.max(MIN_PART_NUMBERS, Math.floor(MAX_BYTES / 8 / 2 / folders)));
}

function partsAhead(folders: number): number {
  const parts = Math.floor(MAX_AHEAD_BYTES / (8 * MAX_PART_NUMBERS) / folders);
  return Math.min(MAX_PARTS_AHEAD, Math.max(1, parts));
}

function isOrdered(file: FarmFileToRead): boolean {
  return file.log.format !== "events";
}

/** Initial key of the file's cursor (Unix ms). */
function keyOf(file: FarmFileToRead): number {
  return isOrdered(file) ? file.startMs : 0;
}

function sharedFile(file: FarmFileToRead, sink: RowSink, isKept: boolean): SharedFile {
  const { server, relPath, path, fileKey, log, startMs, isPacked, size, endMs } = file;
  const settled = sink.protocolsSettledByOneLog?.(server, log) ?? null;
  const protocolsSettledByOneLog = settled === null ? null : [...settled];
  const days = startMs > 0 && endMs !== null && endMs > startMs ? (endMs - startMs) / DAY_MS : 1;
  const read = { server, relPath, path, fileKey, log, startMs, isPacked, protocolsSettledByOneLog, isKept };
  return { ...read, bytesPerDay: size / days };
}
