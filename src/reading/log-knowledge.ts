import type { LogFormat } from "../model/label-values.ts";
import type { Format } from "../model/format.ts";
import type { LogKind } from "../model/row.ts";

/** What the follower must know of logs: the formats, and what a path below a server's folder (with `/`, without `.gz`) tells. */
export interface LogKnowledge {
  readonly formats: Readonly<Record<LogFormat, Format>>;
  /** Which log stands at the path; null when none of ours does. */
  readonly classifyPath: (relPath: string) => LogKind | null;
  /** Earliest and latest instant (Unix ms) that the name allows for rows of the file; null when the name tells nothing. */
  readonly startOfFile: (relPath: string) => number | null;
  readonly endOfFile: (relPath: string) => number | null;
}

/** `path` without a last `.gz`. */
export function plainPath(path: string): string {
  return isGzipPath(path) ? path.slice(0, -3) : path;
}

/** Sample: u_ex261122.log.gz */
export function isGzipPath(path: string): boolean {
  return path.toLowerCase().endsWith(".gz");
}
