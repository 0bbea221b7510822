import { Agent } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import type { ProbePhase } from "../model/probe/probe.ts";
import { CertificateRefused, type AskPhase } from "./ask-error.ts";
import type { ProbeTarget } from "./probe-target.ts";

export interface ConnectionOptions {
  readonly target: ProbeTarget;
  /** Server name of TLS, which the certificate must prove before anything is sent. */
  readonly namespace: string;
  /** The trusted certificates. */
  readonly trust: SecureContext;
}

/**
 * A connection to one server under one public name. The requests of a run share it as long as the server keeps it open, because a handshake
 * costs more than everything else in a probe. Closed by `destroy()`.
 */
export class KeptConnection extends Agent {
  readonly #options: ConnectionOptions;
  #socket: TLSSocket | null = null;
  /** Times of the connection in use. */
  readonly seconds: Partial<Record<Exclude<ProbePhase, "processing">, number>> = {};
  tlsNotAfterMs: number | null = null;
  /** Current phase of the connection. */
  phase: AskPhase = "connect";

  constructor(options: ConnectionOptions) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#options = options;
  }

  /** Called for a request if no connection is open. */
  override createConnection(_options: unknown, done?: (error: Error | null, socket: Duplex) => void): undefined {
    this.phase = "connect";
    delete this.seconds.connect;
    delete this.seconds.tls;
    this.tlsNotAfterMs = null;
    const socket = this.#open((error) => done?.(error, socket));
    this.#socket = socket;
  }

  /** Closes the connection in any phase. */
  drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  /**
   * Node.js returns no certificate of a connection that it refused itself, but the date of an expired one must be shown. So the result of
   * the verification is checked here, before anything is sent, and an unauthorised connection is closed.
   */
  #open(done: (error: Error | null) => void): TLSSocket {
    const { target, namespace, trust } = this.#options;
    const startedAt = performance.now();
    let connectedAt = startedAt;
    const socket = connect({
      host: target.host,
      port: target.port,
      servername: namespace,
      secureContext: trust,
      rejectUnauthorized: false,
    });
    let isDone = false;
    const settle = (error: Error | null): void => {
      if (isDone) return;
      isDone = true;
      done(error);
    };
    // This listener stays: a later error of the socket must not end the process.
    socket.on("error", settle);
    // A peer that closes the connection during the handshake is an error too.
    socket.once("close", () => {
      settle(new Error("closed"));
    });
    socket.once("connect", () => {
      connectedAt = performance.now();
      this.seconds.connect = (connectedAt - startedAt) / 1000;
      this.phase = "tls";
    });
    socket.once("secureConnect", () => {
      this.seconds.tls = (performance.now() - connectedAt) / 1000;
      this.tlsNotAfterMs = notAfter(socket.getPeerX509Certificate()?.validTo);
      if (socket.authorized) this.phase = "processing";
      settle(socket.authorized ? null : new CertificateRefused(String(socket.authorizationError)));
    });
    return socket;
  }
}

function notAfter(text: string | undefined): number | null {
  const atMs = Date.parse(text ?? "");
  return Number.isNaN(atMs) ? null : atMs;
}
