import { mapped } from "../../model/lists/mapped.ts";
import type { RequestRow, RowPosition } from "../../model/row.ts";
import type { OpenRequest } from "../requests/open-request.ts";

/** The fields that many rows share: all except time, ids and process. */
export type RowHead = Omit<
  RequestRow,
  "kind" | "atMs" | "requestKey" | "ipKey" | "userAgentKey" | "idsKey" | "processId"
>;

/** Index of its head, then `atMs`, `requestKey`, `ipKey`, `userAgentKey`, `idsKey` and `processId`. */
export type PackedRow = readonly [number, number, number, number, number, number, number];

/** An open request in the state record. There can be hundreds of thousands, so each is a list, not an object. */
export type PackedRequest = readonly [
  key: number,
  /** Index of its server. */
  server: number,
  /** Bit 0: `isCounted`. Bit 1: `usesAlias`. */
  flags: number,
  judgeAtMs: number,
  forgetAtMs: number,
  clientKey: number | null,
  position: RowPosition,
  attemptPosition: RowPosition | null,
  iis: PackedRow | null,
  httpProxy: PackedRow | null,
  backEnd: PackedRow | null,
];

/** The open requests in the state record. `heads`: each combination of shared fields once. */
export interface StoredRequests {
  readonly heads: readonly RowHead[];
  readonly open: readonly PackedRequest[];
}

const COUNTED = 1;
const ASSUMED = 2;

/** `StoredRequests` that are packed while they are read. `heads` are complete when all of `open` was read. */
export interface StreamedRequests {
  readonly open: Iterable<PackedRequest>;
  readonly heads: Iterable<RowHead>;
}

/**
 * `isServer`: whether a name is that of a server of the farm. Any other name is not stored: in a row with shifted columns it may be a
 * user name.
 */
export function packRequests(requests: Iterable<OpenRequest>, isServer: (name: string) => boolean): StoredRequests {
  const { open, heads } = streamRequests(requests, isServer);
  // In this order: the heads are known when all requests are packed.
  const packed = [...open];
  return { heads: [...heads], open: packed };
}

/** Like `packRequests()`, one by one while the result is read, which is allowed once. */
export function streamRequests(requests: Iterable<OpenRequest>, isServer: (name: string) => boolean): StreamedRequests {
  const heads: RowHead[] = [];
  const indexOf = new Map<string, number>();
  const pack = (row: RequestRow | null): PackedRow | null => {
    if (row === null) return null;
    const { kind: _, atMs, requestKey, ipKey, userAgentKey, idsKey, processId, ...rest } = row;
    const head = isServer(rest.peerServer) ? rest : { ...rest, peerServer: "" };
    const text = textOf(head);
    const index = indexOf.get(text) ?? heads.push(head) - 1;
    indexOf.set(text, index);
    return [index, atMs, requestKey, ipKey, userAgentKey, idsKey, processId];
  };
  const packed = (one: OpenRequest): PackedRequest => [
    one.key,
    one.server,
    (one.isCounted ? COUNTED : 0) + (one.usesAlias ? ASSUMED : 0),
    one.judgeAtMs,
    one.forgetAtMs,
    one.clientKey,
    one.position,
    one.attemptPosition,
    pack(one.iis),
    pack(one.httpProxy),
    pack(one.backEnd),
  ];
  return { open: mapped(requests, packed), heads };
}

/** Returns the requests, oldest first. A row whose head is missing becomes null. */
export function unpackRequests({ heads, open }: StoredRequests): OpenRequest[] {
  const unpack = (row: PackedRow | null): RequestRow | null => {
    const head = row === null ? undefined : heads[row[0]];
    if (row === null || head === undefined) return null;
    const [, atMs, requestKey, ipKey, userAgentKey, idsKey, processId] = row;
    return { kind: "request", ...head, atMs, requestKey, ipKey, userAgentKey, idsKey, processId };
  };
  return open.map(
    ([key, server, flags, judgeAtMs, forgetAtMs, clientKey, position, attemptPosition, iis, httpProxy, backEnd]) => ({
      key,
      server,
      iis: unpack(iis),
      httpProxy: unpack(httpProxy),
      backEnd: unpack(backEnd),
      position,
      isJudged: (flags & COUNTED) !== 0,
      isCounted: (flags & COUNTED) !== 0,
      usesAlias: (flags & ASSUMED) !== 0,
      judgeAtMs,
      forgetAtMs,
      clientKey,
      attemptPosition,
    }),
  );
}

/** All fields of a head as one text, to find equal heads. */
function textOf(head: RowHead): string {
  const { source, protocol, appPool, scheme, status, subStatus, win32Status, backEndStatus, category } = head;
  const { isBackEndReason, showsReasons, hasUser, takesBearer, namesDevice, peerServer } = head;
  return (
    `${source} ${protocol} ${appPool} ${scheme} ${status} ${subStatus} ${win32Status} ${backEndStatus} ${category} ` +
    `${isBackEndReason} ${showsReasons} ${hasUser} ${takesBearer} ${namesDevice} ${peerServer}`
  );
}
