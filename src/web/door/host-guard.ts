import type { IncomingHttpHeaders } from "node:http";
import { hostname } from "node:os";
import { isIP } from "node:net";
import { lookupService } from "node:dns/promises";
import { LRUCache } from "lru-cache";

/** Local addresses whose names are kept. */
const MAX_ADDRESSES = 64;
/** A name of a local address that was not found is looked up again after this time, as DNS may have been away. ms */
const ASK_AGAIN_MS = 60_000;

/**
 * Tells the names of this machine from those of strangers. A page of another site can have its own name resolve to this machine's
 * address (DNS rebinding), and its script would read what is answered; the browser sends that name as Host.
 */
export class HostGuard {
  readonly #names: () => readonly string[];
  readonly #found = new LRUCache<string, string>({ max: MAX_ADDRESSES, ttl: ASK_AGAIN_MS });

  /** `names`: what is configured besides the machine's own names. */
  constructor(names: () => readonly string[]) {
    this.#names = names;
  }

  /** Whether a request may be answered: it comes from no browser, or asks for this machine by an address or a name of its own. */
  async accepts(headers: IncomingHttpHeaders, localAddress: string | undefined): Promise<boolean> {
    if (!isFromBrowser(headers)) return true;
    const name = hostNameOf(headers.host ?? "");
    if (name === null || isPlain(name)) return name !== null;
    const own = [hostname(), ...this.#names()].map((one) => one.toLowerCase());
    return own.includes(name) || name === (await this.#nameOf(localAddress));
  }

  /** What the system's resolver calls a local address; empty when it has no name. */
  async #nameOf(address: string | undefined): Promise<string> {
    const plain = (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
    if (isIP(plain) === 0) return "";
    const known = this.#found.get(plain);
    if (known !== undefined) return known;
    const name = await lookupService(plain, 0).then(
      (found) => found.hostname.toLowerCase(),
      () => "",
    );
    this.#found.set(plain, name);
    return name;
  }
}

/** Headers that every browser sends with what a page asks for, and neither Prometheus nor curl does. */
function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  return (
    headers["accept-language"] !== undefined ||
    headers["sec-fetch-site"] !== undefined ||
    headers.origin !== undefined ||
    headers.referer !== undefined ||
    (headers["user-agent"] ?? "").startsWith("Mozilla/")
  );
}

/** Host header without its port, lower case; null when it is no host. */
function hostNameOf(host: string): string | null {
  // Sample: Exporter.example.com:10401, [2001:db8::1]:10401
  const [, name] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host) ?? [];
  return name?.toLowerCase().replace(/\.$/, "") ?? null;
}

/** An address, a name without a dot, or localhost: no name that a stranger could have in DNS. */
function isPlain(name: string): boolean {
  return name.startsWith("[") || isIP(name) !== 0 || !name.includes(".") || name.endsWith(".localhost");
}
