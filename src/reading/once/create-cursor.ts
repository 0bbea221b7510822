import type { LogKind } from "../../model/row.ts";
import { GzipFileCursor, PlainFileCursor, type FarmCursor, type FarmReadingTools } from "./farm-cursors.ts";
import type { ScannerOf } from "./create-scanners.ts";
import type { TimeRange } from "./farm-files.ts";
import { LineReader, startOfLines } from "../line-reader.ts";
import type { LogKnowledge } from "../log-knowledge.ts";
import type { RowSink } from "../row-sink.ts";

/** A file to read from its first byte. */
export interface FileToRead {
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly relPath: string;
  readonly path: string;
  readonly fileKey: number;
  readonly log: LogKind;
  /** Earliest time that the file's name allows for its rows (Unix ms); 0 when the name has no time. */
  readonly startMs: number;
  readonly isPacked: boolean;
}

/** What all cursors of one reading share. */
export interface CursorParts {
  readonly knowledge: LogKnowledge;
  readonly sink: RowSink;
  readonly range: TimeRange;
  readonly maxLineBytes: number;
  readonly tools: FarmReadingTools;
  readonly scanners: ScannerOf;
}

/** Creates the cursor for a file, compressed or not. It does not open the file before its first step. */
export function createCursor(file: FileToRead, parts: CursorParts): FarmCursor {
  const { knowledge, sink, range, maxLineBytes, tools, scanners } = parts;
  const { server, relPath, path, fileKey, log, startMs } = file;
  const source = { server, fileKey, format: knowledge.formats[log.format], log, ...range };
  const rules = { sink, maxLineBytes, scanner: scanners(log.format) };
  const reader = new LineReader(source, rules, startOfLines());
  const farmFile = { server, relPath, path, reader, startMs, isOrdered: log.format !== "events" };
  return file.isPacked ? new GzipFileCursor(farmFile, tools) : new PlainFileCursor(farmFile, tools);
}
