import { PROTOCOLS, type Protocol } from "../model/label-values.ts";
import type { LogSource } from "../model/logs/log-source.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { LogKind } from "../model/row.ts";
import { DAY_MS, HOUR_MS } from "../model/durations.ts";
import { SOURCE_FOLDERS } from "./source-folders.ts";

/** Finds out from a path below a server's folder which log a file belongs to, and which time span its name covers. */

/**
 * Log of the file at a path below a server's folder (either slash, any case, with or without `.gz`); null when it is
 * not a log that the exporter reads.
 */
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

/** IIS site id of the back end in a default installation. A row overrides it by its port. */
const BACK_END_SITE = 2;

/**
 * Earliest time that a row of the file can have according to its name, Unix milliseconds; null when the name shows no
 * time. IIS may name files by local time (`localTimeRollover`), so the span has a margin of one day.
 */
export function startOfFile(relativePath: string): number | null {
  return spanOf(relativePath)?.startMs ?? null;
}

/**
 * Time before which all rows of the file lie according to its name, with a margin, Unix milliseconds; null when the
 * name shows no time.
 */
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

/**
 * Month, day or hour, with a margin of one day on either side. A weekly log has the same name as a daily one and is
 * treated as daily.
 */
function iisSpan(name: string): Span | null {
  // Sample: u_ex26112208_x.log (hourly), ex261122.log (daily), u_ex2611.log (monthly)
  const parts = /^(?:u_)?ex(\d\d)(\d\d)(\d\d)?(\d\d)?(?:_x)?\.log$/.exec(name);
  if (parts === null) return null;
  const [year, month] = [2000 + Number(parts[1]), Number(parts[2])];
  const day = parts[3] === undefined ? 1 : Number(parts[3]);
  const hour = parts[4] === undefined ? 0 : Number(parts[4]);
  const startMs = instantOf({ year, month, day, hour });
  if (startMs === null) return null;
  if (parts[3] === undefined) return { startMs: startMs - DAY_MS, endMs: Date.UTC(year, month, 1) + DAY_MS };
  return { startMs: startMs - DAY_MS, endMs: startMs + (parts[4] === undefined ? DAY_MS : HOUR_MS) + DAY_MS };
}

/** The UTC hour in the name. Exchange may write to the file for one more hour. */
function exchangeSpan(name: string): Span | null {
  // Sample: httpproxy_2026112208-1.log
  const parts = /_(\d{4})(\d\d)(\d\d)(\d\d)-\d+\.log$/.exec(name);
  if (parts === null) return null;
  const startMs = instantOf({
    year: Number(parts[1]),
    month: Number(parts[2]),
    day: Number(parts[3]),
    hour: Number(parts[4]),
  });
  return startMs === null ? null : { startMs, endMs: startMs + 2 * HOUR_MS };
}

interface NamedHour {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
}

/** Unix milliseconds of a UTC hour; null when the calendar has no such month, day or hour. */
function instantOf({ year, month, day, hour }: NamedHour): number | null {
  const ms = Date.UTC(year, month - 1, day, hour);
  const date = new Date(ms);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return isReal ? ms : null;
}

/** In lower case, with forward slashes, without a leading `./` or `/` and without `.gz`. */
function normalised(relativePath: string): string {
  // Sample: .\LogFiles\W3SVC1\u_ex261122.log.gz
  return relativePath
    .replaceAll("\\", "/")
    .toLowerCase()
    .replace(/^(?:\.?\/)+/, "")
    .replace(/\.gz$/, "");
}

/** Protocol of a folder name in lower case. Null for an unknown name: the row decides then (Protocol column, URL). */
function protocolOf({ protocolFolders }: LogSource, folder: string): Protocol | null {
  const named = Object.entries(protocolFolders ?? {}).find(([name]) => name.toLowerCase() === folder)?.[1];
  return PROTOCOLS.find((protocol) => protocol === named) ?? (folder.startsWith("rest") ? "rest" : null);
}
