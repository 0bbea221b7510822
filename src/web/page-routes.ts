import type { Express, Request, Response } from "express";
import type { Protocol } from "../model/label-values.ts";
import { configurationPage } from "./pages/configuration-page.ts";
import { missingPage } from "./pages/layout.ts";
import { addIncidentRoutes } from "./pages/incident-page.ts";
import { incidentsPage } from "./pages/incidents-page.ts";
import { serverPage } from "./pages/server-page.ts";
import { statusPage } from "./pages/status-page.ts";
import { type PageParts, RenderedPages } from "./rendered-pages.ts";
import { HTML, nameEndpoint, notFound, send } from "./replies.ts";
import { allowPageSources } from "./security-headers.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";

/** Query of a load balancer. */
const BEARER_PROTOCOLS: readonly Protocol[] = ["ews", "mapi", "autodiscover", "eas", "oab", "rest", "owa", "ecp"];

const JSON_TYPE = "application/json; charset=utf-8";

/** The HTML pages and their JSON forms. Each is rendered once per state of the daemon. */
export function addPageRoutes(app: Express, queries: WebQueries, options: WebOptions): void {
  const parts = { app, queries, options, pages: new RenderedPages(() => queries.revision()) };
  addOverviewRoutes(parts);
  addIncidentRoutes(parts);
  addJsonRoutes(parts);
}

function addOverviewRoutes({ app, queries, options, pages }: PageParts): void {
  const { base } = options.external;
  const page = (request: Request, response: Response, render: () => string): Promise<void> => {
    allowPageSources(response);
    return send(response, HTML, pages.get(request.path, render));
  };
  app.get("/", async (request, response) => {
    nameEndpoint(response, "status");
    await page(request, response, () =>
      statusPage({
        base,
        status: queries.status(),
        findings: queries.findings(),
        telemetryPath: options.telemetryPath,
      }),
    );
  });
  app.get("/incidents", async (request, response) => {
    nameEndpoint(response, "incidents");
    await page(request, response, () =>
      incidentsPage({ base, findings: queries.findings(), status: queries.status() }),
    );
  });
  app.get("/servers/:server", async (request, response) => {
    nameEndpoint(response, "status");
    const server = queries.serverNames().find((known) => known === request.params.server);
    if (server === undefined) return notFound(response, missingPage(base, "server"));
    const gates = BEARER_PROTOCOLS.map((protocol) => [protocol, queries.gate(server, protocol)] as const);
    await page(request, response, () =>
      serverPage({ base, server, status: queries.status(), findings: queries.findings(), gates }),
    );
  });
  app.get("/config", async (request, response) => {
    nameEndpoint(response, "config");
    await page(request, response, () =>
      configurationPage({ base, configuration: queries.configuration(), now: queries.status().now }),
    );
  });
}

function addJsonRoutes({ app, queries, pages }: PageParts): void {
  app.get("/api/v1/incidents", async (request, response) => {
    nameEndpoint(response, "api");
    await send(
      response,
      JSON_TYPE,
      pages.get(request.path, () => JSON.stringify(queries.findings())),
    );
  });
  app.get("/api/v1/servers", async (request, response) => {
    nameEndpoint(response, "api");
    await send(
      response,
      JSON_TYPE,
      pages.get(request.path, () => JSON.stringify(queries.status().servers)),
    );
  });
}
