/** Where the exporter is reached from outside, behind a reverse proxy or not. */
export interface ExternalAddress {
  /** Such as `https://monitoring.example.com/hma`, without a final slash; null when it is not configured. */
  readonly url: string | null;
  /** Path below which the exporter itself serves: empty, or such as `/hma`. */
  readonly routePrefix: string;
  /** Path below which clients see it, for links. */
  readonly base: string;
}

export const NO_EXTERNAL_ADDRESS: ExternalAddress = { url: null, routePrefix: "", base: "" };

/**
 * The address of the keys `web.externalUrl` and `web.routePrefix`, as Prometheus understands its flags of these names: without a route
 * prefix, the path of the external URL is it; a proxy that takes the path away asks for the prefix `/`.
 */
export function externalAddress(externalUrl: string | null, routePrefix: string | null): ExternalAddress {
  const url = externalUrl === null ? null : externalUrl.replace(/\/+$/, "");
  const path = url === null ? null : new URL(url).pathname.replace(/\/+$/, "");
  const prefix = routePrefix === null ? (path ?? "") : routePrefix.replace(/\/+$/, "");
  return { url, routePrefix: prefix, base: path ?? prefix };
}
