import { FRONT_END_POOL } from "../../src/model/app-pool.ts";
import type { OpenRequest } from "../../src/engine/requests/open-request.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "../../src/engine/requests/waiting-times.ts";
import type { RequestRow } from "../../src/model/row.ts";
import { textKeyOf } from "../../src/model/text-key.ts";

/** Sunday, 22 November 2026, 08:00 UTC. */
export const T0 = Date.UTC(2026, 10, 22, 8, 0, 0);

export interface RowSketch extends Partial<Omit<RequestRow, "kind">> {
  readonly client?: string;
  readonly id?: string;
}

/** A row as read from its log: IIS in whole seconds and without a scheme, HttpProxy with one. */
export function requestRow(source: RequestRow["source"], atMs: number, sketch: RowSketch = {}): RequestRow {
  const { client = "a", id = "", ...rest } = sketch;
  const isIis = source === "iis_front" || source === "iis_back";
  const protocol = rest.protocol ?? "ews";
  return {
    kind: "request",
    source,
    atMs: isIis ? Math.floor(atMs / 1000) * 1000 : atMs,
    requestKey: id === "" ? 0 : textKeyOf(id),
    protocol,
    appPool: FRONT_END_POOL[protocol],
    scheme: isIis ? "unknown" : "bearer",
    status: 200,
    subStatus: isIis ? 0 : null,
    win32Status: isIis ? 0 : null,
    backEndStatus: 0,
    category: null,
    isBackEndReason: false,
    showsReasons: !isIis,
    hasUser: false,
    takesBearer: protocol !== "rpc_http" && protocol !== "powershell",
    namesDevice: false,
    ipKey: textKeyOf(`192.0.2.${client}`),
    userAgentKey: textKeyOf("Outlook"),
    idsKey: 0,
    processId: 0,
    peerServer: "",
    ...rest,
  };
}

/** A request that is not judged yet. `iis`: its row, if one is known. */
export function openRequest(key: number, arrivedAtMs: number, iis: RequestRow | null = null): OpenRequest {
  return {
    key,
    server: 0,
    iis,
    httpProxy: null,
    backEnd: null,
    position: { fileKey: 1, offset: key },
    isJudged: false,
    isCounted: false,
    usesAlias: false,
    judgeAtMs: arrivedAtMs + JUDGE_AFTER_MS,
    forgetAtMs: arrivedAtMs + FORGET_AFTER_MS,
    clientKey: null,
    attemptPosition: null,
  };
}
