import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { ExternalAddress } from "./external-address.ts";

/** What clients on this machine send: curl, wget, PowerShell, fetch of Node.js. A proxy, or a page in a browser, sends others. */
const LOCAL_HEADERS: readonly string[] = [
  "accept",
  "accept-encoding",
  "accept-language",
  "authorization",
  "cache-control",
  "connection",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "pragma",
  "sec-fetch-mode",
  "transfer-encoding",
  "user-agent",
];

export interface ReloadSender {
  readonly isAuthenticated: boolean;
  /** With an external URL or a route prefix a reverse proxy stands before the exporter. */
  readonly external: ExternalAddress;
}

/**
 * A reload is taken from a client that authenticated, or from this machine itself: not through a proxy, whose client may be anywhere,
 * and not from a page of another site in a browser here. A proxy is recognised by the configuration, by a header that no client here
 * sends, by HTTP/1.0 (nginx unless configured otherwise), and by a Host that is not this listener's loopback address.
 */
export function isReloadAllowed(request: IncomingMessage, { isAuthenticated, external }: ReloadSender): boolean {
  const { headers, socket } = request;
  const site = headers["sec-fetch-site"];
  if (headers.origin !== undefined || (site !== undefined && site !== "same-origin" && site !== "none")) return false;
  if (isAuthenticated) return true;
  if (external.url !== null || external.routePrefix !== "" || request.httpVersion === "1.0") return false;
  if (Object.keys(headers).some((name) => !LOCAL_HEADERS.includes(name))) return false;
  return isLoopback(socket.remoteAddress ?? "") && isOwnLoopback(headers.host ?? "", socket.localPort ?? 0);
}

/** Whether a Host header names this machine's loopback and the port of the listener. Sample: `localhost:10401`. */
function isOwnLoopback(host: string, localPort: number): boolean {
  const [, name = "", port = "80"] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(host) ?? [];
  return Number(port) === localPort && (name.toLowerCase() === "localhost" || isLoopback(name.replace(/^\[|\]$/g, "")));
}

function isLoopback(address: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4");
  loopback.addAddress("::1", "ipv6");
  // Sample: ::ffff:127.0.0.1
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  return isIP(plain) !== 0 && loopback.check(plain, plain.includes(":") ? "ipv6" : "ipv4");
}
