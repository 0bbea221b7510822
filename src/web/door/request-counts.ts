import { WEB_ENDPOINTS, WEB_OUTCOMES } from "../../catalogue/exporter-metrics.ts";
import type { WebEndpoint, WebOutcome } from "../../catalogue/exporter-metrics.ts";
import type { MetricValue } from "../../model/metric-value.ts";

/** Counts the web server's own requests by their outcome. */
export class RequestCounts {
  readonly #counts = new Map<string, number>();

  count(endpoint: WebEndpoint, outcome: WebOutcome): void {
    const key = `${endpoint} ${outcome}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  *values(): Generator<MetricValue> {
    for (const endpoint of WEB_ENDPOINTS) {
      for (const outcome of WEB_OUTCOMES) {
        const value = this.#counts.get(`${endpoint} ${outcome}`) ?? 0;
        yield { kind: "value", metric: "hma_exporter_http_requests_total", labels: { endpoint, outcome }, value };
      }
    }
  }
}

/** On the pages that are asked whether something is ready, "no" is an answer like another. */
export function outcomeOf(endpoint: WebEndpoint, status: number): WebOutcome {
  if (status === 503 && (endpoint === "healthy" || endpoint === "ready" || endpoint === "gate")) return "success";
  if (status >= 500) return "server_error";
  return status >= 400 ? "client_error" : "success";
}
