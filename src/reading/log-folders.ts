import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { LogKind } from "../model/row.ts";
import { LOG_PARENTS } from "../sources/source-folders.ts";
import { errorCode, fileError, type FileError } from "./file-error.ts";
import { isGzipPath, plainPath, type LogKnowledge } from "./log-knowledge.ts";

/** A folder of log files of one server. */
export interface LogFolder {
  readonly server: string;
  readonly path: string;
  /** Path below the server's folder, with `/`: `LogFiles/W3SVC1`. */
  readonly as: string;
  /** Only files with these names belong to this log; absent: all files. */
  readonly names?: RegExp;
}

/** A log file in its folder. */
export interface LogFile {
  readonly folder: LogFolder;
  readonly name: string;
  /** Path below the server's folder, with `/`. */
  readonly relPath: string;
  readonly log: LogKind;
}

/** Content of a farm folder. A folder that could not be listed is in `errors`; whether it has logs is not known. */
export interface FarmFolders {
  /** Sorted by name. An empty folder, or one with a server's subfolders but no log, counts as a server too: its logs may come later. */
  readonly servers: readonly string[];
  readonly folders: readonly LogFolder[];
  readonly errors: readonly FileError[];
}

/**
 * The log folders of every server in a farm folder, sorted by name. Names match ignoring case. The folder `snapshots` is not a server.
 * Throws when the farm folder itself cannot be listed.
 */
export async function findFarmFolders(farm: string, knowledge: LogKnowledge): Promise<FarmFolders> {
  const all: FarmFolders[] = [];
  for (const server of await listFarm(farm)) all.push(await findFoldersOf(farm, server, knowledge));
  return {
    servers: all.flatMap(({ servers }) => servers),
    folders: all.flatMap(({ folders }) => folders),
    errors: all.flatMap(({ errors }) => errors),
  };
}

/** Names of the folders in a farm folder that may be servers, sorted. Throws when it cannot be listed. */
export async function listFarm(farm: string): Promise<string[]> {
  return (await subfolders(farm)).filter((name) => name.toLowerCase() !== "snapshots" && !name.startsWith("."));
}

/** The log folders of one folder of a farm; `servers` is empty when it is not the folder of a server. */
export async function findFoldersOf(farm: string, server: string, knowledge: LogKnowledge): Promise<FarmFolders> {
  const errors: FileError[] = [];
  const path = join(farm, server);
  const folders = await findLogFolders({ server, path, as: "" }, knowledge, errors);
  const isServer = folders.length > 0 || (await mayBeServer(path));
  // Node.js replaces bytes that are not UTF-8 with this character; a folder cannot be opened under such a name.
  if (!isServer && server.includes("\ufffd"))
    errors.push({ server, file: "", message: `Cannot read the folder "${path}": its name is not UTF-8` });
  return { servers: isServer ? [server] : [], folders, errors };
}

/** For a folder without logs: true when it is empty, or has a subfolder that servers have. */
async function mayBeServer(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => null);
  return (
    names !== null && (names.length === 0 || names.some((name) => name !== "" && LOG_PARENTS.has(name.toLowerCase())))
  );
}

/** The log folders of `path` if it is the folder of a server; none otherwise. */
export async function findServerFolders(path: string, knowledge: LogKnowledge): Promise<FarmFolders> {
  const errors: FileError[] = [];
  const server = basename(resolve(path));
  const folders = await findLogFolders({ server, path, as: "" }, knowledge, errors);
  return { servers: folders.length === 0 ? [] : [server], folders, errors };
}

/**
 * The log files in a folder, sorted by name. A gzip file is left out when the same file is there unpacked.
 * Throws when the folder cannot be listed.
 */
export async function listLogFiles(folder: LogFolder, knowledge: LogKnowledge): Promise<LogFile[]> {
  const entries = await readdir(folder.path, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map((entry) => entry.name);
  const lowerNames = new Set(names.map((name) => name.toLowerCase()));
  const files: LogFile[] = [];
  for (const name of names.sort()) {
    if (isGzipPath(name) && lowerNames.has(plainPath(name).toLowerCase())) continue;
    if (folder.names?.test(name) === false) continue;
    const relPath = `${folder.as}/${name}`;
    const log = knowledge.classifyPath(plainPath(relPath));
    if (log !== null) files.push({ folder, name, relPath, log });
  }
  return files;
}

/** The log folders below `parent`, which is a server's folder or a folder that holds log folders. */
async function findLogFolders(parent: LogFolder, knowledge: LogKnowledge, errors: FileError[]): Promise<LogFolder[]> {
  const found: LogFolder[] = [];
  for (const name of await listOrNote(parent, errors)) {
    const child = {
      server: parent.server,
      path: join(parent.path, name),
      as: parent.as === "" ? name : `${parent.as}/${name}`,
    };
    if (isLogFolder(child.as, knowledge)) found.push(child);
    if (LOG_PARENTS.has(child.as.toLowerCase())) found.push(...(await findLogFolders(child, knowledge, errors)));
  }
  return found;
}

function isLogFolder(as: string, knowledge: LogKnowledge): boolean {
  return knowledge.classifyPath(`${as}/a.log`) !== null || knowledge.classifyPath(`${as}/a.xml`) !== null;
}

async function listOrNote(folder: LogFolder, errors: FileError[]): Promise<string[]> {
  try {
    return await subfolders(folder.path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") errors.push(fileError(folder.server, folder.as, error));
    return [];
  }
}

/** Names of the subfolders, sorted. Symbolic links are included. */
async function subfolders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}
