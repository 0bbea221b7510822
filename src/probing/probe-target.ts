import type { ProbeProtocol } from "../model/probe/probe.ts";

/** A configured server: the only thing that is ever asked. */
export interface ProbeTarget {
  /** Name by which metrics, pages and `X-FEServer` know it. */
  readonly name: string;
  /** Where to connect to. */
  readonly host: string;
  readonly port: number;
  /** Public name: Host, server name of TLS, audience of the token. */
  readonly namespace: string;
  /** Public name of Autodiscover, where it is another one. */
  readonly autodiscoverNamespace: string;
}

/** The public name under which a protocol is asked. */
export function namespaceOf(target: ProbeTarget, protocol: ProbeProtocol): string {
  return protocol === "autodiscover" ? target.autodiscoverNamespace : target.namespace;
}
