import { PROTOCOLS, type Protocol } from "../model/label-values.ts";
import type { LogSource } from "../model/logs/log-source.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { LogKind } from "../model/row.ts";
import { DAY_MS, HOUR_MS } from "../model/durations.ts";
import { SOURCE_FOLDERS } from "./source-folders.ts";

/** Tells from a path below a server's folder which log stands there, and which time its name covers. */

/** The log at a path below a server's folder (either slash, any case, `.gz` or not); null when no log of ours stands there. */
export function classifyPath(relativePath: string): LogKind | null {
  const path = normalised(relativePath);
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, Math.max(slash, 0));
  const name = path.slice(slash + 1);
  for (const { pattern, format, source } of SOURCE_FOLDERS) {
    const found = pattern.exec(folder);
    if (found === null || !name.endsWith(source.extension)) continue;
    return {
      format,
      protocol: protocolOf(source, found.groups?.["protocol"] ?? ""),
      isBackEnd: Number(found.groups?.["site"]) === BACK_END_SITE,
      encoding: source.extension === ".xml" ? "detect" : "utf8",
    };
  }
  return null;
}

/** The back end's site as Exchange sets it up; its rows say so themselves by their port. */
const BACK_END_SITE = 2;

/**
 * The earliest instant that rows of the file can have, as far as its name says; null when the name says nothing. IIS names may follow local
 * time (`localTimeRollover`), so a day is allowed for.
 */
export function startOfFile(relativePath: string): number | null {
  return spanOf(relativePath)?.startMs ?? null;
}

/** The instant before which all rows of the file lie, as far as its name says, generously; null when the name says nothing. */
export function endOfFile(relativePath: string): number | null {
  return spanOf(relativePath)?.endMs ?? null;
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

function spanOf(relativePath: string): Span | null {
  const path = normalised(relativePath);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const log = classifyPath(path);
  const { nameCovers } = log === null ? { nameCovers: null } : LOG_SOURCES[log.format];
  if (nameCovers === null) return null;
  return nameCovers === "iis" ? iisSpan(name) : exchangeSpan(name);
}

/** Month, day or hour, with a day to either side. A weekly roll-over is named like a day and is taken for one. */
function iisSpan(name: string): Span | null {
  // Sample: u_ex26112208_x.log (hourly), ex261122.log (daily), u_ex2611.log (monthly)
  const parts = /^(?:u_)?ex(\d\d)(\d\d)(\d\d)?(\d\d)?(?:_x)?\.log$/.exec(name);
  if (parts === null) return null;
  const [year, month] = [2000 + Number(parts[1]), Number(parts[2])];
  const day = parts[3] === undefined ? 1 : Number(parts[3]);
  const hour = parts[4] === undefined ? 0 : Number(parts[4]);
  const startMs = instantOf(year, month, day, hour);
  if (startMs === null) return null;
  if (parts[3] === undefined) return { startMs: startMs - DAY_MS, endMs: Date.UTC(year, month, 1) + DAY_MS };
  return { startMs: startMs - DAY_MS, endMs: startMs + (parts[4] === undefined ? DAY_MS : HOUR_MS) + DAY_MS };
}

/** The UTC hour of the name; a file may be written to for another hour. */
function exchangeSpan(name: string): Span | null {
  // Sample: httpproxy_2026112208-1.log
  const parts = /_(\d{4})(\d\d)(\d\d)(\d\d)-\d+\.log$/.exec(name);
  if (parts === null) return null;
  const startMs = instantOf(Number(parts[1]), Number(parts[2]), Number(parts[3]), Number(parts[4]));
  return startMs === null ? null : { startMs, endMs: startMs + 2 * HOUR_MS };
}

/** Null for a month, day or hour that the calendar has not. */
function instantOf(year: number, month: number, day: number, hour: number): number | null {
  const ms = Date.UTC(year, month - 1, day, hour);
  const date = new Date(ms);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return isReal ? ms : null;
}

/** Lower case, forward slashes, nothing before the first folder, no `.gz`. */
function normalised(relativePath: string): string {
  // Sample: .\LogFiles\W3SVC1\u_ex261122.log.gz
  return relativePath
    .replaceAll("\\", "/")
    .toLowerCase()
    .replace(/^(?:\.?\/)+/, "")
    .replace(/\.gz$/, "");
}

/** Of a folder, lower case. A folder of any other name leaves it to the row (Protocol column, URL). */
function protocolOf({ protocolFolders }: LogSource, folder: string): Protocol | null {
  const named = Object.entries(protocolFolders ?? {}).find(([name]) => name.toLowerCase() === folder)?.[1];
  return PROTOCOLS.find((protocol) => protocol === named) ?? (folder.startsWith("rest") ? "rest" : null);
}
