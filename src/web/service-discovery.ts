import type { ExternalAddress } from "./door/external-address.ts";

/** One group of Prometheus' HTTP service discovery. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface DiscoveryRequest {
  /** The `Host` header if it names this machine: the address under which Prometheus reached the exporter. */
  readonly host: string | undefined;
  /** Address and port of the socket, used if the header is missing, is not an address or names another machine. */
  readonly socketAddress: string;
  readonly isTls: boolean;
  /** If an external URL is configured, targets have its address, whatever the header says. */
  readonly external: ExternalAddress;
  readonly servers: readonly string[];
  /** Path of a server's metrics below the base, not encoded, because Prometheus encodes it. */
  readonly pathOf: (server: string) => string;
}

// Sample: exporter.example.com:10401, 10.0.0.1, [2001:db8::1]:10401
const HOST = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/i;

/** One target per server, all at this exporter's own address, with the server's name. */
export function targetGroups(request: DiscoveryRequest): readonly TargetGroup[] {
  const { address, scheme } = addressOf(request);
  return request.servers.map((server) => ({
    targets: [address],
    labels: {
      instance: server,
      __metrics_path__: `${request.external.base}${request.pathOf(server)}`,
      ...(scheme === null ? {} : { __scheme__: scheme }),
    },
  }));
}

function addressOf({ host, socketAddress, isTls, external }: DiscoveryRequest): {
  readonly address: string;
  readonly scheme: string | null;
} {
  if (external.url === null) return { address: isAddress(host) ? host : socketAddress, scheme: isTls ? "https" : null };
  const { hostname, port, protocol } = new URL(external.url);
  const scheme = protocol.slice(0, -1);
  return { address: `${hostname}:${port === "" ? (scheme === "https" ? 443 : 80) : port}`, scheme };
}

function isAddress(host: string | undefined): host is string {
  const [whole, port = "1"] = HOST.exec(host ?? "") ?? [];
  return whole !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
