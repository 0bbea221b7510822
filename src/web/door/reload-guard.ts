import type { IncomingMessage } from "node:http";
import { BlockList } from "node:net";

/**
 * A reload is taken from a client that authenticated, or from this machine itself: not through a proxy, whose client may be
 * anywhere, and not from a page of another site in a browser here.
 */
export function isReloadAllowed(request: IncomingMessage, isAuthenticated: boolean): boolean {
  const { headers, socket } = request;
  const site = headers["sec-fetch-site"];
  if (headers.origin !== undefined || (site !== undefined && site !== "same-origin" && site !== "none")) return false;
  if (isAuthenticated) return true;
  if (headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined || headers.via !== undefined)
    return false;
  return isLoopback(socket.remoteAddress ?? "");
}

function isLoopback(address: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4");
  loopback.addAddress("::1", "ipv6");
  // Sample: ::ffff:127.0.0.1
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  return loopback.check(plain, plain.includes(":") ? "ipv6" : "ipv4");
}
