import type { FileAccount } from "../../model/finding.ts";
import { textKeyOf } from "../../model/text-key.ts";
import { findFarmFiles, type FarmLogFile } from "./farm-files.ts";
import type { FileError } from "../file-error.ts";
import { countedBytes, rowsRead, skippedBytes } from "../ledger.ts";
import { isGzipPath, plainPath, type LogKnowledge } from "../log-knowledge.ts";
import { readFilesHere, type FilesToRead, type ReadFile } from "./read-files-here.ts";
import { sumStats, totalUnaccountedBytes, type FormatStats } from "../read-stats.ts";
import type { RowSink } from "../row-sink.ts";
import { readFilesInThreads, type ThreadStart } from "../threads/read-files-in-threads.ts";

export interface FarmReadingOptions {
  /** Farm folders. A server's folder, or a folder of copied logs, is accepted too. */
  readonly farms: readonly string[];
  readonly knowledge: LogKnowledge;
  readonly sink: RowSink;
  /** Rows with `sinceMs <= time < untilMs` are handed on (Unix ms). Files outside of that range by their names are not opened. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Awaited before the first row is handed on. Threads start meanwhile, so what the sink needs for rows is best read here. */
  readonly beforeRows?: () => Promise<void>;
  /** Called with the bytes read so far and the bytes to read, as on disk (compressed for gzip files). */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** Ends the reading: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Longest line in bytes. Default 1 MiB. */
  readonly maxLineBytes?: number;
  readonly maxOpenFiles?: number;
  /**
   * How far a file may be read ahead of the file furthest behind, ms of event time. Default 1 minute: rows that wait for rows of other
   * files stay in memory.
   */
  readonly maxAheadMs?: number;
  /** Wall clock (Unix ms), for the lag. */
  readonly now?: () => number;
  /**
   * Reads in worker threads. `countFor` returns their number for the bytes to read; 0: read in this thread. The sink receives the same
   * rows in the same order.
   */
  readonly threads?: { readonly countFor: (bytes: number) => number; readonly start: ThreadStart };
}

/** Result of reading all logs once. */
export interface FarmReading {
  /** Servers found, sorted by name, those without logs included. */
  readonly servers: readonly string[];
  /** Every file read, sorted by server and path. */
  readonly accounts: readonly FileAccount[];
  readonly stats: readonly FormatStats[];
  /** Folders and files that could not be read, or not to their ends. */
  readonly errors: readonly FileError[];
  /** Bytes read that have no fate. Always 0; any other value is a bug. */
  readonly unaccountedBytes: number;
}

export const DEFAULT_MAX_LINE_BYTES = 1_048_576;
export const DEFAULT_MAX_OPEN_FILES = 128;
export const DEFAULT_MAX_AHEAD_MS = 60_000;

/**
 * Reads all logs of the farms once, forward in event time over all files. Files that cannot be read are reported in `errors`; the others
 * are read. Throws an Error when a farm folder itself cannot be listed, and the signal's reason when it is aborted.
 */
export async function readFarm(options: FarmReadingOptions): Promise<FarmReading> {
  const { sink, signal, knowledge, threads } = options;
  const range = { sinceMs: options.sinceMs ?? -Infinity, untilMs: options.untilMs ?? Infinity };
  const readAtMs = (options.now ?? Date.now)();
  const found = await findFarmFiles(options.farms, knowledge, range);
  const files = found.files.map((file) => fileToRead(file, knowledge));
  for (const { server, log, fileKey, relPath } of files) sink.present?.(server, log, { fileKey, path: relPath });
  const errors = [...found.errors];
  const bytesTotal = found.files.reduce((sum, file) => sum + file.size, 0);
  let bytesDone = 0;
  const wanted: FilesToRead = {
    files,
    knowledge,
    sink,
    range,
    readAtMs,
    maxLineBytes: options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES,
    maxOpenFiles: options.maxOpenFiles ?? DEFAULT_MAX_OPEN_FILES,
    maxAheadMs: options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS,
    beforeRows: options.beforeRows ?? ((): Promise<void> => Promise.resolve()),
    goesOn: () => signal?.aborted !== true,
    onBytes: (bytes) => {
      bytesDone += bytes;
      options.onProgress?.(bytesDone, Math.max(bytesDone, bytesTotal));
    },
    onError: (error) => {
      errors.push(error);
    },
  };
  signal?.throwIfAborted();
  const count = Math.min(threads?.countFor(bytesTotal) ?? 0, files.length);
  const read =
    threads === undefined || count < 1
      ? await readFilesHere(wanted)
      : await readFilesInThreads(wanted, { count, start: threads.start });
  signal?.throwIfAborted();
  return { servers: found.servers, errors, ...summaryOf(read) };
}

function fileToRead(file: FarmLogFile, knowledge: LogKnowledge): FilesToRead["files"][number] {
  const { relPath, path, log, size } = file;
  const { server } = file.folder;
  const startMs = knowledge.startOfFile(relPath);
  return {
    server,
    relPath,
    path,
    size,
    fileKey: fileKeyOf(server, relPath),
    log,
    startMs: startMs ?? 0,
    endMs: knowledge.endOfFile(relPath),
    isPacked: isGzipPath(file.name),
  };
}

/** The key is the same whether the file is compressed or not. */
function fileKeyOf(server: string, relPath: string): number {
  return textKeyOf(`${server}/${plainPath(relPath)}`);
}

function summaryOf(files: readonly ReadFile[]): Pick<FarmReading, "accounts" | "stats" | "unaccountedBytes"> {
  const accounts = files
    .map(accountOf)
    .sort((a, b) => compareTexts(a.server, b.server) || compareTexts(a.file, b.file));
  const stats = sumStats(files.map((file) => file.stats));
  return { accounts, stats, unaccountedBytes: totalUnaccountedBytes(stats) };
}

function accountOf({ file, stats: { ledger } }: ReadFile): FileAccount {
  return {
    server: file.server,
    file: file.relPath,
    bytes: ledger.bytesRead,
    counted: countedBytes(ledger),
    skipped: skippedBytes(ledger),
    rows: rowsRead(ledger),
  };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
