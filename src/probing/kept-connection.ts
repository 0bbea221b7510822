import { Agent } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import type { ProbePhase } from "../model/probe/probe.ts";
import { CertificateRefused, type AskPhase } from "./ask-error.ts";
import type { ProbeTarget } from "./probe-target.ts";

export interface ConnectionOptions {
  readonly target: ProbeTarget;
  /** Server name of TLS, which the certificate has to prove before anything is sent. */
  readonly namespace: string;
  /** The certificates that are trusted. */
  readonly trust: SecureContext;
}

/**
 * A connection to one server under one public name, which the requests of a run share as long as the server keeps it open: a handshake
 * costs more than all else of a probe. Closed by `destroy()`.
 */
export class KeptConnection extends Agent {
  readonly #options: ConnectionOptions;
  #socket: TLSSocket | null = null;
  /** Of the connection in use. */
  readonly seconds: Partial<Record<Exclude<ProbePhase, "processing">, number>> = {};
  tlsNotAfterMs: number | null = null;
  /** What it is at. */
  phase: AskPhase = "connect";

  constructor(options: ConnectionOptions) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#options = options;
  }

  /** Called for a request when no connection is open. */
  override createConnection(_options: unknown, done?: (error: Error | null, socket: Duplex) => void): undefined {
    this.phase = "connect";
    delete this.seconds.connect;
    delete this.seconds.tls;
    this.tlsNotAfterMs = null;
    const socket = this.#open((error) => done?.(error, socket));
    this.#socket = socket;
  }

  /** Ends the connection, whatever it is at. */
  drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  /**
   * Node gives no certificate of a connection that it refused itself, and an expired one's date has to be shown. So the verdict on the
   * certificate is asked for here, before anything is sent, and whatever is not authorised is refused.
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
    // Stays: a socket that fails later must not end the process.
    socket.on("error", settle);
    // A peer that closes in the handshake is an error too.
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
