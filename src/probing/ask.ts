import { request, type RequestOptions } from "node:https";
import type { ProbePhase, ProbeReason, ProbeVerdict } from "../model/probe/probe.ts";
import type { ProbeAnswer } from "../probe/answer.ts";
import type { ProbeRequest } from "../probe/probe-request.ts";
import { reasonOfError } from "./ask-error.ts";
import type { KeptConnection } from "./kept-connection.ts";

export interface AskOptions {
  /** Connection to one server under one name. The server's certificate must prove the name before anything is sent. */
  readonly connection: KeptConnection;
  /** Value of the Host header. */
  readonly namespace: string;
  readonly request: ProbeRequest;
  readonly headers: Readonly<Record<string, string>>;
  /** Time limit from the first packet to the head of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

export interface Asked {
  /** Null if no complete head of an answer arrived; `failure` has the reason. */
  readonly answer: ProbeAnswer | null;
  readonly failure: { readonly verdict: ProbeVerdict; readonly reason: ProbeReason } | null;
  /** `connect` and `tls` are the times of the connection used. */
  readonly seconds: Readonly<Partial<Record<ProbePhase, number>>>;
  readonly tlsNotAfterMs: number | null;
  readonly atMs: number;
}

/** The body is read up to this size, so that the server logs a complete answer; it is not kept. */
const MAX_BODY_BYTES = 65_536;
const MAX_HEAD_BYTES = 16_384;

/**
 * Sends one request to one server. The certificate is verified before the first byte of a request is sent. Redirects are not followed.
 * Never rejects, except with the reason of an aborted `signal`. Without an answer the connection is closed.
 */
export async function ask(options: AskOptions): Promise<Asked> {
  const { connection, now } = options;
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
  };
  let isLate = false;
  // This timer is cleared with the answer; AbortSignal.timeout() would fire after every answer.
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, options.timeoutMs);
  options.signal.addEventListener("abort", abort, { once: true });
  if (options.signal.aborted) abort();
  try {
    const { answer, seconds } = await exchange(options, stop.signal);
    const { tlsNotAfterMs } = connection;
    return { answer, failure: null, seconds: { ...connection.seconds, ...seconds }, tlsNotAfterMs, atMs: now() };
  } catch (error) {
    const failure = reasonOfError(isLate ? null : error, connection.phase);
    const { tlsNotAfterMs, seconds } = connection;
    connection.drop();
    options.signal.throwIfAborted();
    return { answer: null, failure, seconds: { ...seconds }, tlsNotAfterMs, atMs: now() };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", abort);
  }
}

interface Exchanged {
  readonly answer: ProbeAnswer;
  readonly seconds: { readonly processing: number };
}

/** The server closed a kept connection before it answered. */
class ConnectionGone extends Error {
  override readonly name = "ConnectionGone";
}

async function exchange(options: AskOptions, signal: AbortSignal): Promise<Exchanged> {
  try {
    return await send(options, signal);
  } catch (error) {
    if (!(error instanceof ConnectionGone)) throw error;
    options.connection.drop();
    return send(options, signal);
  }
}

function send(options: AskOptions, signal: AbortSignal): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const sent = request(requestOptions(options));
    let sentAt = performance.now();
    const abort = (): void => {
      sent.destroy();
      reject(new Error("aborted"));
    };
    const fail = (error: Error): void => {
      reject(sent.reusedSocket && !signal.aborted ? new ConnectionGone("closed", { cause: error }) : error);
    };
    signal.addEventListener("abort", abort, { once: true });
    sent.on("error", fail);
    sent.once("close", () => {
      fail(new Error("closed"));
    });
    sent.once("socket", () => {
      sentAt = performance.now();
    });
    sent.once("response", (response) => {
      const answer = { status: response.statusCode ?? 0, headers: pairsOf(response.rawHeaders) };
      const done = (): void => {
        signal.removeEventListener("abort", done);
        resolve({ answer, seconds: { processing: (performance.now() - sentAt) / 1000 } });
      };
      signal.removeEventListener("abort", abort);
      // The head is the answer. A truncated, endless or late body does not change it, and ends the connection.
      signal.addEventListener(
        "abort",
        () => {
          done();
          response.destroy();
        },
        { once: true },
      );
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
    if (signal.aborted) abort();
  });
}

function requestOptions({ connection, namespace, request: { method, path }, headers }: AskOptions): RequestOptions {
  return {
    agent: connection,
    method,
    path,
    maxHeaderSize: MAX_HEAD_BYTES,
    headers: {
      Host: namespace,
      Accept: "*/*",
      ...(method === "POST" ? { "Content-Length": "0" } : {}),
      ...headers,
    },
  };
}

function pairsOf(raw: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return pairs;
}
