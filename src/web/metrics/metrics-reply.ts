import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Request, Response } from "express";
import { CONTENT_TYPES, negotiateFormat } from "./exposition-format.ts";
import type { ExpositionFormat } from "./exposition-format.ts";

const compress = promisify(gzip);

/** Smaller bodies are sent as they are. */
const WORTH_COMPRESSING_BYTES = 1024;

/** Answers a scrape in the format that it asks for, gzipped when it takes that. */
export async function replyWithMetrics(
  request: Request,
  response: Response,
  render: (format: ExpositionFormat) => Promise<string>,
): Promise<void> {
  const format = negotiateFormat(request.headers.accept);
  const page = Buffer.from(await render(format), "utf8");
  response.setHeader("Content-Type", CONTENT_TYPES[format]);
  await replyCompressed(request, response, page);
}

/** Sends a body whose Content-Type is set, gzipped when the client takes that and it is worth it. */
export async function replyCompressed(request: Request, response: Response, body: Buffer): Promise<void> {
  response.vary("Accept").vary("Accept-Encoding");
  const zipped = body.length >= WORTH_COMPRESSING_BYTES && request.acceptsEncodings("gzip", "identity") === "gzip";
  const sent = zipped ? await compress(body, { level: 5 }) : body;
  if (zipped) response.setHeader("Content-Encoding", "gzip");
  response.setHeader("Content-Length", sent.length);
  response.end(request.method === "HEAD" ? undefined : sent);
}
