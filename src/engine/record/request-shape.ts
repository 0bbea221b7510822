import { SCHEMES } from "../../model/label-values.ts";
import { REQUEST_SOURCES, type RequestRow } from "../../model/row.ts";
import {
  COUNT,
  listOf,
  NUMBER,
  nullOr,
  objectOf,
  oneOf,
  shapeOf,
  TIME,
  TRUTH,
  tupleOf,
  type Shape,
} from "../../model/shape/shape.ts";
import type { StoredRequest } from "../stored-records.ts";
import { APP_POOL, CATEGORY, PLACE, PROTOCOL } from "./server-shape.ts";
import type { PackedRequest, PackedRow, RowHead, StoredRequests } from "./stored-requests.ts";

/** Only what the parsers return: the first label of a host name. Any other text could be anything, even a user name. */
const PEER = shapeOf<string>('a host name or ""', (value) => typeof value === "string" && isPeerName(value));

/** Sample: ex02 */
export function isPeerName(text: string): boolean {
  return /^[a-z0-9_-]{0,63}$/.test(text);
}

const HEAD_FIELDS = {
  source: oneOf(REQUEST_SOURCES),
  protocol: PROTOCOL,
  appPool: APP_POOL,
  scheme: oneOf(SCHEMES),
  status: COUNT,
  subStatus: nullOr(COUNT),
  win32Status: nullOr(COUNT),
  backEndStatus: COUNT,
  category: nullOr(CATEGORY),
  isBackEndReason: TRUTH,
  showsReasons: TRUTH,
  hasUser: nullOr(TRUTH),
  takesBearer: TRUTH,
  namesDevice: TRUTH,
  peerServer: PEER,
};

const ROW = nullOr(tupleOf<PackedRow>(COUNT, TIME, NUMBER, NUMBER, NUMBER, NUMBER, COUNT));

/** Shape of the open requests in the state record. */
export const REQUESTS_SHAPE: Shape<StoredRequests> = objectOf<StoredRequests>({
  heads: listOf(objectOf<RowHead>(HEAD_FIELDS)),
  open: listOf(
    tupleOf<PackedRequest>(NUMBER, COUNT, COUNT, TIME, TIME, nullOr(NUMBER), PLACE, nullOr(PLACE), ROW, ROW, ROW),
  ),
});

/** A check that shapes cannot express: the servers and heads of the open requests must exist. Null when they do. */
export function faultOfRequests({ heads, open }: StoredRequests, servers: number): string | null {
  for (const [at, [, server, , , , , , , ...rows]] of open.entries()) {
    const path = `engine.requests.open[${String(at)}]`;
    if (server >= servers) return `${path}[1]: there are ${String(servers)} servers`;
    if (rows.some((row) => row !== null && row[0] >= heads.length)) return `${path}: there is no such head of a row`;
  }
  return null;
}

const OLD_ROW: Shape<RequestRow> = objectOf<RequestRow>({
  ...HEAD_FIELDS,
  kind: oneOf(["request"]),
  atMs: TIME,
  requestKey: NUMBER,
  ipKey: NUMBER,
  userAgentKey: NUMBER,
  idsKey: NUMBER,
  processId: COUNT,
});

/** Shape of the open requests in records of versions 1 and 2. */
export const OLD_REQUESTS_SHAPE: Shape<StoredRequest[]> = listOf(
  objectOf<StoredRequest>({
    key: NUMBER,
    server: COUNT,
    front: nullOr(OLD_ROW),
    proxy: nullOr(OLD_ROW),
    back: nullOr(OLD_ROW),
    place: PLACE,
    isCounted: TRUTH,
    isAssumed: TRUTH,
    judgeAtMs: TIME,
    forgetAtMs: TIME,
    trackKey: nullOr(NUMBER),
    entryPlace: nullOr(PLACE),
  }),
);
