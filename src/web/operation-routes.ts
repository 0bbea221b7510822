import type { IncomingMessage } from "node:http";
import type { Express, Response } from "express";
import { PROTOCOLS } from "../model/label-values.ts";
import { nameEndpoint, plain } from "./replies.ts";
import type { ProbeAnswer, WebQueries } from "./web-queries.ts";

/** Routes for supervisors and load balancers, and the reload. */
export function addOperationRoutes(
  app: Express,
  queries: WebQueries,
  isAllowed: (request: IncomingMessage) => boolean,
): void {
  app.get("/-/healthy", (_request, response) => {
    nameEndpoint(response, "healthy");
    answerProbe(response, queries.health(), ["Healthy", "Not healthy"]);
  });
  app.get("/-/ready", (_request, response) => {
    nameEndpoint(response, "ready");
    answerProbe(response, queries.readiness(), ["Ready", "Not ready"]);
  });
  app.post("/-/reload", async (request, response) => {
    nameEndpoint(response, "reload");
    if (!isAllowed(request)) return plain(response, 403, "Reload is allowed from this machine, or with a password");
    const result = await queries.reload();
    if (result.ok) plain(response, 200, reloadText(result.applied, result.waiting));
    else
      plain(
        response,
        500,
        `Cannot reload the configuration: it has faults; the previous configuration stays in use\n${result.faults.join("\n")}`,
      );
  });
  app.get("/ready/:protocol", (request, response) => {
    nameEndpoint(response, "gate");
    const protocol = PROTOCOLS.find((known) => known === request.params.protocol);
    const wanted = request.query["server"];
    const server = queries.serverNames().find((known) => wanted === undefined || known === wanted);
    const isAmbiguous = wanted === undefined && queries.serverNames().length > 1;
    if (protocol === undefined || (server === undefined && wanted !== undefined))
      return plain(response, 404, "Not found");
    if (isAmbiguous) return plain(response, 400, "Cannot choose a server: one ?server=NAME is expected");
    // Without a known server the gate lets traffic through.
    const verdict =
      server === undefined ? { accepts: true, because: "no server is watched yet" } : queries.gate(server, protocol);
    plain(response, verdict.accepts ? 200 : 503, verdict.because);
  });
}

function answerProbe(response: Response, answer: ProbeAnswer, [good, bad]: readonly [string, string]): void {
  plain(response, answer.isGood ? 200 : 503, answer.isGood ? good : `${bad}: ${answer.because}`);
}

function reloadText(applied: readonly string[], waiting: readonly string[]): string {
  if (applied.length + waiting.length === 0) return "Reloaded: no key of the configuration has changed";
  const parts = [
    ...(applied.length > 0 ? [`applied: ${applied.join(", ")}`] : []),
    ...(waiting.length > 0 ? [`after a restart: ${waiting.join(", ")}`] : []),
  ];
  return `Reloaded\n${parts.join("\n")}`;
}
