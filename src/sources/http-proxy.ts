import { FRONT_END_POOL } from "../model/app-pool.ts";
import type { AppPool } from "../model/app-pool.ts";
import { PROTOCOLS } from "../model/label-values.ts";
import type { Protocol } from "../model/label-values.ts";
import type { Format } from "../model/format.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { LogKind, ParsedLine, RequestRow, WorkerRow } from "../model/row.ts";
import type { NoiseFinder } from "./noise/noise-finder.ts";
import { addressKey } from "./text/address.ts";
import { createCsvFormat } from "./text/csv-format.ts";
import type { CsvRow } from "./text/csv-format.ts";
import { fieldKey, namesUser, readNumber } from "./text/field-value.ts";
import { isOwnProbe, isProbePage, isProbeUser } from "./text/noise.ts";
import { mayCarryReason } from "./reasons/oauth-reason.ts";
import type { Reason, ReasonFinder } from "./reasons/oauth-reason.ts";
import { unreadable } from "./text/open-line.ts";
import { readQuery } from "./text/query.ts";
import type { QueryFacts } from "./text/query.ts";
import { searchAround } from "./reasons/reason-in-row.ts";
import { createHttpProxyScanner } from "./scan/iis-scanner.ts";
import type { ScannerCode } from "./scan/scanner-code.ts";
import { readScheme } from "./text/scheme.ts";
import { serverName } from "./text/server-name.ts";
import { takesBearer, urlRoute } from "./text/url-route.ts";
import { slotsOf } from "./text/slots.ts";

/**
 * Parses the front end's log of requests that it proxied or refused, `Logging\HttpProxy\<protocol>`. The log names the
 * scheme. It is not publicly documented which column holds the reason of a refused token, so the parser searches the
 * whole row, except the columns that the client writes.
 */
export function createHttpProxyFormat(reasons: ReasonFinder, noise: NoiseFinder, code: ScannerCode): Format {
  return createCsvFormat({
    name: "http_proxy",
    parseRow: (row, log) => parseRow(row, log, { reasons, noise }),
    createScanner: () => createHttpProxyScanner(code, { reasons, clientTexts: CLIENT_TEXTS }, noise.rules),
  });
}

const {
  status: STATUS,
  requestId: REQUEST_ID,
  protocol: PROTOCOL,
  stem: STEM,
  query: QUERY,
  scheme: SCHEME,
  user: USER,
  mailbox: MAILBOX,
  agent: AGENT,
  ip: IP,
  backEndStatus: BACK_END_STATUS,
  target: TARGET,
  host: HOST,
  clientRequestId: CLIENT_REQUEST_ID,
} = slotsOf(LOG_SOURCES.http_proxy.columns);

/** Columns that the client fills. They prove nothing. */
const CLIENT_TEXTS = [STEM, QUERY, AGENT, HOST, CLIENT_REQUEST_ID, USER, MAILBOX];

/** Search for reasons and noise. */
interface Finders {
  readonly reasons: ReasonFinder;
  readonly noise: NoiseFinder;
}

function parseRow(row: CsvRow, log: LogKind, { reasons, noise }: Finders): ParsedLine {
  const { bytes, schema, atMs } = row;
  const status = readNumber(bytes, schema.startOf(STATUS), schema.endOf(STATUS));
  const backEndStatus = readNumber(bytes, schema.startOf(BACK_END_STATUS), schema.endOf(BACK_END_STATUS));
  if (status < 0 || status > 999 || backEndStatus < 0 || backEndStatus > 999) return unreadable("status");
  const query = readQuery(bytes, schema.startOf(QUERY), schema.endOf(QUERY));
  const userAgentKey = fieldKey(bytes, schema.startOf(AGENT), schema.endOf(AGENT));
  if (query.isProbe || isNoise(row, userAgentKey, noise)) return { kind: "noise", atMs, ...ownProbe(row, log) };
  const reason = mayCarryReason(status) || backEndStatus === 401 ? searchAround(row, CLIENT_TEXTS, reasons) : null;
  return { kind: "row", row: requestRow({ row, log, status, backEndStatus, query, userAgentKey, reason }) };
}

/**
 * A row of the exporter's own probe is noise, but it shows that a Bearer request has reached the pool's worker process.
 */
