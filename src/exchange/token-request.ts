import { request } from "undici";
import type { TokenHttp } from "../model/probe/token-http.ts";
import { openConnections } from "./keys/https-document.ts";

/** Sends a request to an authority's token endpoint and returns the answer. */
export interface TokenRequests {
  readonly send: TokenHttp;
  readonly close: () => Promise<void>;
}

/** Limit for an answer of a token endpoint, which has a few kilobytes. */
const MAX_BYTES = 262_144;

/**
 * Sends requests to the authority through the configured proxy, over HTTPS only, with verified certificates. Redirects are not followed,
 * because they would send the credential to another URL. `send` rejects if there is no complete answer in time.
 */
export function openTokenRequests(options: {
  readonly proxyUrl: string | null;
  readonly extraCa: readonly string[];
  readonly timeoutMs: number;
}): TokenRequests {
  const dispatcher = openConnections({ ...options, maxBytes: MAX_BYTES });
  return {
    send: async ({ method, url, headers, body }) => {
      if (!url.startsWith("https://")) throw new Error("Cannot request a token: the URL is not https");
      const answer = await request(url, {
        dispatcher,
        method,
        headers,
        body,
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      const kept: [string, string][] = [];
      for (const [name, value] of Object.entries(answer.headers))
        if (typeof value === "string") kept.push([name, value]);
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const part of answer.body) {
        if (!(part instanceof Uint8Array)) continue;
        bytes += part.length;
        if (bytes > MAX_BYTES) throw new Error("Cannot read the answer of the authority: it is too long");
        parts.push(part);
      }
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(kept),
        body: Buffer.concat(parts).toString("utf8"),
      };
    },
    close: () => dispatcher.close(),
  };
}
