import type { LogFormat } from "../model/label-values.ts";
import type { Format } from "../model/format.ts";
import type { LogKind } from "../model/row.ts";

/** What readers need to know of logs: the formats, and what a path below a server's folder (with `/`, without `.gz`) means. */
export interface LogKnowledge {
  readonly formats: Readonly<Record<LogFormat, Format>>;
  /** Which log has this path; null when it is not a known log. */
  readonly classifyPath: (relPath: string) => LogKind | null;
  /** Earliest and latest time (Unix ms) that the file's name allows for its rows; null when the name has no time. */
  readonly startOfFile: (relPath: string) => number | null;
  readonly endOfFile: (relPath: string) => number | null;
}

/** `path` without the ending `.gz`. */
export function plainPath(path: string): string {
  return isGzipPath(path) ? path.slice(0, -3) : path;
}

/** Sample: u_ex261122.log.gz */
export function isGzipPath(path: string): boolean {
  return path.toLowerCase().endsWith(".gz");
}
