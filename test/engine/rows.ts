import { FRONT_END_POOL } from "../../src/model/app-pool.ts";
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
