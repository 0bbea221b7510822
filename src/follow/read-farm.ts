import type { FileAccount } from "../model/finding.ts";
import type { LogFormat } from "../model/label-values.ts";
import type { RowScanner } from "../model/row-scanner.ts";
import { textKeyOf } from "../model/text-key.ts";
import { GzipFileCursor, PlainFileCursor, type FarmCursor, type FarmReadingTools } from "./farm-cursors.ts";
import { findFarmFiles, type FarmLogFile, type TimeRange } from "./farm-files.ts";
import { fileError, type FileError } from "./file-error.ts";
import { countedBytes, skippedBytes } from "./ledger.ts";
import { LineReader, startOfLines } from "./line-reader.ts";
import { isGzipPath, plainPath, type LogKnowledge } from "./log-knowledge.ts";
import { OpenFiles } from "./open-files.ts";
import { readInOrder } from "./read-in-order.ts";
import { bufferBytes } from "./read-size.ts";
import { sumStats, totalUnaccountedBytes, type FormatStats } from "./read-stats.ts";
import type { RowSink } from "./row-sink.ts";

export interface FarmReadingOptions {
  /** Farm folders; a server's folder, or a folder of loose logs, will do as well. */
  readonly farms: readonly string[];
  readonly knowledge: LogKnowledge;
  readonly sink: RowSink;
  /** Rows from `sinceMs` on and before `untilMs` are handed on (Unix ms); files outside by their names are not opened. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Hears of bytes read and to read, on the disk. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** Ends the reading; the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
  /** Longest line in bytes. Default 1 MiB. */
  readonly maxLineBytes?: number;
  readonly maxOpenFiles?: number;
  /** How far a file may be read ahead of the file furthest behind (event time, ms). Default 5 minutes. */
  readonly maxAheadMs?: number;
  /** Wall clock (Unix ms), for the lag. */
  readonly now?: () => number;
}

export interface FarmReading {
  /** Servers found, in order of name, those without a log file among them. */
  readonly servers: readonly string[];
  /** Every file read, in order of server and path. */
  readonly accounts: readonly FileAccount[];
  readonly stats: readonly FormatStats[];
  readonly errors: readonly FileError[];
  readonly unaccountedBytes: number;
}

export const DEFAULT_MAX_LINE_BYTES = 1_048_576;
export const DEFAULT_MAX_OPEN_FILES = 128;
export const DEFAULT_MAX_AHEAD_MS = 300_000;

/**
 * Reads all logs of the farms once, forward in event time over all files. What cannot be read is reported in `errors`, and the rest is read.
 * Throws an Error when a farm folder itself cannot be listed, and the signal's reason when it is aborted.
 */
export async function readFarm(options: FarmReadingOptions): Promise<FarmReading> {
  const { sink, signal } = options;
  const range = { sinceMs: options.sinceMs ?? -Infinity, untilMs: options.untilMs ?? Infinity };
  const found = await findFarmFiles(options.farms, options.knowledge, range);
  for (const { folder, place, relPath } of found.files) sink.present?.(folder.server, place, { fileKey: fileKeyOf(folder.server, relPath), path: relPath });
  const errors = [...found.errors];
  const tools = createTools(options, found.files, errors);
  const scanners = createScanners(options);
  const cursors = found.files.map((file) => createCursor(file, { options, range, tools, scanners }));
  try {
    signal?.throwIfAborted();
    await readInOrder(cursors, {
      maxAheadMs: options.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS,
      onWatermark: (watermarkMs) => { sink.advance(watermarkMs); },
      goesOn: () => signal?.aborted !== true,
    });
    signal?.throwIfAborted();
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()));
    tools.openFiles.closeAll();
  }
  return { servers: found.servers, errors, ...summaryOf(cursors, (options.now ?? Date.now)()) };
}

function createTools(options: FarmReadingOptions, files: readonly FarmLogFile[], errors: FileError[]): FarmReadingTools {
  const bytesTotal = files.reduce((sum, file) => sum + file.size, 0);
  let bytesDone = 0;
  return {
    buffer: Buffer.allocUnsafeSlow(bufferBytes(options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES)),
    openFiles: new OpenFiles(options.maxOpenFiles ?? DEFAULT_MAX_OPEN_FILES),
    onBytes: (bytes) => {
      bytesDone += bytes;
      options.onProgress?.(bytesDone, Math.max(bytesDone, bytesTotal));
    },
    onError: (cursor, error) => { errors.push(fileError(cursor.file.server, cursor.file.relPath, error)); },
  };
}

interface CursorMaking {
  readonly options: FarmReadingOptions;
  readonly range: TimeRange;
  readonly tools: FarmReadingTools;
  readonly scanners: ReadonlyMap<LogFormat, RowScanner>;
}

/** A scanner for each format that has one, if the sink takes rows the short way. */
function createScanners({ sink, knowledge }: FarmReadingOptions): ReadonlyMap<LogFormat, RowScanner> {
  const scanners = new Map<LogFormat, RowScanner>();
  if (sink.served === undefined) return scanners;
  for (const { name, createScanner } of Object.values(knowledge.formats)) {
    if (createScanner !== undefined) scanners.set(name, createScanner());
  }
  return scanners;
}

function createCursor(file: FarmLogFile, making: CursorMaking): FarmCursor {
  const { options, range, tools, scanners } = making;
  const { knowledge, sink } = options;
  const { server } = file.folder;
  const fileKey = fileKeyOf(server, file.relPath);
  const source = { server, fileKey, format: knowledge.formats[file.place.format], place: file.place, ...range };
  const rules = { sink, maxLineBytes: options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES, scanner: scanners.get(file.place.format) ?? null };
  const farmFile = {
    server,
    relPath: file.relPath,
    path: file.path,
    reader: new LineReader(source, rules, startOfLines()),
    startMs: knowledge.startOfFile(file.relPath) ?? 0,
    isOrdered: file.place.format !== "events",
  };
  return isGzipPath(file.name) ? new GzipFileCursor(farmFile, tools) : new PlainFileCursor(farmFile, tools);
}

/** The same key for the file packed and unpacked. */
function fileKeyOf(server: string, relPath: string): number {
  return textKeyOf(`${server}/${plainPath(relPath)}`);
}

function summaryOf(cursors: readonly FarmCursor[], readAtMs: number): Pick<FarmReading, "accounts" | "stats" | "unaccountedBytes"> {
  const accounts = cursors.map(accountOf).sort((a, b) => compareTexts(a.server, b.server) || compareTexts(a.file, b.file));
  const stats = sumStats(
    cursors.map(({ reader }) => ({
      server: reader.source.server,
      format: reader.source.place.format,
      ledger: reader.ledger,
      isPresent: true,
      newestAtMs: reader.newestAtMs,
      newestReadAtMs: readAtMs,
    })),
  );
  return { accounts, stats, unaccountedBytes: totalUnaccountedBytes(stats) };
}

function accountOf({ file, reader }: FarmCursor): FileAccount {
  const { ledger } = reader;
  return { server: file.server, file: file.relPath, bytes: ledger.bytesRead, counted: countedBytes(ledger), skipped: skippedBytes(ledger) };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
