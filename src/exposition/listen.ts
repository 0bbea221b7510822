import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import { parseListenAddress } from "../model/listen-address.ts";
import type { ListenAddress } from "../model/listen-address.ts";
import { NO_WEB_CONFIG } from "../model/web-config.ts";
import type { TlsConfig, WebConfig } from "../model/web-config.ts";
import { BasicAuth } from "./basic-auth.ts";
import { asksForCertificate, isClientAccepted, readSecureContext } from "./tls-settings.ts";
import type { WebApp } from "./web-app.ts";

/** Bounds of what a client may cost. */
const LIMITS = {
  maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000, keepAliveTimeout: 120_000,
} as const;
const MOST_HEADERS = 100;
const MOST_CONNECTIONS = 512;
/** A client that neither reads nor writes for so long during a request is let go. */
const IDLE_MS = 60_000;
/** How long answers under way may take when the listener closes. */
const CLOSE_GRACE_MS = 2_000;

/** Where the web configuration comes from. */
export interface WebConfigSource {
  /** Reads it; rejects when it has faults. */
  readonly read: () => Promise<WebConfig>;
  /** Told when it, or a certificate, cannot be read any more; what was in force stays so. */
  readonly onFault: (error: unknown) => void;
  /** Time between two looks at it. */
  readonly pollMs: number;
}

export interface Listener {
  /** With the port that the system gave. */
  readonly url: string;
  readonly port: number;
  /** Looks at the web configuration now. */
  readonly refresh: () => Promise<void>;
  /** Stops listening, and waits for the answers under way. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the app at an address such as `:10401` or `127.0.0.1:0`, with the TLS, passwords and headers of the web configuration,
 * which is read again as it changes: connections go on. Rejects when the address is none or taken, or the configuration faulty.
 */
export async function listen(app: WebApp, address: string, source: WebConfigSource | null = null): Promise<Listener> {
  const where = parseListenAddress(address);
  if (where === null) throw new Error(`Cannot listen on "${address}": it is no address such as ":10401", "127.0.0.1:10401" or "[::1]:10401"`);
  const security = new Security(source);
  await security.load();
  const server = security.createServer((request, response) => void answer({ app, security, request, response }));
  server.maxConnections = MOST_CONNECTIONS;
  server.maxHeadersCount = MOST_HEADERS;
  server.setTimeout(IDLE_MS);
  await bind(server, where).catch((cause: unknown) => {
    throw new Error(`Cannot listen on "${address}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
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
    },
  };
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

interface Exchange {
  readonly app: WebApp;
  readonly security: Security;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Asks for the password where one is needed, then hands on to the app. Never rejects. */
async function answer({ app, security, request, response }: Exchange): Promise<void> {
  const { headers, basicAuthUsers } = security.config;
  if (basicAuthUsers.size === 0) return app(request, response, { isAuthenticated: security.provesClient, headers });
  const verdict = await security.auth.check(basicAuthUsers, request.headers.authorization);
  if (verdict === "granted") return app(request, response, { isAuthenticated: true, headers });
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (verdict === "denied") response.writeHead(401, { "WWW-Authenticate": 'Basic realm="hma-exporter", charset="UTF-8"', "Content-Type": "text/plain; charset=utf-8" }).end("Unauthorized\n");
  else response.writeHead(503, { "Retry-After": "5", "Content-Type": "text/plain; charset=utf-8" }).end("Too many passwords to check at once, try again later\n");
}

/** The web configuration in force, and the server that it is applied to. */
class Security {
  readonly auth = new BasicAuth();
  config: WebConfig = NO_WEB_CONFIG;
  readonly #source: WebConfigSource | null;
  #context: SecureContextOptions | null = null;
  #applied = "";
  #apply: ((tls: TlsConfig, context: SecureContextOptions) => void) | null = null;

  constructor(source: WebConfigSource | null) {
    this.#source = source;
  }

  get isTls(): boolean {
    return this.#apply !== null;
  }

  /** Every client that gets through has shown a certificate that we trust. */
  get provesClient(): boolean {
    return this.isTls && this.config.tls?.clientAuthType === "RequireAndVerifyClientCert";
  }

  /** Reads the configuration and its certificates. Rejects when they cannot be used. */
  async load(): Promise<void> {
    if (this.#source === null) return;
    const config = await this.#source.read();
    const context = config.tls === null ? null : await readSecureContext(config.tls);
    const text = JSON.stringify([config.tls, config.headers, [...config.basicAuthUsers], context]);
    if (text === this.#applied) return;
    if (context !== null) createSecureContext(context);
    if (this.#applied !== "" && (config.tls !== null) !== this.isTls) throw new Error("Cannot switch TLS on or off: that takes a restart");
    if (config.tls !== null && context !== null) this.#apply?.(config.tls, context);
    this.config = config;
    this.#context = context;
    this.#applied = text;
  }

  async refresh(): Promise<void> {
    try {
      await this.load();
    } catch (error) {
      this.#source?.onFault(error);
    }
  }

  createServer(handle: (request: IncomingMessage, response: ServerResponse) => void): Server {
    const { tls } = this.config;
    if (tls === null || this.#context === null) return createServer(LIMITS, handle);
    const server = createTlsServer({ ...LIMITS, ...this.#context, requestCert: asksForCertificate(tls), rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }, handle);
    this.#apply = (next, context) => {
      server.setSecureContext(context);
      Object.assign(server, { requestCert: asksForCertificate(next) });
    };
    server.prependListener("secureConnection", (socket) => {
      if (this.config.tls !== null && !isClientAccepted(socket, this.config.tls)) socket.destroy();
    });
    return server;
  }
}

/** Idle connections end at once, answers under way have a grace. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(timer);
}
