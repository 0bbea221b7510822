import type { Express, Request, Response } from "express";
import { incidentBundle } from "./incident-bundle.ts";
import { replyCompressed } from "./metrics/metrics-reply.ts";
import { incidentPage } from "./pages/incident-page.ts";
import { incidentsPage } from "./pages/incidents-page.ts";
import { statusPage } from "./pages/status-page.ts";
import { json, nameEndpoint, plain } from "./replies.ts";
import { pageNonce } from "./security-headers.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebPort } from "./web-port.ts";

/** The pages for people, and the same as JSON. */
export function addPageRoutes(app: Express, port: WebPort, options: WebOptions): void {
  const html = async (request: Request, response: Response, page: (nonce: string) => string): Promise<void> => {
    const nonce = pageNonce(response);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    await replyCompressed(request, response, Buffer.from(page(nonce), "utf8"));
  };
  app.get("/", async (request, response) => {
    nameEndpoint(response, "status");
    await html(request, response, (nonce) =>
      statusPage({ nonce, status: port.status(), findings: port.findings(), telemetryPath: options.telemetryPath }),
    );
  });
  app.get("/incidents", async (request, response) => {
    nameEndpoint(response, "incidents");
    await html(request, response, (nonce) =>
      incidentsPage({ nonce, findings: port.findings(), now: port.status().now }),
    );
  });
  app.get("/incidents/:id", async (request, response) => {
    nameEndpoint(response, "incidents");
    const incident = port.findings().incidents.find(({ id }) => id === request.params.id);
    if (incident === undefined) return plain(response, 404, "Not found");
    const rows = port.rawRows(incident.id);
    await html(request, response, (nonce) =>
      incidentPage({
        nonce,
        incident,
        rows,
        hasFarm: options.mode === "central",
        now: port.status().now,
        runbookUrl: options.runbookUrl,
      }),
    );
  });
  app.get("/incidents/:id/bundle.zip", async (request, response) => {
    nameEndpoint(response, "incidents");
    const incident = port.findings().incidents.find(({ id }) => id === request.params.id);
    if (incident === undefined) return plain(response, 404, "Not found");
    const bundle = await incidentBundle(port, incident, options);
    // An incident's id is fit for a file name.
    response.setHeader("Content-Disposition", `attachment; filename="hma-${incident.id}.zip"`);
    response.setHeader("Content-Type", "application/zip");
    response.send(bundle);
  });
  app.get("/api/v1/incidents", async (request, response) => {
    nameEndpoint(response, "api");
    await json(request, response, port.findings());
  });
  app.get("/api/v1/servers", async (request, response) => {
    nameEndpoint(response, "api");
    await json(request, response, port.status().servers);
  });
}
