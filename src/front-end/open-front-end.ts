import { createServer } from "node:https";
import type { IncomingMessage } from "node:http";
import type { FrontEnd, FrontEndWorld } from "../simulator/front-end/front-end.ts";
import { protocolOfPath } from "../simulator/front-end/front-end.ts";
import type { FrontEndAnswer } from "../simulator/front-end/front-end-answer.ts";
import { closeServer, listenOn } from "./listen-on.ts";
import type { SelfSigned } from "./self-signed.ts";

export interface FrontEndOptions {
  readonly frontEnd: FrontEnd;
  readonly tls: SelfSigned;
  /** Returns the current time and keys of the simulation. */
  readonly world: () => FrontEndWorld;
  /** Called after each answer. */
  readonly onAnswer?: (request: SeenRequest, answer: FrontEndAnswer) => void;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly userAgent: string;
  readonly hasToken: boolean;
}

export interface RunningFrontEnd {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Opens a simulated Exchange front end over HTTPS on a free port of 127.0.0.1. */
export async function openFrontEnd(options: FrontEndOptions): Promise<RunningFrontEnd> {
  const server = createServer({ cert: options.tls.certificate, key: options.tls.key }, (request, response) => {
    answerOf(request, options)
      .then((answer) => {
        response.writeHead(
          answer.status,
          answer.headers.flatMap(([name, value]) => [name, value]),
        );
        response.end();
      })
      .catch(() => {
        response.writeHead(500).end();
      });
  });
  const port = await listenOn(server);
  return {
    port,
    close: () => closeServer(server),
  };
}

async function answerOf(request: IncomingMessage, options: FrontEndOptions): Promise<FrontEndAnswer> {
  const { method = "GET", url = "/", headers } = request;
  const protocol = protocolOfPath(url);
  if (protocol === null) return { status: 404, headers: [] };
  const { authorization = "", host = "" } = headers;
  const world = options.world();
  const { status, headers: answered } = await options.frontEnd.answer({ protocol, authorization, host }, world);
  const answer = { status, headers: [...answered, ["Date", new Date(world.nowMs).toUTCString()] as const] };
  const userAgent = headers["user-agent"] ?? "";
  const hasToken = /^bearer\s+\S/i.test(authorization);
  options.onAnswer?.({ method, path: url, userAgent, hasToken }, answer);
  return answer;
}
