import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { parseListenAddress } from "../model/web/listen-address.ts";
import type { ListenAddress } from "../model/web/listen-address.ts";
import { Connections } from "./door/connections.ts";
import { peerOf } from "./door/peer-address.ts";
import type { WebApp } from "./web-app.ts";
import { WebSecurity } from "./web-security.ts";
import type { WebConfigSource } from "./web-security.ts";
import { reasonOf } from "../model/reason-of.ts";

export type { WebConfigSource };

/** Limits for clients, in addition to those of the server. */
const MAX_HEADERS = 100;
const MAX_CONNECTIONS = 512;
/** A client that sends no part of its request for this time is disconnected. */
const IDLE_MS = 60_000;
/** A client that reads no part of its answer for this time is disconnected. */
const UNREAD_MS = 5_000;
/** Maximum time for answers in progress when the listener closes. */
const CLOSE_GRACE_MS = 2_000;

export interface Listener {
  /** Includes the port that the system assigned. */
  readonly url: string;
  readonly port: number;
  /** Checks the web configuration for changes now. */
  readonly refresh: () => Promise<void>;
  /** Stops listening, and waits for answers in progress. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the app at an address such as `:10401` or `127.0.0.1:0`, with the TLS, passwords and headers of the web configuration. Changes of
 * the web configuration are applied without dropping connections. Rejects if the address is invalid or in use, or the configuration is
 * faulty.
 */
export async function listen(app: WebApp, address: string, source: WebConfigSource | null = null): Promise<Listener> {
  const where = parseListenAddress(address);
  if (where === null)
    throw new Error(
      `Cannot listen on "${address}": it is not an address such as ":10401", "127.0.0.1:10401" or "[::1]:10401"`,
    );
  const security = new WebSecurity(source);
  await security.load();
  const server = security.createServer((request, response) => void answer({ app, security, request, response }));
  new Connections(MAX_CONNECTIONS).watch(server);
  server.on("request", dropWhenUnread);
  server.maxHeadersCount = MAX_HEADERS;
  server.setTimeout(IDLE_MS);
  await bind(server, where).catch((cause: unknown) => {
    throw new Error(`Cannot listen on "${address}": ${reasonOf(cause)}`, {
      cause,
    });
  });
  server.on("error", (error) => source?.onFault(error));
  const timer = source === null ? null : setInterval(() => void security.refresh(), source.pollMs);
  timer?.unref();
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : where.port;
  const host = where.host === null ? "localhost" : where.host.includes(":") ? `[${where.host}]` : where.host;
  return {
    url: `${security.isTls ? "https" : "http"}://${host}:${port}`,
    port,
    refresh: () => security.refresh(),
    close: async () => {
      if (timer !== null) clearInterval(timer);
      await closeServer(server);
      await security.auth.close();
    },
  };
}

export interface ListenAddresses {
  readonly addresses: readonly string[];
  readonly source: WebConfigSource | null;
  readonly onListening: (url: string) => void;
}

/** Listens on every address. When one cannot be used, the others are closed before the error is thrown. */
export async function listenOnEach(
  app: WebApp,
  { addresses, source, onListening }: ListenAddresses,
): Promise<Omit<Listener, "port">> {
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  try {
    for (const address of addresses) {
      const listener = await listen(app, address, source);
      listeners.push(listener);
      onListening(listener.url);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [first] = listeners;
  if (first === undefined) throw new Error("Cannot listen: no address is configured");
  const refresh = async (): Promise<void> => {
    await Promise.all(listeners.map((listener) => listener.refresh()));
  };
  return { url: first.url, refresh, close };
}

/** When the answer is ready, the socket's time limit is that for reading it. Node.js sets it again for the next request. */
function dropWhenUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once("prefinish", () => request.socket.setTimeout(UNREAD_MS));
}

function bind(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === null ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

interface HttpCall {
  readonly app: WebApp;
  readonly security: WebSecurity;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Checks the password if one is needed, then calls the app. Never rejects. */
async function answer({ app, security, request, response }: HttpCall): Promise<void> {
  const { headers, basicAuthUsers } = security.config;
  if (basicAuthUsers.size === 0)
    return app(request, response, { isAuthenticated: security.provesClient, isProtected: security.isTls, headers });
  const { authorization } = request.headers;
  const peer = peerOf(request.socket.remoteAddress);
  const verdict = await security.auth.check(basicAuthUsers, { authorization, peer });
  if (verdict === "granted") return app(request, response, { isAuthenticated: true, isProtected: true, headers });
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (verdict === "denied")
    response
      .writeHead(401, {
        "WWW-Authenticate": 'Basic realm="hma-exporter", charset="UTF-8"',
        "Content-Type": "text/plain; charset=utf-8",
      })
      .end("Unauthorized\n");
  else
    response
      .writeHead(503, { "Retry-After": "5", "Content-Type": "text/plain; charset=utf-8" })
      .end("Too many password checks for this client, try again later\n");
}

/** Closes idle connections at once, and those with answers in progress after a grace period. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(timer);
}
