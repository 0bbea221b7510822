import { LOG_FORMATS, type LogFormat } from "../model/label-values.ts";
import type { LogFolderPattern, LogSource } from "../model/logs/log-source.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";

/** A folder that holds files of a log, and how its path below a server's folder is recognised. */
export interface SourceFolder extends LogFolderPattern {
  readonly format: LogFormat;
  readonly source: LogSource;
  /** Matches the folder's path in lower case, with the groups `site` and `protocol`. */
  readonly pattern: RegExp;
  /** Its parent folders in lower case; "" is the server's folder. */
  readonly parents: readonly string[];
}

/** The folders of all logs, in the order of `LOG_FORMATS`. */
export const SOURCE_FOLDERS: readonly SourceFolder[] = LOG_FORMATS.flatMap((format) => {
  const source: LogSource = LOG_SOURCES[format];
  return source.folders.map((folder) => ({
    ...folder,
    format,
    source,
    pattern: patternOf(folder.path),
    parents: parentsOf(folder.path),
  }));
});

/** Folders below a server's folder that contain log folders, in lower case; "" is the server's folder itself. */
export const LOG_PARENTS: ReadonlySet<string> = new Set(SOURCE_FOLDERS.flatMap(({ parents }) => parents));

/**
 * The log folder that a path (lower case, `/`) is or is inside of. For a parent folder: the log folder below it, if all
 * log folders below it belong to the same log. Null when there is none.
 */
export function folderAt(path: string): SourceFolder | null {
  const parts = path.split("/");
  for (let length = parts.length; length > 0; length--) {
    const at = parts.slice(0, length).join("/");
    const found = SOURCE_FOLDERS.find(({ pattern }) => pattern.test(at));
    if (found !== undefined) return found;
  }
  const below = SOURCE_FOLDERS.filter(({ parents }) => path !== "" && parents.includes(path));
  const [first] = below;
  return first !== undefined && below.every(({ format }) => format === first.format) ? first : null;
}

/** Sample: logging/httpproxy/<protocol> matches logging/httpproxy and logging/httpproxy/ews. */
function patternOf(path: string): RegExp {
  const escaped = path.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(
    `^${escaped.replace("/<protocol>", "(?:/(?<protocol>[^/]+))?").replace("<site>", "(?<site>\\d+)")}$`,
  );
}

function parentsOf(path: string): readonly string[] {
  const parts = path.toLowerCase().split("/");
  return parts.map((_, length) => parts.slice(0, length).join("/"));
}
