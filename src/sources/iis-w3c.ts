import type { Format } from "../model/format.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { Schema, LogKind, ParsedLine, RequestRow, WorkerRow } from "../model/row.ts";
import type { NoiseFinder } from "./noise/noise-finder.ts";
import { addressKey } from "./text/address.ts";
import { ColumnSchema } from "./text/column-schema.ts";
import { fieldKey, isAbsent, namesUser, readKnownNumber, readNumber } from "./text/field-value.ts";
import { isOutOfRange } from "./text/log-time.ts";
import { isOwnProbe, isProbePage, isProbeUser } from "./text/noise.ts";
import { mayCarryReason } from "./reasons/oauth-reason.ts";
import { diagnosticsReason } from "./reasons/diagnostics-field.ts";
import { readFailureContext } from "./reasons/failure-context.ts";
import type { Reason, ReasonFinder } from "./reasons/oauth-reason.ts";
import { endOfRow, fieldsOf, isDigit, openLine, unreadable } from "./text/open-line.ts";
import { readQuery, type QueryFacts } from "./text/query.ts";
import { createIisScanner } from "./scan/iis-scanner.ts";
import type { ScannerCode } from "./scan/scanner-code.ts";
import { splitAtBlanks } from "./text/split-row.ts";
import { takesBearer, urlRoute } from "./text/url-route.ts";
import { rememberSchemas } from "./text/known-schemas.ts";
import { slotsOf } from "./text/slots.ts";

/**
 * Parses IIS logs in W3C format, of the front end (site 1) and of the back end (site 2). The log does not show how the
 * client authenticated. It shows why a token was refused only with a custom field for the response header
 * x-ms-diagnostics.
 */
export function createIisFormat(reasons: ReasonFinder, noise: NoiseFinder, code: ScannerCode): Format {
  const schemaFrom = rememberSchemas(schemaOf);
  return {
    name: "iis",
    schemaFrom,
    createScanner: () => createIisScanner(code, reasons.marks, noise.rules),
    parse: (bytes, start, end, schema, log) => {
      if (isDigit(bytes[start]))
        return parseRow({ bytes, start, end: endOfRow(bytes, start, end), schema, log, reasons, noise });
      const line = openLine(bytes, start, end);
      switch (line.kind) {
        case "blank":
          return { kind: "blank" };
        case "nothing":
          return unreadable("encoding");
        case "directive":
          return { kind: "header", schema: schemaFrom(line.text) };
        case "other":
        case "row":
          return parseRow({ bytes, start: line.start, end: line.end, schema, log, reasons, noise });
      }
    },
  };
}

const {
  date: DATE,
  time: TIME,
  status: STATUS,
  stem: STEM,
  query: QUERY,
  user: USER,
  ip: IP,
  agent: AGENT,
  subStatus: SUB_STATUS,
  win32Status: WIN32_STATUS,
  diagnostics: DIAGNOSTICS,
  forwardedFor: FORWARDED_FOR,
  port: PORT,
  failureContext: FAILURE_CONTEXT,
} = slotsOf(LOG_SOURCES.iis.columns);

function schemaOf(header: string): ColumnSchema | null {
  const names = fieldsOf(header, /\s+/);
  return names === null ? null : new ColumnSchema("iis", header, names);
}

interface Line {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly schema: Schema | null;
  readonly log: LogKind;
  readonly reasons: ReasonFinder;
  readonly noise: NoiseFinder;
}

function parseRow(line: Line): ParsedLine {
  const { bytes, start, end, schema, log, reasons, noise } = line;
  if (!(schema instanceof ColumnSchema) || schema.format !== "iis") return unreadable("no_schema");
  if (!schema.isComplete) return unreadable("missing_field");
  if (splitAtBlanks(bytes, start, end, schema) < schema.fieldsRequired) return unreadable("field_count");
  const dayAt = schema.startOf(DATE);
  const atMs =
    schema.endOf(DATE) - dayAt === 10 ? schema.instant(bytes, dayAt, schema.startOf(TIME), schema.endOf(TIME)) : NaN;
  if (Number.isNaN(atMs)) return unreadable("time");
  if (isOutOfRange(atMs)) return unreadable("time_out_of_range");
  const status = readNumber(bytes, schema.startOf(STATUS), schema.endOf(STATUS));
  const subStatus = readKnownNumber(bytes, schema.startOf(SUB_STATUS), schema.endOf(SUB_STATUS));
  const win32Status = readKnownNumber(bytes, schema.startOf(WIN32_STATUS), schema.endOf(WIN32_STATUS));
  if (status < 0 || status > 999 || (subStatus ?? 0) < 0 || (win32Status ?? 0) < 0) return unreadable("status");
  const query = readQuery(bytes, schema.startOf(QUERY), schema.endOf(QUERY));
  const userAgentKey = fieldKey(bytes, schema.startOf(AGENT), schema.endOf(AGENT));
  const isBackEnd = isBackEndRow(bytes, schema, log);
  const parts = { bytes, schema, isBackEnd, atMs, status, subStatus, win32Status, query, userAgentKey };
  if (query.isProbe || isNoise({ bytes, schema, noise }, userAgentKey))
    return { kind: "noise", atMs, ...ownProbe(parts) };
  const reason = mayCarryReason(status) ? reasonOf(bytes, schema, reasons) : null;
  return {
    kind: "row",
    row: requestRow({ ...parts, reason }),
  };
}

