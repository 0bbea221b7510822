import type { Express } from "express";
import { replyWithMetrics } from "./metrics/metrics-reply.ts";
import { createProcessRegistry } from "./metrics/process-registry.ts";
import { renderMetrics } from "./metrics/render-metrics.ts";
import { nameEndpoint, plain } from "./replies.ts";
import type { RequestCounts } from "./door/request-counts.ts";
import { targetGroups } from "./service-discovery.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebPort } from "./web-port.ts";

/** The metrics of the exporter and of each server, and where Prometheus finds them. */
export function addMetricRoutes(app: Express, port: WebPort, options: WebOptions, counts: RequestCounts): void {
  const processRegistry = createProcessRegistry();
  const own = function* () {
    yield* port.exporterMetrics();
    yield* counts.values();
    const only = options.mode === "server" ? port.serverNames()[0] : undefined;
    if (only !== undefined) yield* port.metricsOf(only);
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
    const server = port.serverNames().find((known) => known === request.params.server);
    if (options.mode === "server" || server === undefined) return plain(response, 404, "Not found");
    await replyWithMetrics(request, response, (format) =>
      renderMetrics({ scopes: ["server"], values: port.metricsOf(server) }, format),
    );
  });
  app.get("/sd", (request, response) => {
    nameEndpoint(response, "discovery");
    // An empty list would make Prometheus drop the targets that it knows; an error keeps them.
    if (port.serverNames().length === 0) return plain(response, 503, `No server is known: ${port.whyNoServers()}`);
    const { localAddress = "127.0.0.1", localPort = 0 } = request.socket;
    const groups = targetGroups({
      host: request.headers.host,
      socketAddress: `${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}`,
      isTls: "encrypted" in request.socket,
      external: options.external,
      servers: port.serverNames(),
      pathOf: (server) =>
        options.mode === "server" ? options.telemetryPath : `${options.telemetryPath}/servers/${server}`,
    });
    response.json(groups);
  });
}
