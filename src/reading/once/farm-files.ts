import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError, systemReasonOf, type FileError } from "../file-error.ts";
import {
  findFarmFolders,
  findServerFolders,
  listLogFiles,
  type FarmFolders,
  type LogFile,
  type LogFolder,
} from "../log-folders.ts";
import type { LogKnowledge } from "../log-knowledge.ts";
import { findCopiedLogs } from "../copied-logs.ts";

/** A file to read. `size`: bytes on disk. */
export interface FarmLogFile extends LogFile {
  readonly path: string;
  readonly size: number;
}

/** The servers and log files of several farm folders, and the folders and files that could not be read. */
export interface FarmFiles {
  /** Sorted by name, servers without logs included. */
  readonly servers: readonly string[];
  readonly files: readonly FarmLogFile[];
  readonly errors: readonly FileError[];
}

/** Rows with `sinceMs <= time < untilMs` are asked for (Unix ms). */
export interface TimeRange {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Finds the log files of the farms, without those whose names show that all their rows are outside of `range`. If two farms have a file
 * with the same server and path, that of the first farm is used. Throws an Error when a farm folder cannot be listed.
 */
export async function findFarmFiles(
  farms: readonly string[],
  knowledge: LogKnowledge,
  range: TimeRange,
): Promise<FarmFiles> {
  const errors: FileError[] = [];
  const servers = new Set<string>();
  const files = new Map<string, FarmLogFile>();
  for (const farm of farms) {
    const found = await findFolders(farm, knowledge, errors);
    for (const server of found.servers) servers.add(server);
    for (const folder of found.folders) {
      for (const file of await filesOf(folder, knowledge, errors)) {
        const key = `${folder.server}/${file.relPath}`;
        if (isWithin(file, knowledge, range) && !files.has(key)) files.set(key, file);
      }
    }
  }
  return { servers: [...servers].sort(), files: [...files.values()], errors };
}

async function findFolders(
  farm: string,
  knowledge: LogKnowledge,
  errors: FileError[],
): Promise<Pick<FarmFolders, "servers" | "folders">> {
  try {
    const own = await findServerFolders(farm, knowledge);
    errors.push(...own.errors);
    if (own.folders.length > 0) return own;
    const found = await findFarmFolders(farm, knowledge);
    errors.push(...found.errors);
    if (found.folders.length > 0) return found;
    const folders = await findCopiedLogs(farm);
    return {
      servers: folders.length === 0 ? found.servers : folders.slice(0, 1).map((folder) => folder.server),
      folders,
    };
  } catch (error) {
    throw new Error(`Cannot read the farm folder "${farm}": ${systemReasonOf(error)}`, { cause: error });
  }
}

async function filesOf(folder: LogFolder, knowledge: LogKnowledge, errors: FileError[]): Promise<FarmLogFile[]> {
  const files: FarmLogFile[] = [];
  try {
    for (const file of await listLogFiles(folder, knowledge)) {
      const path = join(folder.path, file.name);
      const facts = await stat(path).catch((error: unknown) => {
        errors.push(fileError(folder.server, file.relPath, error));
      });
      if (facts?.isFile() === true) files.push({ ...file, path, size: facts.size });
    }
  } catch (error) {
    errors.push(fileError(folder.server, folder.as, error));
  }
  return files;
}

function isWithin(file: LogFile, knowledge: LogKnowledge, range: TimeRange): boolean {
  const startMs = knowledge.startOfFile(file.relPath) ?? -Infinity;
  const endMs = knowledge.endOfFile(file.relPath) ?? Infinity;
  return endMs >= range.sinceMs && startMs < range.untilMs;
}
