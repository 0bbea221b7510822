import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { LOG_FORMATS } from "../model/label-values.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { LogFolder } from "./log-folders.ts";

/** Depth of subfolders that are searched: `Logging/MapiHttp/Mailbox`. */
const DEEPEST = 3;

/**
 * Finds logs that were copied without the folder tree of a server, by their file names, in a folder and its subfolders. They count as
 * logs of one server, named like the folder; `as` is the path that they would have on a server.
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

/** One log folder for each kind of log in the folder. */
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

/** Every log that can be recognised by file name alone, with the path that it would have on a server. */
function kindsOf(folder: string): CopiedKind[] {
  // Sample: W3SVC2
  const site = /^w3svc(\d+)$/i.exec(folder)?.[1] ?? "1";
  return LOG_FORMATS.flatMap((format) => {
    const { folders, fileNames } = LOG_SOURCES[format];
    if (fileNames === null) return [];
    return [{ names: fileNames, as: folders[0].path.replace("<protocol>", folder).replace("<site>", site) }];
  });
}
