import type { Response } from "express";
import type { WebEndpoint } from "../catalogue/exporter-metrics.ts";
import { CONTENT_TYPES, negotiateFormat, type ExpositionFormat } from "./metrics/exposition-format.ts";
import { RenderedBody, type Body } from "./rendered-pages.ts";
import { allowPageSources } from "./security-headers.ts";

export const HTML = "text/html; charset=utf-8";

/** Marks the request's page for the exporter's own metrics. */
export function nameEndpoint(response: Response, endpoint: WebEndpoint): void {
  response.locals["endpoint"] = endpoint;
}

/** Sends a line of text. */
export function plain(response: Response, status: number, text: string): void {
  response.status(status).setHeader("Content-Type", "text/plain; charset=utf-8");
  response.send(`${text}\n`);
}

/** Answers a scrape in the requested format. */
export async function sendMetrics(
  response: Response,
  render: (format: ExpositionFormat) => Promise<Body>,
): Promise<void> {
  const format = negotiateFormat(response.req.headers.accept);
  await send(response, CONTENT_TYPES[format], await render(format));
}

/** Sends a rendered body with its media type, gzipped if the client accepts it and it saves enough. */
export async function send(response: Response, type: string, body: Body): Promise<void> {
  const { req: request } = response;
  response.vary("Accept").vary("Accept-Encoding");
  const zipped = request.acceptsEncodings("gzip", "identity") === "gzip" ? await body.zipped() : null;
  const sent = zipped ?? body.plain;
  response.setHeader("Content-Type", type);
  if (zipped !== null) response.setHeader("Content-Encoding", "gzip");
  response.setHeader("Content-Length", sent.length);
  response.end(request.method === "HEAD" ? undefined : sent);
}

/** Answers 404: with the page to clients that prefer HTML, otherwise with a line of text. */
export async function notFound(response: Response, page: string): Promise<void> {
  if (response.req.accepts(["text/plain", "text/html"]) !== "text/html") return plain(response, 404, "Not found");
  allowPageSources(response);
  response.status(404);
  await send(response, HTML, new RenderedBody(page));
}
