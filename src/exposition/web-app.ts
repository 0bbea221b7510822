import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { ErrorRequestHandler, Express, NextFunction, Request, Response } from "express";
import type { WebEndpoint } from "../catalogue/exporter-metrics.ts";
import { PROTOCOLS } from "../model/label-values.ts";
import { replyCompressed, replyWithMetrics } from "./metrics-reply.ts";
import { incidentPage } from "./pages/incident-page.ts";
import { incidentsPage } from "./pages/incidents-page.ts";
import { statusPage } from "./pages/status-page.ts";
import { createProcessRegistry } from "./process-registry.ts";
import { renderMetrics } from "./render-metrics.ts";
import { outcomeOf, RequestGauge } from "./request-gauge.ts";
import { isReloadAllowed } from "./reload-guard.ts";
import { pageNonce, setSecurityHeaders } from "./security-headers.ts";
import { targetGroups } from "./service-discovery.ts";
import type { WebPort } from "./web-port.ts";

export interface WebOptions {
  /** `server`: `/metrics` is the exporter and its one server. `central`: `/metrics` is the exporter, each server has its own page. */
  readonly mode: "server" | "central";
  /** Path of the metrics; `/metrics` unless configured. */
  readonly telemetryPath: string;
  /** Requests answered at once; the next one gets 503. */
  readonly maxConcurrentRequests: number;
  /** Where the runbooks stand, without the final slash; null when there is no such place. */
  readonly runbookUrl: string | null;
}

export const DEFAULT_WEB_OPTIONS: WebOptions = { mode: "server", telemetryPath: "/metrics", maxConcurrentRequests: 40, runbookUrl: null };

/** What the listener knows of a request that its headers do not say. */
export interface RequestContext {
  readonly isAuthenticated: boolean;
  /** Response headers of the web configuration file; they win over our own. */
  readonly headers: Readonly<Record<string, string>>;
}

export type WebApp = (request: IncomingMessage, response: ServerResponse, context?: RequestContext) => void;

const NO_CONTEXT: RequestContext = { isAuthenticated: false, headers: {} };

/** The exporter's pages over the port. Holds no listener; `listen()` serves it. */
export function createWebApp(port: WebPort, options: WebOptions = DEFAULT_WEB_OPTIONS): WebApp {
  const contexts = new WeakMap<IncomingMessage, RequestContext>();
  const contextOf = (request: IncomingMessage): RequestContext => contexts.get(request) ?? NO_CONTEXT;
  const gauge = new RequestGauge(options.maxConcurrentRequests);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", "simple");
  app.set("env", "production");
  app.use((request, response, next) => admit({ request, response, next, gauge, context: contextOf(request) }));
  addMetricRoutes(app, port, options, gauge);
  addPageRoutes(app, port, options);
  addOperationRoutes(app, port, (request) => isReloadAllowed(request, contextOf(request).isAuthenticated));
  app.use((_request, response) => plain(response, 404, "Not found"));
  app.use(errorHandler(port));
  return (request, response, context = NO_CONTEXT) => {
    contexts.set(request, context);
    app(request, response);
  };
}

interface Admission {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
  readonly gauge: RequestGauge;
  readonly context: RequestContext;
}

/** What holds for every request: headers, a place, a known method, and the counting of its answer. */
function admit({ request, response, next, gauge, context }: Admission): void {
  setSecurityHeaders(response, context.headers);
  // A body is not read: the connection cannot be used again.
  if (request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0) response.setHeader("Connection", "close");
  response.locals["endpoint"] = "other" satisfies WebEndpoint;
  const endpointNow = (): WebEndpoint => response.locals["endpoint"];
  if (!gauge.enter()) {
    gauge.count(endpointNow(), "refused");
    response.setHeader("Retry-After", "5");
    plain(response, 503, "Too many requests at once, try again later");
    return;
  }
  response.once("close", () => {
    gauge.leave();
    gauge.count(endpointNow(), outcomeOf(endpointNow(), response.statusCode));
  });
  const isReload = request.path === "/-/reload";
  const allowed = isReload ? ["POST"] : ["GET", "HEAD"];
  if (allowed.includes(request.method)) return next();
  response.setHeader("Allow", allowed.join(", "));
  plain(response, 405, "Method not allowed");
}

