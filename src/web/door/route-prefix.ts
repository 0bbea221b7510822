import type { NextFunction, Request, RequestHandler, Response } from "express";
import { plain } from "../replies.ts";
import type { ExternalAddress } from "./external-address.ts";

/** Takes the route prefix from a request's path. What stands outside of it is not found, but for `/`, which leads to the status page. */
export function belowPrefix({ routePrefix, base }: ExternalAddress): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (routePrefix === "") return next();
    const { path } = request;
    if (path === "/" || path === routePrefix) return response.redirect(302, `${base}/`);
    if (!path.startsWith(`${routePrefix}/`)) return plain(response, 404, `Not found: the pages stand below ${base}/`);
    // Sample: http://exporter.example.com/hma/metrics?x=1, as clients of a proxy ask
    request.url = request.url.replace(/^https?:\/\/[^/]*/i, "").slice(routePrefix.length);
    next();
  };
}
