import { request } from "node:https";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import type { ProbePhase, ProbeReason, ProbeVerdict } from "../model/probe/probe.ts";
import type { ProbeAnswer } from "../probe/answer.ts";
import type { ProbeRequest } from "../probe/probe-request.ts";
import type { ProbeTarget } from "./probe-target.ts";
import { CertificateRefused, reasonOfError, type AskPhase } from "./ask-error.ts";

export interface AskOptions {
  readonly target: ProbeTarget;
  /** Host and server name of TLS. The certificate has to prove it before anything is sent. */
  readonly namespace: string;
  readonly request: ProbeRequest;
  readonly headers: Readonly<Record<string, string>>;
  /** From the first packet to the answer's head. */
  readonly timeoutMs: number;
  /** The certificates that are trusted. */
  readonly trust: SecureContext;
  readonly signal: AbortSignal;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

export interface Asked {
  /** Null when there was no whole head of an answer: `failure` says why. */
  readonly answer: ProbeAnswer | null;
  readonly failure: { readonly verdict: ProbeVerdict; readonly reason: ProbeReason } | null;
  readonly seconds: Readonly<Partial<Record<ProbePhase, number>>>;
  readonly tlsNotAfterMs: number | null;
  readonly atMs: number;
}

/** A body is read to its end up to here, so that the server logs a whole answer; it is not kept. */
const MAX_BODY_BYTES = 65_536;
const MAX_HEAD_BYTES = 16_384;

/**
 * One request to one server over a connection of its own, which ends with it. The certificate is verified before the first byte of the
 * request goes out, and a redirect is an answer like any other. Never rejects, but for an aborted `signal`, whose reason it throws.
 */
export async function ask(options: AskOptions): Promise<Asked> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([deadline, options.signal]);
  const seen: Seen = { seconds: {}, tlsNotAfterMs: null, phase: "connect", socket: null };
  try {
    const answer = await exchange(options, seen, signal);
    return { answer, failure: null, ...facts(seen), atMs: options.now() };
  } catch (error) {
    options.signal.throwIfAborted();
    const failure = reasonOfError(deadline.aborted ? null : error, seen.phase);
    return { answer: null, failure, ...facts(seen), atMs: options.now() };
  } finally {
    seen.socket?.destroy();
  }
}

interface Seen {
  readonly seconds: Partial<Record<ProbePhase, number>>;
  tlsNotAfterMs: number | null;
  phase: AskPhase;
  socket: TLSSocket | null;
}

function facts({ seconds, tlsNotAfterMs }: Seen): Pick<Asked, "seconds" | "tlsNotAfterMs"> {
  return { seconds, tlsNotAfterMs };
}

async function exchange(options: AskOptions, seen: Seen, signal: AbortSignal): Promise<ProbeAnswer> {
  const secure = await openConnection(options, seen, signal);
  seen.phase = "processing";
  const securedAt = performance.now();
  const answer = await send(secure, options, signal);
  seen.seconds.processing = (performance.now() - securedAt) / 1000;
  return answer;
}

/**
 * Node gives no certificate of a connection that it refused itself, and an expired one's date has to be shown. So the verdict on the
 * certificate is asked for here, before anything is sent, and whatever is not authorised is refused.
 */
function openConnection(options: AskOptions, seen: Seen, signal: AbortSignal): Promise<TLSSocket> {
  const startedAt = performance.now();
  let connectedAt = startedAt;
  return new Promise((resolve, reject) => {
    const secure = connect({
      host: options.target.host,
      port: options.target.port,
      servername: options.namespace,
      secureContext: options.trust,
      rejectUnauthorized: false,
    });
    seen.socket = secure;
    const abort = (): void => {
      reject(new Error("aborted"));
    };
    signal.addEventListener("abort", abort, { once: true });
    // Stays: a socket that fails later must not end the process.
    secure.on("error", reject);
    // A peer that closes in the handshake is an error too.
    secure.once("close", () => {
      reject(new Error("closed"));
    });
    secure.once("connect", () => {
      connectedAt = performance.now();
      seen.seconds.connect = (connectedAt - startedAt) / 1000;
      seen.phase = "tls";
    });
    secure.once("secureConnect", () => {
      signal.removeEventListener("abort", abort);
      seen.seconds.tls = (performance.now() - connectedAt) / 1000;
      seen.tlsNotAfterMs = notAfter(secure.getPeerCertificate().valid_to);
      if (secure.authorized) resolve(secure);
      else reject(new CertificateRefused(String(secure.authorizationError)));
    });
    if (signal.aborted) abort();
  });
}

function send(secure: TLSSocket, options: AskOptions, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const { method, path } = options.request;
    const sent = request({
      createConnection: () => secure,
      method,
      path,
      maxHeaderSize: MAX_HEAD_BYTES,
      headers: {
        Host: options.namespace,
        Accept: "*/*",
        ...(method === "POST" ? { "Content-Length": "0" } : {}),
        ...options.headers,
        Connection: "close",
      },
    });
    const abort = (): void => {
      sent.destroy();
      reject(new Error("aborted"));
    };
    signal.addEventListener("abort", abort, { once: true });
    sent.on("error", reject);
    sent.once("close", () => {
      reject(new Error("closed"));
    });
    sent.once("response", (response) => {
      const headers = pairsOf(response.rawHeaders);
      const answer = { status: response.statusCode ?? 0, headers };
      const done = (): void => {
        signal.removeEventListener("abort", done);
        resolve(answer);
      };
      signal.removeEventListener("abort", abort);
      // The head is the answer: a body that is cut off, endless or late changes nothing of it.
      signal.addEventListener("abort", done, { once: true });
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BODY_BYTES) {
          done();
          response.destroy();
        }
      });
      for (const event of ["end", "error", "close"] as const) response.once(event, done);
    });
    sent.end();
  });
}

function pairsOf(raw: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return pairs;
}

function notAfter(text: string | undefined): number | null {
  const atMs = Date.parse(text ?? "");
  return Number.isNaN(atMs) ? null : atMs;
}
