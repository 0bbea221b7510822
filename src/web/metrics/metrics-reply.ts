import type { Request, Response } from "express";
import { CONTENT_TYPES, negotiateFormat } from "./exposition-format.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { RenderedBody } from "../rendered-pages.ts";

/** Answers a scrape in the requested format, gzipped if the client accepts it. */
export async function replyWithMetrics(
  request: Request,
  response: Response,
  render: (format: ExpositionFormat) => Promise<string>,
): Promise<void> {
  const format = negotiateFormat(request.headers.accept);
  const page = new RenderedBody(await render(format));
  response.setHeader("Content-Type", CONTENT_TYPES[format]);
  await replyCompressed(request, response, page);
}

/** Sends a body whose Content-Type is set, gzipped if the client accepts it and it saves enough. */
export async function replyCompressed(request: Request, response: Response, body: RenderedBody): Promise<void> {
  response.vary("Accept").vary("Accept-Encoding");
  const zipped = request.acceptsEncodings("gzip", "identity") === "gzip" ? await body.zipped() : null;
  const sent = zipped ?? body.plain;
  if (zipped !== null) response.setHeader("Content-Encoding", "gzip");
  response.setHeader("Content-Length", sent.length);
  response.end(request.method === "HEAD" ? undefined : sent);
}
