import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as http from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { MadeCertificate } from "./certificates.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  readonly port: number;
  readonly requests: readonly { readonly url: string; readonly headers: http.IncomingHttpHeaders }[];
  /** Sets the answer for a path; a path without a handler gives 404. */
  readonly answer: (path: string, handler: Handler) => void;
  readonly close: () => Promise<void>;
}

/** An HTTPS server on 127.0.0.1 that simulates Entra ID. */
export async function openEntra(certificate: MadeCertificate): Promise<TestServer> {
  const handlers = new Map<string, Handler>();
  const requests: { url: string; headers: http.IncomingHttpHeaders }[] = [];
  const server = createServer({ key: certificate.key, cert: certificate.pem }, (request, response) => {
    const url = request.url ?? "";
    requests.push({ url, headers: request.headers });
    const handler = handlers.get(url);
    if (handler === undefined) response.writeHead(404).end();
    else handler(request, response);
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    answer: (path, handler) => {
      handlers.set(path, handler);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with a text and an ETag, and with 304 to a request with that ETag. */
export function document(text: string, etag: string): Handler {
  return (request, response) => {
    if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, "content-type": "application/xml" }).end(text);
  };
}

export interface TestProxy {
  readonly url: string;
  /** `host:port` of every CONNECT. */
  readonly tunnels: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
  readonly close: () => Promise<void>;
}

/** An HTTP proxy that tunnels CONNECT requests to 127.0.0.1, whatever the host. */
export async function openProxy(refuse = false): Promise<TestProxy> {
  const tunnels: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = http.createServer((_request, response) => {
    response.writeHead(400).end();
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    tunnels.push(request.url ?? "");
    authorizations.push(request.headers["proxy-authorization"]);
    if (refuse) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const upstream = connect(Number((request.url ?? "").split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    for (const socket of [upstream, client])
      socket.on("error", () => {
        upstream.destroy();
        client.destroy();
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    authorizations,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
