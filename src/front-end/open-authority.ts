import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FrontEndFarm } from "./front-end-farm.ts";
import { closeServer, listenOn } from "./listen-on.ts";

export interface AuthorityOptions {
  readonly farm: Pick<FrontEndFarm, "tls" | "tokenFor">;
  /** Public DNS names for which it issues tokens. */
  readonly namespaces: readonly string[];
  /** Client secret of its only application. */
  readonly secret: string;
}

export interface RunningAuthority {
  /** `https://localhost:<port>`, for `probe.token.authority` with protocol oidc. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Lifetime of a token, seconds. Short, so that clients get a token of the new key soon after a roll-over (Entra ID: about 65 minutes). */
const LIFETIME_SECONDS = 60;
const MAX_BODY_BYTES = 65_536;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Opens a simulated authority over HTTPS on a free port of 127.0.0.1: discovery document, and token endpoint for client credentials. */
export async function openAuthority(options: AuthorityOptions): Promise<RunningAuthority> {
  const { certificate: cert, key } = options.farm.tls;
  let url = "";
  const server = createServer({ cert, key }, (request, response) => {
    replyTo(request, url, options)
      .then((reply) => {
        send(response, reply);
      })
      .catch(() => {
        send(response, { status: 500, body: { error: "server_error" } });
      });
  });
  url = `https://localhost:${await listenOn(server)}`;
  return { url, close: () => closeServer(server) };
}

async function replyTo(request: IncomingMessage, url: string, options: AuthorityOptions): Promise<Reply> {
  const { pathname } = new URL(request.url ?? "/", url);
  if (request.method === "GET" && pathname === "/.well-known/openid-configuration")
    return {
      status: 200,
      body: {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
      },
    };
  if (request.method === "POST" && pathname === "/token")
    return grant(new URLSearchParams(await bodyOf(request)), options);
  return { status: 404, body: { error: "not_found" } };
}

/** Answers a token request: with a token, or with an error in the format of Entra ID (its number is in `error_codes`). */
async function grant(form: URLSearchParams, { farm, namespaces, secret }: AuthorityOptions): Promise<Reply> {
  if (form.get("client_secret") !== secret) return refusal("invalid_client", 7_000_215, 401);
  // Sample: https://mail.contoso.example/.default openid profile offline_access
  const name = /^https:\/\/([\w.-]+)\/\.default(?: |$)/.exec(form.get("scope") ?? "")?.[1] ?? "";
  if (!namespaces.includes(name)) return refusal("invalid_resource", 500_011, 400);
  const { token } = await farm.tokenFor(name);
  return { status: 200, body: { token_type: "Bearer", expires_in: LIFETIME_SECONDS, access_token: token } };
}

function refusal(error: string, number: number, status: number): Reply {
  return { status, body: { error, error_description: `AADSTS${number}: refused`, error_codes: [number] } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new Error("Cannot read the request: its body is too long");
  }
  return text;
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