function addMetricRoutes(app: Express, port: WebPort, options: WebOptions, gauge: RequestGauge): void {
  const processRegistry = createProcessRegistry();
  const own = function* () {
    yield* port.exporterMetrics();
    yield* gauge.values();
    const only = options.mode === "server" ? port.serverNames()[0] : undefined;
    if (only !== undefined) yield* port.metricsOf(only);
  };
  app.get(options.telemetryPath, async (request, response) => {
    name(response, "metrics");
    const scopes = options.mode === "server" ? (["server", "organisation", "exporter"] as const) : (["organisation", "exporter"] as const);
    await replyWithMetrics(request, response, (format) => renderMetrics({ scopes, values: own() }, format, [processRegistry]));
  });
  app.get(`${options.telemetryPath}/servers/:server`, async (request, response) => {
    name(response, "server_metrics");
    const server = port.serverNames().find((known) => known === request.params.server);
    if (options.mode === "server" || server === undefined) return plain(response, 404, "Not found");
    await replyWithMetrics(request, response, (format) => renderMetrics({ scopes: ["server"], values: port.metricsOf(server) }, format));
  });
  app.get("/sd", (request, response) => {
    name(response, "discovery");
    const { localAddress = "127.0.0.1", localPort = 0 } = request.socket;
    const groups = targetGroups({
      host: request.headers.host,
      socketAddress: `${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${localPort}`,
      isTls: "encrypted" in request.socket,
      servers: port.serverNames(),
      pathOf: (server) => (options.mode === "server" ? options.telemetryPath : `${options.telemetryPath}/servers/${encodeURIComponent(server)}`),
    });
    response.json(groups);
  });
}

function addPageRoutes(app: Express, port: WebPort, options: WebOptions): void {
  const html = async (request: Request, response: Response, page: (nonce: string) => string): Promise<void> => {
    const nonce = pageNonce(response);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    await replyCompressed(request, response, Buffer.from(page(nonce), "utf8"));
  };
  app.get("/", async (request, response) => {
    name(response, "status");
    await html(request, response, (nonce) => statusPage({ nonce, status: port.status(), findings: port.findings(), telemetryPath: options.telemetryPath }));
  });
  app.get("/incidents", async (request, response) => {
    name(response, "incidents");
    await html(request, response, (nonce) => incidentsPage({ nonce, findings: port.findings(), now: port.status().now }));
  });
  app.get("/incidents/:id", async (request, response) => {
    name(response, "incidents");
    const incident = port.findings().incidents.find(({ id }) => id === request.params.id);
    if (incident === undefined) return plain(response, 404, "Not found");
    await html(request, response, (nonce) => incidentPage({ nonce, incident, now: port.status().now, runbookUrl: options.runbookUrl }));
  });
  app.get("/api/v1/incidents", async (request, response) => {
    name(response, "api");
    await json(request, response, port.findings());
  });
  app.get("/api/v1/servers", async (request, response) => {
    name(response, "api");
    await json(request, response, port.status().servers);
  });
}

function addOperationRoutes(app: Express, port: WebPort, isAllowed: (request: IncomingMessage) => boolean): void {
  app.get("/-/healthy", (_request, response) => {
    name(response, "healthy");
    plain(response, port.isHealthy() ? 200 : 503, port.isHealthy() ? "Healthy" : "Not healthy");
  });
  app.get("/-/ready", (_request, response) => {
    name(response, "ready");
    plain(response, port.isReady() ? 200 : 503, port.isReady() ? "Ready" : "Not ready: the logs are still being read");
  });
  app.post("/-/reload", async (request, response) => {
    name(response, "reload");
    if (!isAllowed(request)) return plain(response, 403, "Reload is allowed from this machine, or with a password");
    const result = await port.reload();
    if (result.ok) plain(response, 200, "Reloaded");
    else plain(response, 500, `Cannot reload the configuration: it has faults, and the one before stays in force\n${result.faults.join("\n")}`);
  });
  app.get("/ready/:protocol", (request, response) => {
    name(response, "gate");
    const protocol = PROTOCOLS.find((known) => known === request.params.protocol);
    const wanted = request.query["server"];
    const server = port.serverNames().find((known) => wanted === undefined || known === wanted);
    const isAmbiguous = wanted === undefined && port.serverNames().length > 1;
    if (protocol === undefined || (server === undefined && wanted !== undefined)) return plain(response, 404, "Not found");
    if (isAmbiguous) return plain(response, 400, "Say which server: ?server=NAME");
    // Without a server nothing is known against it: traffic is let through.
    const verdict = server === undefined ? { accepts: true, because: "no server is watched yet" } : port.gate(server, protocol);
    plain(response, verdict.accepts ? 200 : 503, verdict.because);
  });
}

/** Names the request's page for the exporter's own metrics. */
function name(response: Response, endpoint: WebEndpoint): void {
  response.locals["endpoint"] = endpoint;
}

function plain(response: Response, status: number, text: string): void {
  response.status(status).setHeader("Content-Type", "text/plain; charset=utf-8");
  response.send(`${text}\n`);
}

async function json(request: Request, response: Response, value: unknown): Promise<void> {
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  await replyCompressed(request, response, Buffer.from(JSON.stringify(value), "utf8"));
}

/** A path that cannot be decoded is the client's fault; the rest is ours, and the answer tells nothing of it. */
function errorHandler(port: WebPort): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const status = typeof error === "object" && error !== null && "status" in error ? error.status : 500;
    if (status !== 400) port.onError(error);
    if (response.headersSent) response.destroy();
    else plain(response, status === 400 ? 400 : 500, status === 400 ? "Bad request" : "Internal error");
  };
}
