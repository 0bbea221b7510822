import { lookupService } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { TLSSocket } from "node:tls";
import { LRUCache } from "lru-cache";

/** Local addresses whose names are kept. */
const MAX_ADDRESSES = 64;
/** A name of a local address that was not found is looked up again after this time, as DNS may have been away. ms */
const ASK_AGAIN_MS = 60_000;

/** The names and addresses of this machine: its host name, what its resolver calls its addresses, and what is configured. */
export class OwnNames {
  readonly #configured: () => readonly string[];
  readonly #found = new LRUCache<string, string>({ max: MAX_ADDRESSES, ttl: ASK_AGAIN_MS });

  /** `configured`: names besides the machine's own. Asked at each request. */
  constructor(configured: () => readonly string[]) {
    this.#configured = configured;
  }

  /** Whether a name, lower case, is this machine's. `localAddress`: where the connection arrived. */
  async has(name: string, localAddress: string | undefined): Promise<boolean> {
    const own = [hostname(), ...this.#configured()].map((one) => one.toLowerCase());
    return own.includes(name) || name === (await this.#nameOf(localAddress));
  }

  /**
   * Whether a `Host` header leads to this machine: an address of one of its interfaces, a name without a dot, which no stranger has in
   * DNS, a name of its own, or one that the certificate of the connection stands for.
   */
  async leadsHere(host: string | undefined, socket: Socket): Promise<boolean> {
    const name = hostNameOf(host ?? "");
    if (name === null) return false;
    const address = name.replace(/^\[|\]$/g, "");
    if (isIP(address) !== 0) return isLocal(address, socket.localAddress) || isCertified(address, socket);
    return isUndotted(name) || isCertified(name, socket) || (await this.has(name, socket.localAddress));
  }

  /** What the system's resolver calls a local address; empty when it has no name. */
  async #nameOf(localAddress: string | undefined): Promise<string> {
    const address = withoutMapping(localAddress ?? "");
    if (isIP(address) === 0) return "";
    const known = this.#found.get(address);
    if (known !== undefined) return known;
    const name = await lookupService(address, 0).then(
      (found) => found.hostname.toLowerCase(),
      () => "",
    );
    this.#found.set(address, name);
    return name;
  }
}

/** Host header without its port, lower case; null when it is no host. */
export function hostNameOf(host: string): string | null {
  // Sample: Exporter.example.com:10401, [2001:db8::1]:10401
  const [, name] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host) ?? [];
  return name?.toLowerCase().replace(/\.$/, "") ?? null;
}

/** A name without a dot, or below localhost: no name that a stranger could have in DNS. */
export function isUndotted(name: string): boolean {
  return !name.includes(".") || name.endsWith(".localhost");
}

/** An address of this machine's interfaces, in any spelling; the whole of 127.0.0.0/8 is the machine itself. */
function isLocal(address: string, localAddress: string | undefined): boolean {
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address));
  const own = ["::1", ...interfaces, withoutMapping(localAddress ?? "")].map(canonical);
  return address.startsWith("127.") || own.includes(canonical(address));
}

/** Sample: `::ffff:10.0.0.7` is 10.0.0.7 on a socket that takes both. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** The one spelling of an address. Sample: `2001:DB8:0::1` is 2001:db8::1. */
function canonical(address: string): string {
  const plain = address.replace(/%.*$/, "");
  return isIP(plain) === 6 ? new URL(`http://[${plain}]`).hostname : plain;
}

function isCertified(name: string, socket: Socket): boolean {
  const certificate = socket instanceof TLSSocket ? socket.getX509Certificate() : undefined;
  return (isIP(name) === 0 ? certificate?.checkHost(name) : certificate?.checkIP(name)) !== undefined;
}
