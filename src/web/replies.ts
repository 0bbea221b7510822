import type { Response } from "express";
import type { WebEndpoint } from "../catalogue/exporter-metrics.ts";
import { replyCompressed } from "./metrics/metrics-reply.ts";
import type { RenderedBody } from "./rendered-pages.ts";

/** Marks the request's page for the exporter's own metrics. */
export function nameEndpoint(response: Response, endpoint: WebEndpoint): void {
  response.locals["endpoint"] = endpoint;
}

/** Sends a line of text. */
export function plain(response: Response, status: number, text: string): void {
  response.status(status).setHeader("Content-Type", "text/plain; charset=utf-8");
  response.send(`${text}\n`);
}

/** Sends a rendered body with its media type, compressed if the request permits it. */
export async function send(response: Response, type: string, body: RenderedBody): Promise<void> {
  response.setHeader("Content-Type", type);
  await replyCompressed(response.req, response, body);
}
