import { createCursor, type FileToRead } from "./create-cursor.ts";
import type { FarmReadingTools } from "./farm-cursors.ts";
import type { TimeRange } from "./farm-files.ts";
import { fileError, type FileError } from "../file-error.ts";
import type { LogKnowledge } from "../log-knowledge.ts";
import { OpenFiles } from "../open-files.ts";
import { readInOrder } from "../read-in-order.ts";
import { bufferBytes, createReadBuffer } from "../read-size.ts";
import type { FileStats } from "../read-stats.ts";
import type { RowSink } from "../row-sink.ts";
import { createScanners, NO_SCANNERS } from "./create-scanners.ts";
import { Windows } from "./file-window.ts";
import { EventLoopYield } from "../event-loop-yield.ts";

/** A file of a farm. */
export interface FarmFileToRead extends FileToRead {
  /** Bytes on disk. */
  readonly size: number;
  /** Latest time that the file's name allows for its rows (Unix ms); null when the name has no time. */
  readonly endMs: number | null;
}

/** Files to read forward in event time, and how to read them. */
export interface FilesToRead {
  readonly files: readonly FarmFileToRead[];
  readonly knowledge: LogKnowledge;
  readonly sink: RowSink;
  readonly range: TimeRange;
  /** Wall clock when the reading began (Unix ms). */
  readonly readAtMs: number;
  readonly maxLineBytes: number;
  readonly maxOpenFiles: number;
  readonly maxAheadMs: number;
  /** Awaited before the first row is handed on; threads have begun to read by then. */
  readonly beforeRows: () => Promise<void>;
  /** False ends the reading. */
  readonly goesOn: () => boolean;
  readonly onBytes: (bytes: number) => void;
  readonly onError: (error: FileError) => void;
}

/** A file that was read, and its statistics. */
export interface ReadFile {
  readonly file: FarmFileToRead;
  readonly stats: FileStats;
}

/** Reads the files in this thread. */
export async function readFilesHere(wanted: FilesToRead): Promise<ReadFile[]> {
  const { files, knowledge, sink, range, maxLineBytes, maxAheadMs, goesOn } = wanted;
  const eventLoop = new EventLoopYield();
  const tools: FarmReadingTools = {
    buffer: createReadBuffer(bufferBytes(maxLineBytes)),
    openFiles: new OpenFiles(wanted.maxOpenFiles),
    windows: new Windows(),
    maxAheadMs,
    onBytes: wanted.onBytes,
    onError: ({ file }, error) => {
      wanted.onError(fileError(file.server, file.relPath, error));
    },
    goesOn: async () => {
      await eventLoop.ifDue();
      return goesOn();
    },
  };
  const making = {
    knowledge,
    sink,
    range,
    maxLineBytes,
    tools,
    scanners: sink.scanned === undefined ? NO_SCANNERS : createScanners(knowledge),
  };
  const read = files.map((file) => ({ file, cursor: createCursor(file, making) }));
  try {
    await wanted.beforeRows();
    await readInOrder(
      read.map(({ cursor }) => cursor),
      {
        maxAheadMs,
        goesOn,
        onWatermark: (watermarkMs) => {
          sink.advance(watermarkMs);
        },
      },
    );
  } finally {
    await Promise.all(read.map(({ cursor }) => cursor.close()));
    tools.openFiles.closeAll();
  }
  return read.map(({ file, cursor }) => ({ file, stats: cursor.stats(wanted.readAtMs) }));
}
