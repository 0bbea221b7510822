import type { SimulatedServer } from "../farm-server.ts";
import { fileHeader } from "./file-header.ts";
import { dayStamp, hourStamp } from "./instant-text.ts";
import type { LogName } from "./log-name.ts";

/** Text appended to a file of a simulated farm. */
export interface SimulatedLine {
  /** Instant of the row, Unix milliseconds. */
  readonly atMs: number;
  readonly server: string;
  /** Path below the server's folder, with `/`. */
  readonly path: string;
  /** Header of the file, including byte order mark and line ends; written once, when the file is created. */
  readonly header: string;
  /** One line, or a header block in the middle of a file; line ends included. */
  readonly text: string;
  readonly encoding: "utf8" | "utf16le";
}

/** Assigns rows to files by hour, day or size, as real logs roll over. Rows of one log arrive in order of time. */
export interface LogBook {
  readonly write: (
    server: SimulatedServer,
    log: LogName,
    row: { readonly atMs: number; readonly text: string },
  ) => SimulatedLine;
  /** The header block that a restarted IIS writes again into its open file. */
  readonly repeatHeader: (server: SimulatedServer, log: "iis_front" | "iis_back", atMs: number) => SimulatedLine;
}

interface OpenFile {
  /** Number of the hour or day since 1970; 0 for logs that roll over by size only. */
  readonly period: number;
  readonly number: number;
  readonly path: string;
  readonly header: string;
  written: number;
}

const EXCHANGE_FILE_BYTES = 10_000_000;
const HTTPERR_FILE_BYTES = 1_000_000;

/** Keeps one open file for each server and log. */
export function createLogBook(): LogBook {
  const open = new Map<string, OpenFile>();
  const fileFor = (server: SimulatedServer, log: LogName, atMs: number): OpenFile => {
    const key = `${server.name} ${log}`;
    const before = open.get(key);
    const period = periodOf(log, atMs);
    if (before !== undefined && before.period === period && before.written < sizeLimit(log)) return before;
    const number = before !== undefined && before.period === period ? before.number + 1 : 1;
    const file = {
      period,
      number,
      path: pathOf(server, log, { atMs, number }),
      header: fileHeader(server, log, atMs),
      written: 0,
    };
    open.set(key, file);
    return file;
  };
  const append = (
    server: SimulatedServer,
    log: LogName,
    row: { readonly atMs: number; readonly text: string },
  ): SimulatedLine => {
    const file = fileFor(server, log, row.atMs);
    file.written += row.text.length;
    const encoding = log.startsWith("events_") ? server.eventEncoding : "utf8";
    return { atMs: row.atMs, server: server.name, path: file.path, header: file.header, text: row.text, encoding };
  };
  return {
    write: (server, log, row) => append(server, log, { atMs: row.atMs, text: row.text + lineEnd(server, log) }),
    repeatHeader: (server, log, atMs) => append(server, log, { atMs, text: fileHeader(server, log, atMs) }),
  };
}

function lineEnd(server: SimulatedServer, log: LogName): string {
  return log.startsWith("events_") && server.eventLayout === "one_line" ? "" : "\r\n";
}

function periodOf(log: LogName, atMs: number): number {
  if (log.startsWith("events_") || log === "http_err") return 0;
  return Math.floor(atMs / (log.startsWith("iis_") ? 86_400_000 : 3_600_000));
}

function sizeLimit(log: LogName): number {
  if (log.startsWith("events_") || log.startsWith("iis_")) return Number.POSITIVE_INFINITY;
  return log === "http_err" ? HTTPERR_FILE_BYTES : EXCHANGE_FILE_BYTES;
}

function pathOf(
  server: SimulatedServer,
  log: LogName,
  { atMs, number }: { readonly atMs: number; readonly number: number },
): string {
  switch (log) {
    case "iis_front":
      return `LogFiles/W3SVC1/u_ex${dayStamp(atMs)}${server.logs === "iis_diagnostics" ? "_x" : ""}.log`;
    case "iis_back":
      return `LogFiles/W3SVC2/u_ex${dayStamp(atMs)}${server.logs === "iis_diagnostics" ? "_x" : ""}.log`;
    case "http_err":
      return `LogFiles/HTTPERR/httperr${number}.log`;
    case "ews":
      return `Logging/Ews/Ews_${hourStamp(atMs)}-${number}.LOG`;
    case "mapi_http":
      return `Logging/MapiHttp/Mailbox/MapiHttp_${hourStamp(atMs)}-${number}.LOG`;
    case "oauth_outbound":
      return `Logging/OAuthOutbound/w3wp_MSExchangeServicesAppPool_${hourStamp(atMs)}-${number}.LOG`;
    case "events_system":
      return "events/system.xml";
    case "events_application":
      return "events/application.xml";
    case "events_availability":
      return "events/managed-availability.xml";
    default:
      return `Logging/HttpProxy/${log.slice("http_proxy/".length)}/HttpProxy_${hourStamp(atMs)}-${number}.LOG`;
  }
}
