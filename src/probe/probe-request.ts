import type { ProbeProtocol } from "../model/probe/probe.ts";

/** The request that is sent to a virtual directory. */
export interface ProbeRequest {
  readonly method: "GET" | "POST" | "OPTIONS";
  readonly path: string;
}

/**
 * Requests that reach the OAuth module and execute nothing. `OPTIONS` of ActiveSync creates no device partnership; the request to MAPI is
 * empty. `DeviceId`, `MailboxId` and SOAP are not needed, because the module runs before any handler.
 */
export const PROBE_REQUESTS: Readonly<Record<ProbeProtocol, ProbeRequest>> = {
  ews: { method: "GET", path: "/EWS/Exchange.asmx" },
  mapi: { method: "POST", path: "/mapi/emsmdb/" },
  autodiscover: { method: "GET", path: "/autodiscover/autodiscover.xml" },
  eas: { method: "OPTIONS", path: "/Microsoft-Server-ActiveSync" },
  oab: { method: "GET", path: "/OAB/" },
  rest: { method: "GET", path: "/api/v2.0/me" },
  owa: { method: "GET", path: "/owa/" },
  ecp: { method: "GET", path: "/ecp/" },
};

/** Name and version in the `User-Agent` of every probe, by which administrators and the noise filter recognise its log rows. */
export const PROBE_AGENT_PREFIX = "hma-exporter/";
export const PROBE_AGENT_MARK = " (probe)";

export function probeAgent(version: string): string {
  return `${PROBE_AGENT_PREFIX}${version}${PROBE_AGENT_MARK}`;
}
