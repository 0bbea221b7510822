import type { Format } from "../model/format.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { ParsedLine, RequestRow } from "../model/row.ts";
import type { NoiseFinder } from "./noise/noise-finder.ts";
import { addressKey } from "./text/address.ts";
import { createCsvFormat } from "./text/csv-format.ts";
import type { CsvRow } from "./text/csv-format.ts";
import { fieldKey, namesUser, readNumber } from "./text/field-value.ts";
import { isProbeAgent, isProbeUser } from "./text/noise.ts";
import { mayCarryReason } from "./reasons/oauth-reason.ts";
import type { Reason, ReasonFinder } from "./reasons/oauth-reason.ts";
import { unreadable } from "./text/open-line.ts";
import { idsKeyOf } from "./text/query.ts";
import { searchFields, searchName } from "./reasons/reason-in-row.ts";
import { createBackEndScanner, type BackEndLog } from "./scan/iis-scanner.ts";
import type { ScannerCode } from "./scan/scanner-code.ts";
import { readScheme } from "./text/scheme.ts";
import { serverName } from "./text/server-name.ts";
import { slotsOf } from "./text/slots.ts";

/**
 * Parses the back end's MAPI over HTTP log, `Logging\MapiHttp\Mailbox`. It has columns for the reason of a refused
 * token, but no process id.
 */
export function createMapiHttpFormat(reasons: ReasonFinder, noise: NoiseFinder, code: ScannerCode): Format {
  return createCsvFormat({
    name: "mapi_http",
    parseRow: (row) => parseRow(row, reasons, noise),
    createScanner: () => createBackEndScanner(code, SCANNED, noise.rules),
  });
}

const {
  status: STATUS,
  requestId: REQUEST_ID,
  scheme: SCHEME,
  email: EMAIL,
  upn: UPN,
  user: USER,
  actAs: ACT_AS,
  mailbox: MAILBOX,
  ip: IP,
  frontEnd: FRONT_END,
  software: SOFTWARE,
  oauthError: OAUTH_ERROR,
  oauthCategory: OAUTH_CATEGORY,
  oauthExtra: OAUTH_EXTRA,
  genericInfo: GENERIC_INFO,
  genericErrors: GENERIC_ERRORS,
  clientInfo: CLIENT_INFO,
} = slotsOf(LOG_SOURCES.mapi_http.columns);

const REASON_FIELDS = [OAUTH_EXTRA, OAUTH_ERROR, GENERIC_ERRORS, GENERIC_INFO];
const USER_FIELDS = [EMAIL, UPN, USER];
const PROBE_AGENT_FIELDS = [SOFTWARE, CLIENT_INFO];
const PROBE_USER_FIELDS = [...USER_FIELDS, ACT_AS, MAILBOX];

const SCANNED: BackEndLog = {
  format: "mapi_http",
  protocol: "mapi",
  ip: IP,
  process: null,
  agents: PROBE_AGENT_FIELDS,
  hasUserAgent: false,
  users: PROBE_USER_FIELDS,
};

function parseRow(row: CsvRow, reasons: ReasonFinder, noise: NoiseFinder): ParsedLine {
  const { bytes, schema, atMs } = row;
  const status = readNumber(bytes, schema.startOf(STATUS), schema.endOf(STATUS));
  if (status < 0 || status > 999) return unreadable("status");
  if (isNoise(row, noise)) return { kind: "noise", atMs };
  return { kind: "row", row: requestRow(row, status, mayCarryReason(status) ? reasonOf(row, reasons) : null) };
}

/** Tries the category column first, then the other columns when it is empty or holds an unknown name. */
function reasonOf(row: CsvRow, reasons: ReasonFinder): Reason | null {
  const { bytes, schema } = row;
  const name = bytes.toString("latin1", schema.startOf(OAUTH_CATEGORY), schema.endOf(OAUTH_CATEGORY));
  const named = name === "" ? null : reasons.find(`OAuthErrorCategory=${name}`);
  if (named !== null && named.category !== "unknown") return named;
  const found = searchFields(row, REASON_FIELDS, reasons);
  if (found !== null && found.category !== "unknown") return found;
  return searchName(row, OAUTH_ERROR, reasons) ?? found ?? named;
}

function requestRow(row: CsvRow, status: number, reason: Reason | null): RequestRow {
  const { bytes, schema, atMs } = row;
  const scheme = readScheme(bytes, schema.startOf(SCHEME), schema.endOf(SCHEME));
  const mailboxId = fieldKey(bytes, schema.startOf(MAILBOX), schema.endOf(MAILBOX));
  return {
    kind: "request",
    source: "mapi_http",
    atMs,
    requestKey: fieldKey(bytes, schema.startOf(REQUEST_ID), schema.endOf(REQUEST_ID)),
    protocol: "mapi",
    appPool: "MSExchangeMapiMailboxAppPool",
    // Exchange gives a reason only when it refuses a Bearer token.
    scheme: reason !== null && (scheme === "anonymous" || scheme === "unknown") ? "bearer" : scheme,
    status,
    subStatus: null,
    win32Status: null,
    backEndStatus: 0,
    category: reason === null ? null : reason.category,
    isBackEndReason: reason !== null,
    showsReasons: true,
    hasUser: USER_FIELDS.some((slot) => schema.has(slot))
      ? USER_FIELDS.some((slot) => namesUser(bytes, schema.startOf(slot), schema.endOf(slot)))
      : null,
    takesBearer: true,
    namesDevice: false,
    ipKey: addressKey(bytes, schema.startOf(IP), schema.endOf(IP)),
    // The log has the client's software, not its user agent.
    userAgentKey: 0,
    idsKey: idsKeyOf({ clientId: 0, mailboxId, deviceId: 0, user: 0 }),
    processId: 0,
    peerServer: serverName(bytes, schema.startOf(FRONT_END), schema.endOf(FRONT_END)),
  };
}

function isNoise({ bytes, schema }: CsvRow, noise: NoiseFinder): boolean {
  return (
    noise.isCaller(bytes, schema.startOf(IP), schema.endOf(IP)) ||
    PROBE_AGENT_FIELDS.some((slot) => isProbeAgent(bytes, schema.startOf(slot), schema.endOf(slot))) ||
    PROBE_USER_FIELDS.some((slot) => isProbeUser(bytes, schema.startOf(slot), schema.endOf(slot)))
  );
}
