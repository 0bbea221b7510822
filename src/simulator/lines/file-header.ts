import { EWS_COLUMNS, HTTP_PROXY_COLUMNS, IIS_COLUMNS, MAPI_HTTP_COLUMNS, OAUTH_OUTBOUND_COLUMNS } from "./columns.ts";
import { type SimulatedServer, versionText } from "../farm-server.ts";
import { exchangeTime, iisTime } from "./instant-text.ts";
import type { LogName } from "./log-name.ts";

/** Header of a log file created at `atMs`, including byte order mark and line ends. */
export function fileHeader(server: SimulatedServer, log: LogName, atMs: number): string {
  switch (log) {
    case "iis_front":
    case "iis_back":
      return iisHeader(server, atMs);
    case "http_err":
      return httpErrHeader(server, atMs);
    case "events_system":
    case "events_application":
    case "events_availability":
      return `${server.eventEncoding === "utf16le" || server.hasByteOrderMark ? "\uFEFF" : ""}${eventsRoot(server)}`;
    case "ews":
      return exchangeHeader(server, { type: "EWS Logs", columns: EWS_COLUMNS, atMs });
    case "mapi_http":
      return exchangeHeader(server, { type: "MapiHttp Logs", columns: MAPI_HTTP_COLUMNS, atMs });
    case "oauth_outbound":
      return exchangeHeader(server, { type: "OAuth Outbound Logs", columns: OAUTH_OUTBOUND_COLUMNS, atMs });
    default:
      return exchangeHeader(server, { type: "HttpProxy Logs", columns: HTTP_PROXY_COLUMNS, atMs });
  }
}

/** Text before the events of an export: nothing, or what Event Viewer and editors write. */
function eventsRoot({ eventLayout }: SimulatedServer): string {
  if (eventLayout === "one_line") return '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Events>';
  return eventLayout === "elements" ? '<?xml version="1.0"?>\r\n<Events>\r\n' : "";
}

/** The `#Fields` list of IIS on this server. */
export function iisFields(server: SimulatedServer): string {
  const counted = server.hasByteCounts
    ? IIS_COLUMNS.replace(" time-taken", " sc-bytes cs-bytes time-taken")
    : IIS_COLUMNS;
  if (server.logs === "iis_poor") return counted.replace(" sc-substatus sc-win32-status", "");
  return server.logs === "iis_diagnostics" ? `${counted} x-ms-diagnostics` : counted;
}

function iisHeader(server: SimulatedServer, atMs: number): string {
  return (
    `#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: ` +
    `${iisTime(atMs)}\r\n#Fields: ${iisFields(server)}\r\n`
  );
}

function httpErrHeader(server: SimulatedServer, atMs: number): string {
  const streamId = server.hasStreamId ? " streamid" : "";
  return (
    `#Software: Microsoft HTTP API 2.0\r\n#Version: 1.0\r\n#Date: ${iisTime(atMs)}\r\n` +
    `#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri${streamId} sc-status s-siteid s-reason s-queuename\r\n`
  );
}

function exchangeHeader(
  server: SimulatedServer,
  file: { readonly type: string; readonly columns: string; readonly atMs: number },
): string {
  const mark = server.hasByteOrderMark ? "\uFEFF" : "";
  const bare = `${file.columns}\r\n`;
  const block =
    `#Software: Microsoft Exchange Server\r\n#Version: ${versionText(server.version)}\r\n#Log-type: ${file.type}\r\n` +
    `#Date: ${exchangeTime(file.atMs)}\r\n#Fields: ${file.columns}\r\n`;
  switch (server.header) {
    case "fields":
      return mark + block;
    case "fields_then_bare":
      return mark + block + bare;
    case "bare_then_fields":
      return mark + bare + block;
    case "bare":
      return mark + bare;
  }
}