function ownProbe(row: CsvRow, log: LogKind): { readonly worker?: WorkerRow } {
  const { bytes, schema, atMs } = row;
  if (!isOwnProbe(bytes, schema.startOf(AGENT), schema.endOf(AGENT))) return {};
  if (
    isProbeUser(bytes, schema.startOf(USER), schema.endOf(USER)) ||
    isProbeUser(bytes, schema.startOf(MAILBOX), schema.endOf(MAILBOX)) ||
    isProbePage(bytes, schema.startOf(STEM), schema.endOf(STEM))
  )
    return {};
  return { worker: { kind: "worker", atMs, appPool: servedBy(row, log).appPool, processId: 0 } };
}

interface RowParts {
  readonly row: CsvRow;
  readonly log: LogKind;
  readonly status: number;
  readonly backEndStatus: number;
  readonly query: QueryFacts;
  readonly userAgentKey: number;
  readonly reason: Reason | null;
}

function requestRow({ row, log, status, backEndStatus, query, userAgentKey, reason }: RowParts): RequestRow {
  const { bytes, schema } = row;
  const { protocol, appPool } = servedBy(row, log);
  const scheme = readScheme(bytes, schema.startOf(SCHEME), schema.endOf(SCHEME));
  return {
    kind: "request",
    source: "http_proxy",
    atMs: row.atMs,
    requestKey: fieldKey(bytes, schema.startOf(REQUEST_ID), schema.endOf(REQUEST_ID)),
    protocol,
    appPool,
    // Exchange gives a reason only when it refuses a Bearer token.
    scheme: reason !== null && (scheme === "anonymous" || scheme === "unknown") ? "bearer" : scheme,
    status,
    subStatus: null,
    win32Status: null,
    backEndStatus,
    category: reason === null ? null : reason.category,
    isBackEndReason: reason !== null && (reason.isBackEnd || backEndStatus === 401),
    showsReasons: status !== 401 || isWhole(row),
    hasUser: schema.has(USER) ? namesUser(bytes, schema.startOf(USER), schema.endOf(USER)) : null,
    takesBearer: takesBearer(protocol, bytes, schema.startOf(STEM), schema.endOf(STEM)),
    namesDevice: query.namesDevice,
    ipKey: addressKey(bytes, schema.startOf(IP), schema.endOf(IP)),
    userAgentKey,
    idsKey: query.idsKey,
    processId: 0,
    peerServer: serverName(bytes, schema.startOf(TARGET), schema.endOf(TARGET)),
  };
}

/** True when the row has as many fields as the header. A truncated row may have lost its reason. */
function isWhole({ bytes, start, end, schema }: CsvRow): boolean {
  let fields = 1;
  for (let at = start; at < end; at++) if (bytes[at] === COMMA) fields += 1;
  return fields >= schema.slotOfColumn.length;
}

const COMMA = 0x2c;

/**
 * Protocol of the folder, else of the Protocol column, else of the URL. The URL also decides between several app pools
 * of one protocol (OWA calendars).
 */
function servedBy({ bytes, schema }: CsvRow, log: LogKind): { protocol: Protocol; appPool: AppPool } {
  const url = urlRoute(bytes, schema.startOf(STEM), schema.endOf(STEM));
  const protocol =
    log.protocol ??
    protocolNamed(bytes.toString("latin1", schema.startOf(PROTOCOL), schema.endOf(PROTOCOL))) ??
    url.protocol;
  return {
    protocol,
    appPool: url.protocol === protocol && protocol !== "other" ? url.frontEndPool : FRONT_END_POOL[protocol],
  };
}

/** Sample: `RpcHttp`, `OwaCalendar`, `Rest` */
function protocolNamed(name: string): Protocol | null {
  const lower = name.toLowerCase();
  if (lower === "rpchttp") return "rpc_http";
  return (
    PROTOCOLS.find((protocol) => protocol === lower) ??
    PROTOCOLS.find((protocol) => protocol.length > 2 && lower.startsWith(protocol)) ??
    null
  );
}

function isNoise({ bytes, schema }: CsvRow, userAgentKey: number, noise: NoiseFinder): boolean {
  return (
    noise.isCaller(bytes, schema.startOf(IP), schema.endOf(IP)) ||
    noise.isAgent(userAgentKey, bytes, schema.startOf(AGENT), schema.endOf(AGENT)) ||
    isProbeUser(bytes, schema.startOf(USER), schema.endOf(USER)) ||
    isProbeUser(bytes, schema.startOf(MAILBOX), schema.endOf(MAILBOX)) ||
    isProbePage(bytes, schema.startOf(STEM), schema.endOf(STEM))
  );
}
