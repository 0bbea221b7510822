import type { Engine } from "../create-engine.ts";
import type { ServerState } from "../server-state.ts";
import type { Protocol } from "../../model/label-values.ts";
import type { RequestRow } from "../../model/row.ts";
import { isSameServer } from "../../model/snapshot/snapshot-facts.ts";

/** Whether the server has an IIS front-end log, or an HttpProxy log of the protocol. */
export function hasFrontLog(server: ServerState, protocol: Protocol): boolean {
  return server.hasFront || server.proxies.has(protocol);
}

/** Whether the row names another server as its front end, and the front-end logs of that server are read: they show the request. */
export function isPeerLogged({ servers }: Engine, row: RequestRow): boolean {
  return (
    row.peerServer !== "" &&
    servers.some((one) => hasFrontLog(one, row.protocol) && isSameServer(one.name, row.peerServer))
  );
}

/** Whether the server has the other front-end log, so that a second row of this request may come. Live, that log may still appear. */
export function partnerIsThere(
  { options }: Engine,
  server: ServerState,
  row: Pick<RequestRow, "source" | "protocol">,
): boolean {
  if (options.mode === "live") return true;
  return row.source === "iis_front" ? server.proxies.has(row.protocol) : server.hasFront;
}
