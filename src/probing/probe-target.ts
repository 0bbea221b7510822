import type { ProbeProtocol } from "../model/probe/probe.ts";

/** A configured server. The exporter sends requests to no other. */
export interface ProbeTarget {
  /** Name of the server in metrics, pages and `X-FEServer`. */
  readonly name: string;
  /** Address to connect to. */
  readonly host: string;
  readonly port: number;
  /** Public name: Host, server name of TLS, audience of the token. */
  readonly namespace: string;
  /** Public name of Autodiscover, if it is a different one. */
  readonly autodiscoverNamespace: string;
}

/** The public name that requests of a protocol use. */
export function namespaceOf(target: ProbeTarget, protocol: ProbeProtocol): string {
  return protocol === "autodiscover" ? target.autodiscoverNamespace : target.namespace;
}
