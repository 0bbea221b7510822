import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { hostNameOf, isUndotted, type OwnNames } from "./own-names.ts";

/**
 * Tells the names of this machine from those of strangers. A page of another site can have its own name resolve to this machine's
 * address (DNS rebinding), and its script would read what is answered; the browser sends that name as Host.
 */
export class HostGuard {
  readonly #names: OwnNames;

  constructor(names: OwnNames) {
    this.#names = names;
  }

  /** Whether a request may be answered: it comes from no browser, or asks for this machine by an address or a name of its own. */
  async accepts(headers: IncomingHttpHeaders, localAddress: string | undefined): Promise<boolean> {
    if (!isFromBrowser(headers)) return true;
    const name = hostNameOf(headers.host ?? "");
    if (name === null) return false;
    // No stranger's name resolves to what is no name.
    if (name.startsWith("[") || isIP(name) !== 0 || isUndotted(name)) return true;
    return this.#names.has(name, localAddress);
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
