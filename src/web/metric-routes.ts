import type { Express } from "express";
import { replyWithMetrics } from "./metrics/metrics-reply.ts";
import { createProcessRegistry } from "./metrics/process-registry.ts";
import { renderMetrics } from "./metrics/render-metrics.ts";
import { nameEndpoint, plain } from "./replies.ts";
import type { RequestCounts } from "./door/request-counts.ts";
import { targetGroups } from "./service-discovery.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";

/** The metrics of the exporter and of each server, and where Prometheus finds them. */
export function addMetricRoutes(app: Express, queries: WebQueries, options: WebOptions, counts: RequestCounts): void {
  const processRegistry = createProcessRegistry();
  const own = function* () {
    yield* queries.exporterMetrics();
    yield* counts.values();
    const only = options.mode === "server" ? queries.serverNames()[0] : undefined;
    if (only !== undefined) yield* queries.metricsOf(only);
  };
  app.get(options.telemetryPath, async (request, response) => {
    nameEndpoint(response, "metrics");
    const scopes =
      options.mode === "server"
        ? (["server", "organisation", "exporter"] as const)
        : (["organisation", "exporter"] as const);
    await replyWithMetrics(request, response, (format) =>
      renderMetrics({ scopes, values: own() }, format, [processRegistry]),
    );
  });
  app.get(`${options.telemetryPath}/servers/:server`, async (request, response) => {
    nameEndpoint(response, "server_metrics");
    const server = queries.serverNames().find((known) => known === request.params.server);
    if (options.mode === "server" || server === undefined) return plain(response, 404, "Not found");
    await replyWithMetrics(request, response, (format) =>
      renderMetrics({ scopes: ["server"], values: queries.metricsOf(server) }, format),
    );
  });
  app.get("/sd", (request, response) => {
    nameEndpoint(response, "discovery");
    // An empty list would make Prometheus drop the targets that it knows; an error keeps them.
    if (queries.serverNames().length === 0)
      return plain(response, 503, `No server is known: ${queries.whyNoServers()}`);
    const { localAddress = "127.0.0.1", localPort = 0 } = request.socket;
    const groups = targetGroups({
      host: request.headers.host,
      socketAddress: `${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}`,
      isTls: "encrypted" in request.socket,
      external: options.external,
      servers: queries.serverNames(),
      pathOf: (server) =>
        options.mode === "server" ? options.telemetryPath : `${options.telemetryPath}/servers/${server}`,
    });
    response.json(groups);
  });
}
