import { request, type RequestOptions } from "node:https";
import type { ProbePhase, ProbeReason, ProbeVerdict } from "../model/probe/probe.ts";
import type { ProbeAnswer } from "../probe/answer.ts";
import type { ProbeRequest } from "../probe/probe-request.ts";
import { reasonOfError } from "./ask-error.ts";
import type { KeptConnection } from "./kept-connection.ts";

export interface AskOptions {
  /** To one server under one name, whose certificate has to prove it before anything is sent. */
  readonly connection: KeptConnection;
  /** Host. */
  readonly namespace: string;
  readonly request: ProbeRequest;
  readonly headers: Readonly<Record<string, string>>;
  /** From the first packet to the answer's head. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

export interface Asked {
  /** Null when there was no whole head of an answer: `failure` says why. */
  readonly answer: ProbeAnswer | null;
  readonly failure: { readonly verdict: ProbeVerdict; readonly reason: ProbeReason } | null;
  /** `connect` and `tls` are those of the connection by which it went. */
  readonly seconds: Readonly<Partial<Record<ProbePhase, number>>>;
  readonly tlsNotAfterMs: number | null;
  readonly atMs: number;
}

/** A body is read to its end up to here, so that the server logs a whole answer; it is not kept. */
const MAX_BODY_BYTES = 65_536;
const MAX_HEAD_BYTES = 16_384;

/**
 * One request to one server. The certificate was verified before the first byte of a request goes out, and a redirect is an answer like
 * any other. Never rejects, but for an aborted `signal`, whose reason it throws. Without an answer the connection is dropped.
 */
export async function ask(options: AskOptions): Promise<Asked> {
  const { connection, now } = options;
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
  };
  let isLate = false;
  // A timer of its own, for it ends with the answer: AbortSignal.timeout() would go off behind every answer.
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

/** The server has closed a connection that was kept, before it answered. */
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
      // The head is the answer: a body that is cut off, endless or late changes nothing of it, and ends the connection.
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