/**
 * A row of the exporter's own probe is noise, but a front-end row of it shows that a Bearer request has reached the
 * pool's worker process. A back-end row does not.
 */
function ownProbe(parts: Omit<RowParts, "reason">): { readonly worker?: WorkerRow } {
  const { bytes, schema, isBackEnd, atMs } = parts;
  if (isBackEnd || !isOwnProbe(bytes, schema.startOf(AGENT), schema.endOf(AGENT))) return {};
  if (
    isProbeUser(bytes, schema.startOf(USER), schema.endOf(USER)) ||
    isProbePage(bytes, schema.startOf(STEM), schema.endOf(STEM))
  )
    return {};
  const { appPool } = requestRow({ ...parts, reason: null });
  return { worker: { kind: "worker", atMs, appPool, processId: 0 } };
}

interface RowParts {
  readonly bytes: Buffer;
  readonly schema: ColumnSchema;
  readonly isBackEnd: boolean;
  readonly atMs: number;
  readonly status: number;
  readonly subStatus: number | null;
  readonly win32Status: number | null;
  readonly query: QueryFacts;
  readonly userAgentKey: number;
  readonly reason: Reason | null;
}

function requestRow(parts: RowParts): RequestRow {
  const { bytes, schema, isBackEnd, atMs, status, subStatus, win32Status, query, userAgentKey, reason } = parts;
  const url = urlRoute(bytes, schema.startOf(STEM), schema.endOf(STEM));
  const forwardedKey = addressKey(bytes, schema.startOf(FORWARDED_FOR), schema.endOf(FORWARDED_FOR));
  return {
    kind: "request",
    source: isBackEnd ? "iis_back" : "iis_front",
    atMs,
    requestKey: query.requestKey,
    protocol: url.protocol,
    appPool: isBackEnd ? url.backEndPool : url.frontEndPool,
    scheme: reason === null ? "unknown" : "bearer",
    status,
    subStatus,
    win32Status,
    backEndStatus: 0,
    category: reason === null ? null : reason.category,
    isBackEndReason: reason !== null && (reason.isBackEnd || isBackEnd),
    showsReasons: schema.has(DIAGNOSTICS),
    hasUser: schema.has(USER) ? namesUser(bytes, schema.startOf(USER), schema.endOf(USER)) : null,
    takesBearer: takesBearer(url.protocol, bytes, schema.startOf(STEM), schema.endOf(STEM)),
    namesDevice: query.namesDevice,
    ipKey: forwardedKey !== 0 ? forwardedKey : addressKey(bytes, schema.startOf(IP), schema.endOf(IP)),
    userAgentKey,
    idsKey: query.idsKey,
    processId: 0,
    peerServer: "",
  };
}

/**
 * Reads the two custom fields: x-ms-diagnostics gives the reason; X-FailureContext shows whether front end or back end
 * refused, and sometimes the reason.
 */
function reasonOf(bytes: Buffer, schema: ColumnSchema, reasons: ReasonFinder): Reason | null {
  const context = readFailureContext(bytes, schema.startOf(FAILURE_CONTEXT), schema.endOf(FAILURE_CONTEXT));
  const found =
    diagnosticsReason(bytes, schema.startOf(DIAGNOSTICS), schema.endOf(DIAGNOSTICS), reasons) ??
    (context === null ? null : reasons.find(context.text));
  return found === null || context?.isBackEnd !== true ? found : { ...found, isBackEnd: true };
}

/**
 * Port 444 is the back end's site, whatever the site id; 443 and 80 are the front end's. For any other port the folder
 * decides.
 */
function isBackEndRow(bytes: Buffer, schema: ColumnSchema, log: LogKind): boolean {
  const port = readNumber(bytes, schema.startOf(PORT), schema.endOf(PORT));
  if (port === BACK_END_PORT) return true;
  return FRONT_END_PORTS.has(port) ? false : log.isBackEnd;
}

const BACK_END_PORT = 444;
const FRONT_END_PORTS: ReadonlySet<number> = new Set([80, 443]);

/** A row to check for marks of noise. */
interface Suspect {
  readonly bytes: Buffer;
  readonly schema: ColumnSchema;
  readonly noise: NoiseFinder;
}

function isNoise(row: Suspect, userAgentKey: number): boolean {
  const { bytes, schema, noise } = row;
  return (
    isOwnCaller(row) ||
    noise.isAgent(userAgentKey, bytes, schema.startOf(AGENT), schema.endOf(AGENT)) ||
    isProbeUser(bytes, schema.startOf(USER), schema.endOf(USER)) ||
    isProbePage(bytes, schema.startOf(STEM), schema.endOf(STEM))
  );
}

/**
 * True when the caller is the server itself or a configured monitor, unless X-Forwarded-For names another client (a
 * proxy runs on that address).
 */
function isOwnCaller({ bytes, schema, noise }: Suspect): boolean {
  if (!noise.isCaller(bytes, schema.startOf(IP), schema.endOf(IP))) return false;
  const [start, end] = [schema.startOf(FORWARDED_FOR), schema.endOf(FORWARDED_FOR)];
  return isAbsent(bytes, start, end) || noise.isCaller(bytes, start, end);
}
