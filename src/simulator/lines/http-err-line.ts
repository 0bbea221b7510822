import type { SimulatedServer } from "../farm-server.ts";
import { iisTime } from "./instant-text.ts";

export interface SimulatedHttpError {
  readonly atMs: number;
  readonly clientAddress: string;
  readonly clientPort: number;
  /** Method and URL; null when the connection ended before a request. */
  readonly request: { readonly method: string; readonly url: string } | null;
  /** HTTP status; 0 for none. */
  readonly status: number;
  readonly reason:
    | "Connection_Abandoned_By_ReqQueue"
    | "Timer_ConnectionIdle"
    | "Connection_Dropped"
    | "AppOffline"
    | "Timer_MinBytesPerSecond";
  /** App pool; "" when the connection had none. */
  readonly queue: string;
}

export function httpErrLine(server: SimulatedServer, error: SimulatedHttpError): string {
  const request = error.request === null ? "- - -" : `HTTP/1.1 ${error.request.method} ${error.request.url}`;
  const stream = server.hasStreamId ? " -" : "";
  return (
    `${iisTime(error.atMs)} ${error.clientAddress} ${error.clientPort} ${server.address} 443 ` +
    `${request}${stream} ${error.status === 0 ? "-" : error.status} ` +
    `${error.queue === "" ? "-" : "1"} ${error.reason} ${error.queue === "" ? "-" : error.queue}`
  );
}
