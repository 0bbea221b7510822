/** Address on which a server listens. `host` is null for all interfaces. */
export interface ListenAddress {
  readonly host: string | null;
  /** 0 lets the system choose a free port. */
  readonly port: number;
}

/** Parses `--web.listen-address`; null when the text is not an address. Samples: `:10401`, `127.0.0.1:0`, `[::1]:9`. */
export function parseListenAddress(text: string): ListenAddress | null {
  // Sample: [2001:db8::1]:10401
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([A-Za-z0-9._-]*)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const port = Number(match[3]);
  const host = match[1] ?? match[2] ?? "";
  return port > 65_535 ? null : { host: host === "" ? null : host, port };
}
