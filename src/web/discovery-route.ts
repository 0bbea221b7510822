import type { Express } from "express";
import type { OwnNames } from "./door/own-names.ts";
import { nameEndpoint, plain } from "./replies.ts";
import { targetGroups } from "./service-discovery.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";

/** HTTP service discovery: where Prometheus finds the metrics of each server. `names`: host names that targets may have. */
export function addDiscoveryRoute(
  app: Express,
  queries: WebQueries,
  { options, names }: { readonly options: WebOptions; readonly names: OwnNames },
): void {
  app.get("/sd", async (request, response) => {
    nameEndpoint(response, "discovery");
    // An empty list would make Prometheus drop the targets that it knows; an error keeps them.
    if (queries.serverNames().length === 0)
      return plain(response, 503, `No server is known: ${queries.whyNoServers()}`);
    const { localAddress = "127.0.0.1", localPort = 0 } = request.socket;
    const { host } = request.headers;
    const groups = targetGroups({
      host: (await names.leadsHere(host, request.socket)) ? host : undefined,
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
