import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { LOG_FORMATS } from "../model/label-values.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { LogFolder } from "./log-folders.ts";

/** Folders in folders are looked into so far: `Logging/MapiHttp/Mailbox`. */
const DEEPEST = 3;

/**
 * Logs that were copied together without the tree of a farm: recognised by their names, in a folder or the folders below it. They count
 * as one server's, of the folder's name, and their paths are given as if they stood where they belong.
 * Throws when a folder cannot be listed.
 */
export async function findCopiedLogs(folder: string): Promise<LogFolder[]> {
  const path = resolve(folder);
  return findBelow(path, basename(path), 0);
}

async function findBelow(path: string, server: string, depth: number): Promise<LogFolder[]> {
  const found = await foldersOf(path, server);
  if (depth === DEEPEST) return found;
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.filter((one) => one.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    found.push(...(await findBelow(join(path, entry.name), server, depth + 1)));
  }
  return found;
}

/** One log folder for each kind of log that stands in the folder. */
async function foldersOf(path: string, server: string): Promise<LogFolder[]> {
  const names = await readdir(path);
  const found: LogFolder[] = [];
  for (const kind of kindsOf(basename(path))) {
    if (names.some((name) => kind.names.test(name))) found.push({ server, path, as: kind.as, names: kind.names });
  }
  return found;
}

interface CopiedKind {
  readonly names: RegExp;
  readonly as: string;
}

/** Every log that is known by its files' names, as if it stood in its own folder. */
function kindsOf(folder: string): CopiedKind[] {
  // Sample: W3SVC2
  const site = /^w3svc(\d+)$/i.exec(folder)?.[1] ?? "1";
  return LOG_FORMATS.flatMap((format) => {
    const { folders, fileNames } = LOG_SOURCES[format];
    if (fileNames === null) return [];
    return [{ names: fileNames, as: folders[0].path.replace("<protocol>", folder).replace("<site>", site) }];
  });
}
