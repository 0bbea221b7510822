import type { Express } from "express";
import { metricsBody } from "./metrics-page.ts";
import { nameEndpoint, plain, sendMetrics } from "../replies.ts";
import type { WebQueries } from "../web-queries.ts";

/** Time reserved for sending the answer, as in blackbox_exporter. */
const OFFSET_MS = 500;
/** Time limit if the scrape has no time-out header. */
const DEFAULT_BUDGET_MS = 120_000;

/**
 * `/probe?target=&module=`: probes a configured server now, like blackbox_exporter. A failed probe has status 200 as well; its metrics show
 * the failure.
 */
export function addProbeRoutes(app: Express, queries: WebQueries): void {
  app.get("/probe", async (request, response) => {
    nameEndpoint(response, "probe");
    const { target, module = "challenge" } = request.query;
    if (typeof target !== "string" || target === "")
      return plain(response, 400, "Cannot choose a server: one ?target=NAME is expected");
    if (module !== "challenge" && module !== "token")
      return plain(response, 400, "Unknown module: challenge or token is expected");
    const budgetMs = budgetOf(request.get("X-Prometheus-Scrape-Timeout-Seconds"));
    if (budgetMs === null)
      return plain(response, 400, "Cannot read X-Prometheus-Scrape-Timeout-Seconds: a number of seconds is expected");
    const reply = await queries.probe({ target, module, budgetMs });
    if (reply.kind === "refused") return plain(response, 400, reply.why);
    await sendMetrics(response, (format) =>
      metricsBody({ scopes: ["server"], values: reply.values, isKnownAlone: true }, { format }),
    );
  });
}

/** Milliseconds; null if the header is invalid. */
function budgetOf(header: string | undefined): number | null {
  if (header === undefined) return DEFAULT_BUDGET_MS;
  // Sample: 9.5
  const seconds = /^\d{1,6}(?:\.\d{1,9})?$/.test(header) ? Number(header) : 0;
  return seconds > 0 ? Math.min(DEFAULT_BUDGET_MS, Math.max(seconds * 500, seconds * 1000 - OFFSET_MS)) : null;
}
