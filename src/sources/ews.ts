import type { Format } from "../model/format.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { ParsedLine, RequestRow, WorkerRow } from "../model/row.ts";
import type { NoiseFinder } from "./noise/noise-finder.ts";
import { addressKey } from "./text/address.ts";
import { createCsvFormat } from "./text/csv-format.ts";
import type { CsvRow } from "./text/csv-format.ts";
import { fieldKey, namesUser, readNumber } from "./text/field-value.ts";
import { isProbeUser } from "./text/noise.ts";
import { mayCarryReason } from "./reasons/oauth-reason.ts";
import type { Reason, ReasonFinder } from "./reasons/oauth-reason.ts";
import { unreadable } from "./text/open-line.ts";
import { searchFields, searchName } from "./reasons/reason-in-row.ts";
import { createBackEndScanner, type BackEndLog } from "./scan/iis-scanner.ts";
import type { ScannerCode } from "./scan/scanner-code.ts";
import { readScheme } from "./text/scheme.ts";
import { serverName } from "./text/server-name.ts";
import { slotsOf } from "./text/slots.ts";

/**
 * Parses the EWS log of the back end, `Logging\Ews`. It is the only request log with a process id, which shows that the
 * worker process of MSExchangeServicesAppPool was replaced. Rows of health probes show this as well, so a noise line
 * still returns its worker.
 */
export function createEwsFormat(reasons: ReasonFinder, noise: NoiseFinder, code: ScannerCode): Format {
  return createCsvFormat({
    name: "ews",
    parseRow: (row) => parseRow(row, reasons, noise),
    createScanner: () => createBackEndScanner(code, SCANNED, noise.rules),
  });
}

const {
  status: STATUS,
  requestId: REQUEST_ID,
  scheme: SCHEME,
  user: USER,
  agent: AGENT,
  ip: IP,
  frontEnd: FRONT_END,
  processId: PROCESS_ID,
  errorCode: ERROR_CODE,
  genericInfo: GENERIC_INFO,
  authenticationErrors: AUTHENTICATION_ERRORS,
  genericErrors: GENERIC_ERRORS,
  impersonated: IMPERSONATED,
  proxyAs: PROXY_AS,
  actAs: ACT_AS,
} = slotsOf(LOG_SOURCES.ews.columns);

const REASON_FIELDS = [AUTHENTICATION_ERRORS, GENERIC_INFO, GENERIC_ERRORS, ERROR_CODE];
const USER_FIELDS = [USER, IMPERSONATED, PROXY_AS, ACT_AS];

const SCANNED: BackEndLog = {
  format: "ews",
  protocol: "ews",
  ip: IP,
  process: { slot: PROCESS_ID, appPool: "MSExchangeServicesAppPool" },
  agents: [AGENT],
  hasUserAgent: true,
  users: USER_FIELDS,
};

function parseRow(row: CsvRow, reasons: ReasonFinder, noise: NoiseFinder): ParsedLine {
  const { bytes, schema, atMs } = row;
  const status = readNumber(bytes, schema.startOf(STATUS), schema.endOf(STATUS));
  if (status < 0 || status > 999) return unreadable("status");
  const processId = Math.max(0, readNumber(bytes, schema.startOf(PROCESS_ID), schema.endOf(PROCESS_ID)));
  const userAgentKey = fieldKey(bytes, schema.startOf(AGENT), schema.endOf(AGENT));
  if (isNoise(row, userAgentKey, noise))
    return processId === 0 ? { kind: "noise", atMs } : { kind: "noise", atMs, worker: workerOf(atMs, processId) };
  const reason = mayCarryReason(status) ? reasonOf(row, reasons) : null;
  return { kind: "row", row: requestRow({ row, status, processId, userAgentKey, reason }) };
}

function reasonOf(row: CsvRow, reasons: ReasonFinder): Reason | null {
  const found = searchFields(row, REASON_FIELDS, reasons);
  return found !== null && found.category !== "unknown"
    ? found
    : (searchName(row, AUTHENTICATION_ERRORS, reasons) ?? found);
}

function workerOf(atMs: number, processId: number): WorkerRow {
  return { kind: "worker", atMs, appPool: "MSExchangeServicesAppPool", processId };
}

interface RowParts {
  readonly row: CsvRow;
  readonly status: number;
  readonly processId: number;
  readonly userAgentKey: number;
  readonly reason: Reason | null;
}

function requestRow({ row, status, processId, userAgentKey, reason }: RowParts): RequestRow {
  const { bytes, schema, atMs } = row;
  const scheme = readScheme(bytes, schema.startOf(SCHEME), schema.endOf(SCHEME));
  return {
    kind: "request",
    source: "ews",
    atMs,
    requestKey: fieldKey(bytes, schema.startOf(REQUEST_ID), schema.endOf(REQUEST_ID)),
    protocol: "ews",
    appPool: "MSExchangeServicesAppPool",
    // Exchange gives a reason only when it refuses a Bearer token.
    scheme: reason !== null && (scheme === "anonymous" || scheme === "unknown") ? "bearer" : scheme,
    status,
    subStatus: null,
    win32Status: null,
    backEndStatus: 0,
    category: reason === null ? null : reason.category,
    isBackEndReason: reason !== null,
    showsReasons: true,
    hasUser: schema.has(USER) ? namesUser(bytes, schema.startOf(USER), schema.endOf(USER)) : null,
    takesBearer: true,
    namesDevice: false,
    ipKey: addressKey(bytes, schema.startOf(IP), schema.endOf(IP)),
    userAgentKey,
    idsKey: 0,
    processId,
    peerServer: serverName(bytes, schema.startOf(FRONT_END), schema.endOf(FRONT_END)),
  };
}

function isNoise({ bytes, schema }: CsvRow, userAgentKey: number, noise: NoiseFinder): boolean {
  return (
    noise.isCaller(bytes, schema.startOf(IP), schema.endOf(IP)) ||
    noise.isAgent(userAgentKey, bytes, schema.startOf(AGENT), schema.endOf(AGENT)) ||
    USER_FIELDS.some((slot) => isProbeUser(bytes, schema.startOf(slot), schema.endOf(slot)))
  );
}
