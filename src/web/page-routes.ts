import type { Express, Request, Response } from "express";
import { FRONT_END_POOL } from "../model/app-pool.ts";
import type { IncidentFinding } from "../model/finding.ts";
import type { Protocol } from "../model/label-values.ts";
import { incidentBundle } from "./incident-bundle.ts";
import { configurationPage } from "./pages/configuration-page.ts";
import { recoveringSince } from "../markup/recovery.ts";
import { incidentPath } from "../markup/incident-card.ts";
import { movedIncident } from "./moved-incident.ts";
import { missingPage } from "./pages/layout.ts";
import { incidentPage } from "./pages/incident-page.ts";
import { incidentsPage, newestFirst } from "./pages/incidents-page.ts";
import { serverPage } from "./pages/server-page.ts";
import { statusPage } from "./pages/status-page.ts";
import { RenderedPages } from "./rendered-pages.ts";
import { HTML, nameEndpoint, notFound, plain, send } from "./replies.ts";
import { allowPageSources } from "./security-headers.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";

/** Query of a load balancer. */
const BEARER_PROTOCOLS: readonly Protocol[] = ["ews", "mapi", "autodiscover", "eas", "oab", "rest", "owa", "ecp"];

const JSON_TYPE = "application/json; charset=utf-8";

/** Shared by the routes of the pages. */
interface PageParts {
  readonly app: Express;
  readonly queries: WebQueries;
  readonly options: WebOptions;
  readonly pages: RenderedPages;
}

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

function addIncidentRoutes({ app, queries, options, pages }: PageParts): void {
  const { base } = options.external;
  const find = (id: unknown): IncidentFinding | undefined =>
    queries.findings().incidents.find((incident) => incident.id === id);
  // For links in alerts, which have a server and an app pool but no incident id. An incident's id is longer than "open".
  app.get("/incidents/open", (request, response) => {
    nameEndpoint(response, "incidents");
    const { server, app_pool: appPool } = request.query;
    const wanted = newestFirst(queries.findings().incidents).find(
      (incident) =>
        (server === undefined || incident.server === server) && (appPool === undefined || incident.appPool === appPool),
    );
    response.redirect(302, `${base}${wanted === undefined ? "/incidents" : incidentPath(wanted)}`);
  });
  app.get("/incidents/:id", async (request, response) => {
    nameEndpoint(response, "incidents");
    const incident = find(request.params.id);
    if (incident === undefined) {
      const moved = movedIncident(queries.findings().incidents, request.params.id);
      if (moved === undefined) return notFound(response, missingPage(base, "incident"));
      return response.redirect(302, `${base}${incidentPath(moved)}`);
    }
    allowPageSources(response);
    const render = (): string =>
      incidentPage({
        base,
        incident,
        recoveringSince: recoveringSince(incident, queries.findings()),
        rows: queries.rawRows(incident.id),
        probe: (queries.status().probe ?? []).filter(
          ({ server, protocol }) => server === incident.server && FRONT_END_POOL[protocol] === incident.appPool,
        ),
        hasFarm: options.mode === "central",
        now: queries.status().now,
        runbookUrl: options.runbookUrl,
      });
    await send(response, HTML, pages.get(`/incidents/${incident.id}`, render));
  });
  app.get("/incidents/:id/bundle.zip", async (request, response) => {
    nameEndpoint(response, "incidents");
    const incident = find(request.params.id);
    if (incident === undefined) return plain(response, 404, "Not found");
    const bundle = await incidentBundle(queries, incident, options);
    // An incident's id can be used as a file name.
    response.setHeader("Content-Disposition", `attachment; filename="hma-${incident.id}.zip"`);
    response.setHeader("Content-Type", "application/zip");
    response.send(bundle);
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
