import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import { NO_WEB_CONFIG } from "../model/web/web-config.ts";
import type { TlsConfig, WebConfig } from "../model/web/web-config.ts";
import { BasicAuth } from "./passwords/basic-auth.ts";
import { asksForCertificate, isClientAccepted, readSecureContext } from "./tls-settings.ts";

/** Source of the web configuration. */
export interface WebConfigSource {
  /** Reads it; rejects when it has faults. */
  readonly read: () => Promise<WebConfig>;
  /** Called if the configuration, or a certificate, can no longer be read; the previous configuration stays in use. */
  readonly onFault: (error: unknown) => void;
  /** Interval at which it is checked for changes. */
  readonly pollMs: number;
}

/** Limits for a client. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 120_000,
  /** Time limit for a TLS handshake. */
  handshakeTimeout: 10_000,
} as const;

/** The current web configuration, and the server that uses it. */
export class WebSecurity {
  readonly auth = new BasicAuth();
  config: WebConfig = NO_WEB_CONFIG;
  readonly #source: WebConfigSource | null;
  #context: SecureContextOptions | null = null;
  #applied = "";
  #lastFault = "";
  #apply: ((tls: TlsConfig, context: SecureContextOptions) => void) | null = null;

  constructor(source: WebConfigSource | null) {
    this.#source = source;
  }

  get isTls(): boolean {
    return this.#apply !== null;
  }

  /** Whether every accepted client has presented a trusted certificate. */
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
    if (this.#applied !== "" && (config.tls !== null) !== this.isTls)
      throw new Error("Cannot switch TLS on or off: this needs a restart");
    if (this.config.basicAuthUsers.size > 0 && config.basicAuthUsers.size === 0)
      throw new Error(
        "Cannot remove all users: basic_auth_users is empty; the previous users stay, and serving without passwords needs a restart",
      );
    if (config.tls !== null && context !== null) this.#apply?.(config.tls, context);
    this.config = config;
    this.#context = context;
    this.#applied = text;
  }

  /** Reads the files again if they have changed. A fault is logged once, however often it occurs. */
  async refresh(): Promise<void> {
    try {
      await this.load();
      this.#lastFault = "";
    } catch (error) {
      const fault = String(error);
      if (fault !== this.#lastFault) this.#source?.onFault(error);
      this.#lastFault = fault;
    }
  }

  createServer(handle: (request: IncomingMessage, response: ServerResponse) => void): Server {
    const { tls } = this.config;
    if (tls === null || this.#context === null) return createServer(LIMITS, handle);
    const server = createTlsServer(
      {
        ...LIMITS,
        ...this.#context,
        requestCert: asksForCertificate(tls),
        rejectUnauthorized: false,
        ALPNProtocols: ["http/1.1"],
      },
      handle,
    );
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
