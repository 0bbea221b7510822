import type { Express } from "express";
import { createProcessRegistry } from "./metrics/process-registry.ts";
import { renderMetrics } from "./metrics/render-metrics.ts";
import { nameEndpoint, plain, sendMetrics } from "./replies.ts";
import type { RequestCounts } from "./door/request-counts.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";

/** The metrics of the exporter and of each server. */
export function addMetricRoutes(
  app: Express,
  queries: WebQueries,
  { options, counts }: { readonly options: WebOptions; readonly counts: RequestCounts },
): void {
  const processRegistry = createProcessRegistry();
  const own = function* () {
    yield* queries.exporterMetrics();
    yield* counts.values();
    const only = options.mode === "server" ? queries.serverNames()[0] : undefined;
    if (only !== undefined) yield* queries.metricsOf(only);
  };
  app.get(options.telemetryPath, async (_request, response) => {
    nameEndpoint(response, "metrics");
    const scopes =
      options.mode === "server"
        ? (["server", "organisation", "exporter"] as const)
        : (["organisation", "exporter"] as const);
    const disabled = options.disabledMetrics;
    const process = disabled.includes("internals") ? [] : [processRegistry];
    await sendMetrics(response, (format) => renderMetrics({ scopes, values: own(), disabled }, format, process));
  });
  app.get(`${options.telemetryPath}/servers/:server`, async (request, response) => {
    nameEndpoint(response, "server_metrics");
    const server = queries.serverNames().find((known) => known === request.params.server);
    if (options.mode === "server" || server === undefined) return plain(response, 404, "Not found");
    await sendMetrics(response, (format) =>
      renderMetrics(
        { scopes: ["server"], values: queries.metricsOf(server), disabled: options.disabledMetrics },
        format,
      ),
    );
  });
}
