import type { RequestRow, RowPosition } from "../../model/row.ts";
import type { OpenRequest } from "../requests/request-table.ts";

/** What many rows have in common: all but their time, their ids and their process. */
export type RowHead = Omit<
  RequestRow,
  "kind" | "atMs" | "requestKey" | "ipKey" | "userAgentKey" | "idsKey" | "processId"
>;

/** Index of its head, then `atMs`, `requestKey`, `ipKey`, `userAgentKey`, `idsKey` and `processId`. */
export type PackedRow = readonly [number, number, number, number, number, number, number];

/** A request of the join as its state file holds it: there can be hundreds of thousands, so each is a list. */
export type PackedRequest = readonly [
  key: number,
  /** Index of its server. */
  server: number,
  /** Bit 0: it is counted. Bit 1: its client is an assumed one. */
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

export interface StoredRequests {
  readonly heads: readonly RowHead[];
  readonly open: readonly PackedRequest[];
}

const COUNTED = 1;
const ASSUMED = 2;

/** `isServer` says whether a name is that of a server of the farm: any other may be anything, as a row out of step has a user there. */
export function packRequests(requests: Iterable<OpenRequest>, isServer: (name: string) => boolean): StoredRequests {
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
  const open = [...requests].map((one): PackedRequest => [
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
  ]);
  return { heads, open };
}

/** The requests, oldest first. A row whose head is missing is none. */
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

/** Tells heads apart: every field, in one order. */
function textOf(head: RowHead): string {
  const { source, protocol, appPool, scheme, status, subStatus, win32Status, backEndStatus, category } = head;
  const { isBackEndReason, showsReasons, hasUser, takesBearer, namesDevice, peerServer } = head;
  return (
    `${source} ${protocol} ${appPool} ${scheme} ${status} ${subStatus} ${win32Status} ${backEndStatus} ${category} ` +
    `${isBackEndReason} ${showsReasons} ${hasUser} ${takesBearer} ${namesDevice} ${peerServer}`
  );
}
