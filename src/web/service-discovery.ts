/** One group of Prometheus' HTTP service discovery. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface DiscoveryRequest {
  /** The `Host` header: the address under which Prometheus reached this exporter. */
  readonly host: string | undefined;
  /** Address and port of the socket, for when the header is missing or no address. */
  readonly socketAddress: string;
  readonly isTls: boolean;
  readonly servers: readonly string[];
  /** Path of a server's metrics. */
  readonly pathOf: (server: string) => string;
}

// Sample: exporter.example.com:10401, 10.0.0.1, [2001:db8::1]:10401
const HOST = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** A target per server, each at this exporter's own address under the server's name. */
export function targetGroups(request: DiscoveryRequest): readonly TargetGroup[] {
  const address = request.host !== undefined && HOST.test(request.host) ? request.host : request.socketAddress;
  return request.servers.map((server) => ({
    targets: [address],
    labels: {
      instance: server,
      __metrics_path__: request.pathOf(server),
      ...(request.isTls ? { __scheme__: "https" } : {}),
    },
  }));
}
