import { APP_POOLS, type AppPool } from "../../model/app-pool.ts";
import { PROTOCOLS, type Protocol } from "../../model/label-values.ts";
import type { FullRowColumns } from "../../model/row-scanner.ts";
import type { RequestRow, RowPosition } from "../../model/row.ts";
import type { OpenRequest } from "./open-request.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "./waiting-times.ts";

/** Columns of a record that `SettledRequests` needs. A record without a request has the key 0. */
export const KEY = 0;
export const SERVER = 1;
/** The engine's clock when the row arrived, Unix ms. */
export const ARRIVED_AT = 2;
/** The other columns. An absent status is -1; no client key: no client has the request's attempt. */
const FILE_KEY = 3;
const OFFSET = 4;
const CLIENT_KEY = 5;
const AT = 6;
const STATUS = 7;
const SUB_STATUS = 8;
const WIN32_STATUS = 9;
const IP_KEY = 10;
const USER_AGENT_KEY = 11;
const IDS_KEY = 12;
const CODE = 13;
const PROTOCOL_INDEX = new Map<Protocol, number>(PROTOCOLS.map((name, index) => [name, index]));
const POOL_INDEX = new Map<AppPool, number>(APP_POOLS.map((name, index) => [name, index]));
const FLAGS = 32;

/** True when a record can hold the request: it was counted, and one row of IIS without a reason is all that is known of it. */
export function fitsRecord({ key, iis, httpProxy, backEnd, isCounted, usesAlias }: OpenRequest): boolean {
  if (key <= 0 || iis === null || httpProxy !== null || backEnd !== null || !isCounted || usesAlias) return false;
  return (
    iis.source === "iis_front" &&
    iis.requestKey === key &&
    iis.scheme === "unknown" &&
    iis.category === null &&
    !iis.isBackEndReason &&
    iis.backEndStatus === 0 &&
    iis.processId === 0 &&
    iis.peerServer === ""
  );
}

/** Writes a request that `fitsRecord()` accepts into the record at index `at`. */
export function writeRecord(
  records: Float64Array,
  at: number,
  { key, server, iis, position, judgeAtMs, clientKey }: OpenRequest,
): void {
  if (iis === null) return;
  records[at + KEY] = key;
  records[at + SERVER] = server;
  records[at + ARRIVED_AT] = judgeAtMs - JUDGE_AFTER_MS;
  records[at + FILE_KEY] = position.fileKey;
  records[at + OFFSET] = position.offset;
  records[at + CLIENT_KEY] = clientKey ?? 0;
  records[at + AT] = iis.atMs;
  records[at + STATUS] = iis.status;
  records[at + SUB_STATUS] = iis.subStatus ?? -1;
  records[at + WIN32_STATUS] = iis.win32Status ?? -1;
  records[at + IP_KEY] = iis.ipKey;
  records[at + USER_AGENT_KEY] = iis.userAgentKey;
  records[at + IDS_KEY] = iis.idsKey;
  records[at + CODE] = codeOf(iis);
}

/** What a row's columns do not have of its record. `ipKey`: key of the address; `clientKey`: 0 when no client has the request's attempt. */
export interface SettledAbout {
  readonly server: number;
  readonly atMs: number;
  readonly position: RowPosition;
  readonly ipKey: number;
  readonly code: number;
  readonly clientKey: number;
}

/** Writes the record of a request whose row is in columns: what `writeRecord()` writes for the request in history. */
export function writeColumns(
  record: Float64Array,
  { columns, index }: { readonly columns: FullRowColumns; readonly index: number },
  { server, atMs, position, ipKey, code, clientKey }: SettledAbout,
): void {
  record[KEY] = columns.requestKeys[index] ?? 0;
  record[SERVER] = server;
  record[ARRIVED_AT] = atMs;
  record[FILE_KEY] = position.fileKey;
  record[OFFSET] = position.offset;
  record[CLIENT_KEY] = clientKey;
  record[AT] = atMs;
  record[STATUS] = columns.statuses[index] ?? 0;
  record[SUB_STATUS] = columns.subStatuses[index] ?? -1;
  record[WIN32_STATUS] = columns.win32Statuses[index] ?? -1;
  record[IP_KEY] = ipKey;
  record[USER_AGENT_KEY] = columns.userAgentKeys[index] ?? 0;
  record[IDS_KEY] = columns.idsKeys[index] ?? 0;
  record[CODE] = code;
}

/** The request in the record at index `at`. */
export function readRecord(records: Float64Array, at: number): OpenRequest {
  const number = (column: number): number => records[at + column] ?? 0;
  const position = { fileKey: number(FILE_KEY), offset: number(OFFSET) };
  const hasAttempt = number(CLIENT_KEY) !== 0;
  return {
    key: number(KEY),
    server: number(SERVER),
    iis: rowOf(number),
    httpProxy: null,
    backEnd: null,
    position,
    isJudged: true,
    isCounted: true,
    usesAlias: false,
    judgeAtMs: number(ARRIVED_AT) + JUDGE_AFTER_MS,
    forgetAtMs: number(ARRIVED_AT) + FORGET_AFTER_MS,
    clientKey: hasAttempt ? number(CLIENT_KEY) : null,
    attemptPosition: hasAttempt ? position : null,
  };
}

function rowOf(number: (column: number) => number): RequestRow {
  return {
    kind: "request",
    source: "iis_front",
    atMs: number(AT),
    requestKey: number(KEY),
    scheme: "unknown",
    status: number(STATUS),
    subStatus: number(SUB_STATUS) < 0 ? null : number(SUB_STATUS),
    win32Status: number(WIN32_STATUS) < 0 ? null : number(WIN32_STATUS),
    backEndStatus: 0,
    category: null,
    isBackEndReason: false,
    ipKey: number(IP_KEY),
    userAgentKey: number(USER_AGENT_KEY),
    idsKey: number(IDS_KEY),
    processId: 0,
    peerServer: "",
    ...fieldsOf(number(CODE)),
  };
}

type CodedFields = Pick<
  RequestRow,
  "protocol" | "appPool" | "showsReasons" | "hasUser" | "takesBearer" | "namesDevice"
>;

/** The fields that have few values, as one number. */
export function codeOf({ protocol, appPool, showsReasons, hasUser, takesBearer, namesDevice }: CodedFields): number {
  const flags =
    (showsReasons ? 1 : 0) + (takesBearer ? 2 : 0) + (namesDevice ? 4 : 0) + (hasUser === null ? 8 : hasUser ? 16 : 0);
  return ((PROTOCOL_INDEX.get(protocol) ?? 0) * APP_POOLS.length + (POOL_INDEX.get(appPool) ?? 0)) * FLAGS + flags;
}

function fieldsOf(code: number): CodedFields {
  const names = Math.floor(code / FLAGS);
  return {
    protocol: PROTOCOLS[Math.floor(names / APP_POOLS.length)] ?? "other",
    appPool: APP_POOLS[names % APP_POOLS.length] ?? "other",
    showsReasons: (code & 1) !== 0,
    takesBearer: (code & 2) !== 0,
    namesDevice: (code & 4) !== 0,
    hasUser: (code & 8) !== 0 ? null : (code & 16) !== 0,
  };
}
