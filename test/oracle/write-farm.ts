import type { IisLogged, LoggedFarm, MapiLogged, ProxyLogged, RecycleLogged } from "./logged.ts";

/** A log file of a farm: its server, its path below the server's folder, and its lines, the header first. */
export interface WrittenFile {
  readonly server: string;
  readonly path: string;
  readonly lines: readonly string[];
}

/** The farm's logs as text, in the formats of IIS, Exchange and Windows. */
export function writtenFiles(farm: LoggedFarm): WrittenFile[] {
  return farm.servers.flatMap((server) => {
    const rows = farm.requests.filter((row) => row.server === server);
    const proxied = rows.filter((row) => row.log === "http_proxy" && row.state !== "lost");
    const files = new Map<string, string[]>();
    const add = (path: string, header: readonly string[], line: string): void => {
      const lines = files.get(path) ?? [...header];
      lines.push(line);
      files.set(path, lines);
    };
    for (const row of rows) {
      if (row.log === "iis") add("LogFiles/W3SVC1/u_ex261114.log", iisHeader(farm), iisLine(row, farm));
      if (row.log === "mapi_http")
        add(`Logging/MapiHttp/Mailbox/MapiHttp_${hourOf(row.atMs)}-1.LOG`, MAPI_HEADER, mapiLine(row));
    }
    for (const row of proxied) {
      if (row.log === "http_proxy") add(proxyPath(row), PROXY_HEADER, proxyLine(row));
    }
    for (const recycle of farm.recycles)
      if (recycle.server === server) add("events/events.xml", [], eventLine(recycle));
    return [...files].map(([path, lines]) => ({ server, path, lines }));
  });
}

function iisHeader({ iisColumns }: LoggedFarm): string[] {
  const names = [
    "date time s-ip cs-method cs-uri-stem",
    ...(iisColumns.query ? ["cs-uri-query"] : []),
    "s-port cs-username c-ip cs(User-Agent) sc-status",
    ...(iisColumns.kind ? ["sc-substatus sc-win32-status"] : []),
    "time-taken",
    ...(iisColumns.reason ? ["x-ms-diagnostics"] : []),
    ...(iisColumns.forwarded ? ["X-Forwarded-For"] : []),
  ];
  return ["#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0", `#Fields: ${names.join(" ")}`];
}

function iisLine(row: IisLogged, { iisColumns }: LoggedFarm): string {
  const at = new Date(row.atMs).toISOString();
  const { caller } = row;
  const ids = [
    caller.user === "" ? "" : `User=${caller.user}&DeviceId=${caller.deviceId}&DeviceType=Outlook`,
    caller.clientId === "" ? "" : `ClientId=${caller.clientId}`,
  ].join("");
  const fields = [
    `${at.slice(0, 10)} ${at.slice(11, 19)} 10.0.0.5 POST ${row.path}`,
    ...(iisColumns.query ? [`${ids}&CorrelationID=<empty>;&cafeReqId=${row.id};`] : []),
    `443 - ${row.address} ${caller.agent.replaceAll(" ", "+")} ${row.status}`,
    ...(row.kind === null ? [] : [row.kind.join(" ")]),
    "12",
    ...(iisColumns.reason ? [row.reason === "" ? "-" : diagnosticsOf(row.reason).replaceAll(" ", "+")] : []),
    ...(iisColumns.forwarded ? [row.forwarded] : []),
  ];
  return fields.join(" ");
}

const CODES: Readonly<Record<string, string>> = {
  invalid_signature: "2000000",
  token_expired: "2000002",
  invalid_resource: "2000003",
  invalid_user: "2000005",
  oauth_not_available: "4000000",
};

function diagnosticsOf(category: string): string {
  return `${CODES[category]};reason="The token was refused.";error_category="${category}"`;
}

const PROXY_COLUMNS =
  "DateTime,RequestId,Protocol,UrlStem,UrlQuery,AuthenticationType,IsAuthenticated,AuthenticatedUser,UserAgent,ClientIpAddress,HttpStatus,BackEndStatus,ProxyAction,GenericInfo,GenericErrors";
const PROXY_HEADER = ["#Software: Microsoft Exchange Server", "#Log-type: HttpProxy Logs", `#Fields: ${PROXY_COLUMNS}`];
const FOLDERS = { ews: "Ews", mapi: "Mapi", eas: "Eas", autodiscover: "Autodiscover" } as const;

function proxyPath(row: ProxyLogged): string {
  return `Logging/HttpProxy/${FOLDERS[row.protocol]}/HttpProxy_${hourOf(row.atMs)}-1.LOG`;
}

function proxyLine(row: ProxyLogged): string {
  const { caller } = row;
  const query = [
    caller.user === "" ? "" : `?User=${caller.user}&DeviceId=${caller.deviceId}&DeviceType=Outlook`,
    caller.clientId === "" ? "" : `?ClientId=${caller.clientId}`,
  ].join("");
  const isServed = row.status === 200;
  const fields = [
    new Date(row.atMs).toISOString(),
    row.id,
    FOLDERS[row.protocol],
    row.path,
    query,
    row.authentication,
    isServed ? "true" : "false",
    isServed && row.authentication === "Bearer" ? "S-1-5-21-1-2-3-1105" : "",
    caller.agent.replaceAll(",", " "),
    row.address,
    String(row.status),
    isServed ? "200" : "",
    isServed ? "Proxy" : "",
    row.reason === ""
      ? "BeginRequest=2026"
      : `BeginRequest=2026;S:ServiceCommonMetadata.OAuthErrorCategory=${row.reason}`,
    "",
  ];
  if (row.state === "cut") return fields.slice(0, 6).join(",");
  return row.state === "short" ? fields.slice(0, 12).join(",") : fields.join(",");
}

const MAPI_HEADER = [
  "#Software: Microsoft Exchange Server",
  "#Log-type: MapiHttp Logs",
  "#Fields: DateTime,RequestId,HttpStatusCode,ClientIp,OAuthErrorCategory,GenericInfo",
];

function mapiLine(row: MapiLogged): string {
  return [new Date(row.atMs).toISOString(), row.id, row.status, "10.0.0.5", row.reason, ""].join(",");
}

function eventLine({ atMs, eventId, pool, processId }: RecycleLogged): string {
  return [
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-WAS'/>",
    `<EventID>${eventId}</EventID><TimeCreated SystemTime='${new Date(atMs).toISOString()}'/>`,
    `<EventRecordID>${Math.floor(atMs / 1000) % 1_000_000}${eventId}</EventRecordID><Channel>System</Channel></System>`,
    `<EventData><Data Name='AppPoolID'>${pool}</Data><Data Name='ProcessID'>${processId}</Data></EventData></Event>`,
  ].join("");
}

/** Sample: 2026111409 */
function hourOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 13).replace(/[-T]/g, "");
}
