import type { Request, Response } from "express";
import type { WebEndpoint } from "../catalogue/exporter-metrics.ts";
import { replyCompressed } from "./metrics/metrics-reply.ts";

/** Names the request's page for the exporter's own metrics. */
export function nameEndpoint(response: Response, endpoint: WebEndpoint): void {
  response.locals["endpoint"] = endpoint;
}

/** A line of text. */
export function plain(response: Response, status: number, text: string): void {
  response.status(status).setHeader("Content-Type", "text/plain; charset=utf-8");
  response.send(`${text}\n`);
}

/** A value as JSON. */
export async function json(request: Request, response: Response, value: unknown): Promise<void> {
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  await replyCompressed(request, response, Buffer.from(JSON.stringify(value), "utf8"));
}
