import type { IncomingMessage, ServerResponse } from "node:http";
import express from "express";
import type { ErrorRequestHandler, NextFunction, Request, Response } from "express";
import type { WebEndpoint } from "../catalogue/exporter-metrics.ts";
import { addDiscoveryRoute } from "./discovery-route.ts";
import { addMetricRoutes } from "./metrics/metrics-page.ts";
import { addOperationRoutes } from "./operation-routes.ts";
import { addPageRoutes } from "./page-routes.ts";
import { HostGuard } from "./door/host-guard.ts";
import { OwnNames } from "./door/own-names.ts";
import { isReloadAllowed } from "./door/reload-guard.ts";
import { addProbeRoutes } from "./metrics/probe-routes.ts";
import { nameEndpoint, plain } from "./replies.ts";
import { Places } from "./door/places.ts";
import { outcomeOf, RequestCounts } from "./door/request-counts.ts";
import { belowPrefix } from "./door/route-prefix.ts";
import { setSecurityHeaders } from "./security-headers.ts";
import { DEFAULT_WEB_OPTIONS } from "./web-options.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";

/** Facts on a request that the listener knows and that are not in its headers. */
export interface RequestContext {
  readonly isAuthenticated: boolean;
  /** TLS or a password protects the answer, so a page of another site cannot read it under a host name of its own (DNS rebinding). */
  readonly isProtected: boolean;
  /** Response headers of the web configuration file; they take precedence over the built-in ones. */
  readonly headers: Readonly<Record<string, string>>;
}

export type WebApp = (request: IncomingMessage, response: ServerResponse, context?: RequestContext) => void;

const PROBES = "/probe";
/**
 * Paths that are answered even above the limit of requests: a supervisor or balancer must not take a flood of requests for a dead exporter.
 */
const ALWAYS_ANSWERED = ["/-/healthy", "/-/ready", "/ready/"] as const;

const NO_CONTEXT: RequestContext = { isAuthenticated: false, isProtected: false, headers: {} };

/** Scrapes have a limit of their own, which pages cannot use up, and so have probes, which wait for servers. */
interface AllPlaces {
  readonly probes: Places;
  readonly scrapes: Places;
  readonly pages: Places;
}

/** The exporter's pages, answered by the queries. It does not listen; `listen()` serves it. */
export function createWebApp(queries: WebQueries, options: WebOptions = DEFAULT_WEB_OPTIONS): WebApp {
  const contexts = new WeakMap<IncomingMessage, RequestContext>();
  const contextOf = (request: IncomingMessage): RequestContext => contexts.get(request) ?? NO_CONTEXT;
  const counts = new RequestCounts();
  const most = (): number => options.maxConcurrentRequests;
  const slots = { scrapes: new Places(most), pages: new Places(most), probes: new Places(most) };
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("query parser", "simple");
  app.set("env", "production");
  const names = new OwnNames(() => options.hosts);
  const guard = new HostGuard(names);
  app.use(async (request, response, next) => {
    const context = contextOf(request);
    setSecurityHeaders(response, context.headers);
    const isGuarded = !context.isProtected && options.external.url === null;
    if (!isGuarded || (await guard.accepts(request.headers, request.socket.localAddress))) return next();
    plain(response, 421, "Not a name of this exporter: open it by its address, or add the name to web.hosts");
  });
  app.use(belowPrefix(options.external));
  app.use((request, response, next) => {
    admit({ request, response, next, counts, slot: slotsFor(request, slots, options) });
  });
  addMetricRoutes(app, queries, { options, counts });
  addDiscoveryRoute(app, queries, { options, names });
  addProbeRoutes(app, queries);
  addPageRoutes(app, queries, options);
  addOperationRoutes(app, queries, (request) =>
    isReloadAllowed(request, { isAuthenticated: contextOf(request).isAuthenticated, external: options.external }),
  );
  app.use((_request, response) => plain(response, 404, "Not found"));
  app.use(errorHandler(queries));
  return (request, response, context = NO_CONTEXT) => {
    contexts.set(request, context);
    app(request, response);
  };
}

interface Admission {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
  readonly counts: RequestCounts;
  /** Null if none is needed. */
  readonly slot: Places | null;
}

function slotsFor(
  { path }: Request,
  { scrapes, pages, probes }: AllPlaces,
  { telemetryPath }: WebOptions,
): Places | null {
  if (ALWAYS_ANSWERED.some((start) => path.startsWith(start))) return null;
  if (path === PROBES) return probes;
  return path === "/sd" || path === telemetryPath || path.startsWith(`${telemetryPath}/`) ? scrapes : pages;
}

/** Applies to every request: limit of requests, permitted methods, and counting of answers. */
function admit({ request, response, next, counts, slot }: Admission): void {
  // Bodies of requests are not read, so the connection cannot be used again.
  if (request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0)
    response.setHeader("Connection", "close");
  nameEndpoint(response, "other");
  const endpointNow = (): WebEndpoint => response.locals["endpoint"];
  if (slot !== null && !slot.enter({ request, response })) {
    counts.count(endpointNow(), "refused");
    response.setHeader("Retry-After", "5");
    plain(response, 503, "Too many requests at once, try again later");
    return;
  }
  response.once("close", () => {
    counts.count(endpointNow(), outcomeOf(endpointNow(), response.statusCode));
  });
  const isReload = request.path === "/-/reload";
  const allowed = isReload ? ["POST"] : ["GET", "HEAD"];
  if (allowed.includes(request.method)) return next();
  response.setHeader("Allow", allowed.join(", "));
  plain(response, 405, "Method not allowed");
}

/** A path that cannot be decoded is a client error. Any other error is internal, and the answer does not describe it. */
function errorHandler(queries: WebQueries): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const status = typeof error === "object" && error !== null && "status" in error ? error.status : 500;
    if (status !== 400) queries.onError(error);
    if (response.headersSent) response.destroy();
    else plain(response, status === 400 ? 400 : 500, status === 400 ? "Bad request" : "Internal error");
  };
}
