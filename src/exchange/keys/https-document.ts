import { rootCertificates } from "node:tls";
import { Agent, errors, ProxyAgent, request } from "undici";
import type { Dispatcher } from "undici";
import { hostOf as hostOfUrl, isKeyHost } from "./key-hosts.ts";
import { KeyFetchError } from "./key-fetch-error.ts";
import type { KeyFetchErrorKind } from "./key-fetch-error.ts";

export interface ConnectionOptions {
  /** `http://proxy:8080`, with `user:password@` if the proxy needs it; null: no proxy. */
  readonly proxyUrl: string | null;
  /** Certificates (PEM) that are trusted in addition to the default ones. */
  readonly extraCa: readonly string[];
  /** Time limit for one document, from the first byte sent to the last byte read. */
  readonly timeoutMs: number;
  /** Maximum size of an answer. */
  readonly maxBytes: number;
}

/** Validators of the last answer, for a conditional request. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/**
 * Time of the answer's `Date` header, and its age in milliseconds. The header has whole seconds, so it is half a second late on average.
 */
export interface AnswerDate {
  readonly dateMs: number;
  readonly ageMs: number;
}

/** `date` is null if the answer had no `Date` header. */
export type Fetched =
  | { readonly kind: "fresh"; readonly text: string; readonly validators: Validators; readonly date: AnswerDate | null }
  /** Status 304: the document fetched before is still current. */
  | { readonly kind: "unchanged"; readonly date: AnswerDate | null };

const MAX_REDIRECTS = 3;

/** The connections of one fetcher, closed by its owner. */
export function openConnections(options: ConnectionOptions): Dispatcher {
  const tls = options.extraCa.length === 0 ? {} : { ca: [...rootCertificates, ...options.extraCa] };
  const connect = { ...tls, timeout: options.timeoutMs };
  if (options.proxyUrl === null) return new Agent({ connect, connections: 4 });
  return new ProxyAgent({ uri: options.proxyUrl, requestTls: connect, proxyTls: connect, connections: 4 });
}

/**
 * Sends one GET over HTTPS with verified certificates, and follows redirects to https only. Throws `KeyFetchError`, or the signal's reason
 * if it is aborted.
 */
export async function fetchDocument(
  dispatcher: Dispatcher,
  url: string,
  options: ConnectionOptions & { readonly known: Validators | null; readonly signal: AbortSignal },
): Promise<Fetched> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([timeout, options.signal]);
  try {
    return await follow(dispatcher, url, { ...options, signal });
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof KeyFetchError) throw error;
    if (timeout.aborted)
      throw new KeyFetchError(
        "timeout",
        `Cannot fetch signing keys from ${hostOf(url)}: no complete answer within ${options.timeoutMs} ms`,
        { cause: error },
      );
    throw new KeyFetchError(kindOf(error), `Cannot fetch signing keys from ${hostOf(url)}: ${codeOf(error)}`, {
      cause: error,
    });
  }
}

async function follow(
  dispatcher: Dispatcher,
  start: string,
  options: ConnectionOptions & { readonly known: Validators | null; readonly signal: AbortSignal },
): Promise<Fetched> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    if (!isHttps(url))
      throw new KeyFetchError("not_https", `Cannot fetch signing keys from ${hostOf(url)}: the URL is not https`);
    const answer = await request(url, {
      dispatcher,
      signal: options.signal,
      headers: headersFor(options.known),
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
    const answeredAt = performance.now();
    const location = answer.headers["location"];
    if (
      answer.statusCode >= 301 &&
      answer.statusCode <= 308 &&
      answer.statusCode !== 304 &&
      typeof location === "string"
    ) {
      await answer.body.dump({ limit: 65_536, signal: options.signal });
      url = resolved(location, url);
      if (isHttps(url) && !isKeyHost(hostOfUrl(url), hostOfUrl(start)))
        throw new KeyFetchError(
          "host",
          `Cannot fetch signing keys from ${hostOf(start)}: it redirects to a host that is not permitted`,
        );
      continue;
    }
    if (answer.statusCode === 304 && options.known !== null) {
      await answer.body.dump({ limit: 65_536, signal: options.signal });
      return { kind: "unchanged", date: dateOf(answer, answeredAt) };
    }
    if (answer.statusCode !== 200) {
      discard(answer);
      throw new KeyFetchError(
        "status",
        `Cannot fetch signing keys from ${hostOf(url)}: the answer has status ${answer.statusCode}`,
      );
    }
    const text = await readText(answer, hostOf(url), options.maxBytes);
    return {
      kind: "fresh",
      text,
      validators: { etag: headerOf(answer, "etag"), lastModified: headerOf(answer, "last-modified") },
      date: dateOf(answer, answeredAt),
    };
  }
  throw new KeyFetchError(
    "redirect",
    `Cannot fetch signing keys from ${hostOf(start)}: more than ${MAX_REDIRECTS} redirects`,
  );
}

function headersFor(known: Validators | null): Record<string, string> {
  return {
    accept: "application/xml, application/json, */*;q=0.1",
    "accept-encoding": "identity",
    "user-agent": "hma-exporter",
    ...(known?.etag === null || known === null ? {} : { "if-none-match": known.etag }),
    ...(known?.lastModified === null || known === null ? {} : { "if-modified-since": known.lastModified }),
  };
}

async function readText(answer: Dispatcher.ResponseData, host: string, maxBytes: number): Promise<string> {
  const encoding = headerOf(answer, "content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") {
    discard(answer);
    throw new KeyFetchError(
      "format",
      `Cannot read the signing keys of ${host}: the answer is compressed, although this was not requested`,
    );
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream: AsyncIterable<Uint8Array> = answer.body;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) {
      discard(answer);
      throw new KeyFetchError(
        "too_large",
        `Cannot read the signing keys of ${host}: the answer has more than ${maxBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Stops reading the body. An aborted body reports its end as an error, which is ignored here. */
function discard(answer: Dispatcher.ResponseData): void {
  answer.body.on("error", () => undefined);
  answer.body.destroy();
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | null {
  const value = answer.headers[name];
  return typeof value === "string" && value.length <= 1_024 ? value : null;
}

function dateOf(answer: Dispatcher.ResponseData, answeredAt: number): AnswerDate | null {
  const dateMs = Date.parse(headerOf(answer, "date") ?? "");
  return Number.isNaN(dateMs) ? null : { dateMs, ageMs: performance.now() - answeredAt };
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === "https:";
}

function resolved(location: string, base: string): string {
  return URL.canParse(location, base) ? new URL(location, base).href : "";
}

/** The quoted host of a URL, for messages. */
function hostOf(url: string): string {
  return URL.canParse(url) ? `"${new URL(url).host}"` : "a place without a URL";
}

function kindOf(error: unknown): KeyFetchErrorKind {
  if (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError
  )
    return "timeout";
  // Sample: DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_TLS_CERT_ALTNAME_INVALID, CERT_HAS_EXPIRED
  return /CERT|LEAF_SIGNATURE/.test(codeOf(error)) ? "certificate" : "network";
}

/** The code of an error or of its cause, if it has one. Never its text, which may contain URLs. */
function codeOf(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5 && typeof at === "object" && at !== null; depth++) {
    // Sample: ECONNREFUSED
    if ("code" in at && typeof at.code === "string" && /^[A-Z0-9_]{3,60}$/.test(at.code)) return at.code;
    at = "cause" in at ? at.cause : null;
  }
  return error instanceof Error ? error.name : "an error without a name";
}
