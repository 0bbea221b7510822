import type { LogFormat, Protocol } from "../model/label-values.ts";
import type { LogKind } from "../model/row.ts";
import { DAY_MS, HOUR_MS } from "../model/durations.ts";

/** Tells from a path below a server's folder which log stands there, and which time its name covers. */

/** HttpProxy folder, lower case, to its protocol. A folder of any other name leaves it to the row (Protocol column, URL). */
const HTTP_PROXY_FOLDERS: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ["ews", "ews"],
  ["mapi", "mapi"],
  ["autodiscover", "autodiscover"],
  ["eas", "eas"],
  ["oab", "oab"],
  ["owa", "owa"],
  ["owacalendar", "owa"],
  ["ecp", "ecp"],
  ["rest", "rest"],
  ["rpchttp", "rpc_http"],
  ["powershell", "powershell"],
]);

/** Folders, lower case, that hold one log each. */
const EXCHANGE_FOLDERS: ReadonlyMap<string, LogFormat> = new Map<string, LogFormat>([
  ["logging/ews", "ews"],
  ["logging/mapihttp/mailbox", "mapi_http"],
  ["logging/mapi client access", "mapi_http"],
  ["logging/oauthoutbound", "oauth_outbound"],
]);

/** The log at a path below a server's folder (either slash, any case, `.gz` or not); null when no log of ours stands there. */
export function classifyPath(relativePath: string): LogKind | null {
  const path = normalised(relativePath);
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, Math.max(slash, 0));
  const name = path.slice(slash + 1);
  if (folder === "events") return name.endsWith(".xml") ? { ...logKind("events", null), encoding: "detect" } : null;
  if (!name.endsWith(".log")) return null;
  // Sample: logfiles/w3svc2
  const site = /^logfiles\/w3svc(\d+)$/.exec(folder)?.[1];
  if (site !== undefined) return { ...logKind("iis", null), isBackEnd: Number(site) === 2 };
  if (folder === "logfiles/httperr") return logKind("http_err", null);
  // Sample: logging/httpproxy/ews
  const proxied = /^logging\/httpproxy(?:\/([^/]+))?$/.exec(folder);
  if (proxied !== null) return logKind("http_proxy", folderProtocol(proxied[1] ?? ""));
  const format = EXCHANGE_FOLDERS.get(folder);
  return format === undefined ? null : logKind(format, null);
}

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
  const format = classifyPath(path)?.format;
  if (format === "iis") return iisSpan(name);
  if (format === undefined || format === "http_err" || format === "events") return null;
  return exchangeSpan(name);
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

function folderProtocol(folder: string): Protocol | null {
  return HTTP_PROXY_FOLDERS.get(folder) ?? (folder.startsWith("rest") ? "rest" : null);
}

function logKind(format: LogFormat, protocol: Protocol | null): LogKind {
  return { format, protocol, isBackEnd: false, encoding: "utf8" };
}
