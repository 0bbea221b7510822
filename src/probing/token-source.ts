import { ConfidentialClientApplication, ProtocolMode, ServerError } from "@azure/msal-node";
import type { ProbeReason } from "../model/probe/probe.ts";
import { tokenKind, type TokenKind } from "../probe/token-kind.ts";
import type { TokenHttp } from "../model/probe/token-http.ts";
import { tokenNetwork, type TokenNetwork } from "./token-http.ts";
import { CredentialError, readCredential, type Credential, type TokenSettings } from "./token-settings.ts";

export type TokenResult =
  | {
      readonly kind: "token";
      /** Held in memory alone. */
      readonly token: string;
      /** `x5t` of its header, or `kid`; null without either. */
      readonly keyId: string | null;
      readonly tokenKind: TokenKind;
      readonly hasRoles: boolean;
    }
  | {
      readonly kind: "none";
      readonly reason: ProbeReason;
      /** AADSTS number or OAuth error code; null where there is none. Never the authority's text. */
      readonly errorNumber: string | null;
    };

export interface TokenSource {
  /** A token whose audience is `https://<namespace>`. Never rejects. Callers at one time share one request. */
  readonly tokenFor: (namespace: string) => Promise<TokenResult>;
  /** Expiry of the credential's certificate, Unix milliseconds; null for a secret or while none was read. */
  readonly credentialNotAfterMs: () => number | null;
}

/** After a failure nothing is asked for so long: 200 servers must not make 200 requests to the authority. */
const HOLD_AFTER_FAILURE_MS = 60_000;
const MAX_NAMESPACES = 1_000;

/** Tokens by client credentials. The files are read when the first token is asked for, and again after a refusal. */
export function openTokenSource(
  settings: TokenSettings,
  http: TokenHttp,
  monotonicMs: () => number = () => performance.now(),
): TokenSource {
  const running = new Map<string, Promise<TokenResult>>();
  const failed = new Map<string, { readonly untilMs: number; readonly result: TokenResult & { kind: "none" } }>();
  const network = tokenNetwork(http);
  let credential: Credential | null = null;
  let client: ConfidentialClientApplication | null = null;

  const fetchToken = async (namespace: string): Promise<TokenResult> => {
    try {
      credential ??= await readCredential(settings);
      client ??= clientOf(settings, credential, network);
      const answer = await client.acquireTokenByClientCredential({ scopes: [`https://${namespace}/.default`] });
      if (answer === null || answer.accessToken === "")
        return { kind: "none", reason: "token_refused", errorNumber: null };
      failed.delete(namespace);
      return { kind: "token", token: answer.accessToken, ...factsOf(answer.accessToken) };
    } catch (error) {
      const result = failureOf(error, network, failed.get(namespace)?.result ?? null);
      if (failed.size < MAX_NAMESPACES)
        failed.set(namespace, { untilMs: monotonicMs() + HOLD_AFTER_FAILURE_MS, result });
      // A file that was replaced is read again; the library's own pause after 429 and 5xx outlives the client.
      if (result.reason === "token_credential" || result.reason === "token_credential_file") {
        credential = null;
        client = null;
      }
      return result;
    }
  };

  return {
    tokenFor: (namespace) => {
      const held = failed.get(namespace);
      if (held !== undefined && monotonicMs() < held.untilMs) return Promise.resolve(held.result);
      const known = running.get(namespace);
      if (known !== undefined) return known;
      const begun = fetchToken(namespace).finally(() => {
        running.delete(namespace);
      });
      running.set(namespace, begun);
      return begun;
    },
    credentialNotAfterMs: () => (credential?.kind === "certificate" ? credential.notAfterMs : null),
  };
}

function clientOf(
  { authority, clientId, protocol }: TokenSettings,
  credential: Credential,
  network: TokenNetwork,
): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      authority,
      // The configured host is trusted as it is: no discovery elsewhere.
      knownAuthorities: [new URL(authority).host],
      ...(credential.kind === "secret"
        ? { clientSecret: credential.secret }
        : {
            clientCertificate: {
              thumbprintSha256: credential.thumbprintSha256,
              privateKey: credential.privateKey,
              x5c: credential.chain,
            },
          }),
    },
    system: { networkClient: network, protocolMode: protocol === "oidc" ? ProtocolMode.OIDC : ProtocolMode.AAD },
  });
}

type NoToken = TokenResult & { readonly kind: "none" };

/** After a 429 or 5xx the library answers by itself for a while, without a number: then the first failure still holds. */
function failureOf(error: unknown, network: TokenNetwork, before: NoToken | null): NoToken {
  if (error instanceof CredentialError) return { kind: "none", reason: "token_credential_file", errorNumber: null };
  if (error instanceof ServerError) {
    const errorNumber = numberOf(error);
    if (errorNumber === null && error.status === undefined && before !== null) return before;
    return { kind: "none", reason: reasonOf(error, errorNumber), errorNumber };
  }
  if (network.failed()) return { kind: "none", reason: "token_unreachable", errorNumber: null };
  return before ?? { kind: "none", reason: "token_refused", errorNumber: null };
}

/** Numbers of Entra ID for a wrong, expired or unknown secret or certificate. */
const CREDENTIAL_NUMBERS: ReadonlySet<string> = new Set(["7000215", "7000222", "700027", "7000216", "700024"]);

function reasonOf(error: ServerError, errorNumber: string | null): ProbeReason {
  if (errorNumber === "500011") return "token_resource";
  if (error.status === 429) return "token_throttled";
  if (error.status !== undefined && error.status >= 500) return "token_unreachable";
  if (errorNumber !== null && CREDENTIAL_NUMBERS.has(errorNumber)) return "token_credential";
  return error.errorCode === "invalid_client" ? "token_credential" : "token_refused";
}

/** The AADSTS number, or the OAuth error code, which is a word of a small set. */
function numberOf(error: ServerError): string | null {
  // Declared as a text, and a number when the authority gave one. Sample: 500011
  const number = String(error.errorNo ?? "");
  if (/^\d{4,9}$/.test(number)) return number;
  // Sample: invalid_client
  return /^[a-z_]{3,40}$/.test(error.errorCode) ? error.errorCode : null;
}

/** What of a token is no secret. A token that cannot be read has none of it: some authorities give opaque ones. */
function factsOf(token: string): Pick<TokenResult & { kind: "token" }, "keyId" | "tokenKind" | "hasRoles"> {
  const [head, body] = token.split(".").slice(0, 2).map(jsonOf);
  // `x5t` is the thumbprint of the certificate, by which Exchange finds the key; `kid` is the same at Entra ID.
  const keyId = head?.["x5t"] ?? head?.["kid"];
  const roles = body?.["roles"];
  return {
    // Sample: 2ZQpJ3UpbjAYXYGaXEJl8lV0TOI
    keyId: typeof keyId === "string" && /^[\w.+/=-]{1,128}$/.test(keyId) ? keyId : null,
    tokenKind: tokenKind(body ?? {}),
    hasRoles: Array.isArray(roles) && roles.length > 0,
  };
}

function jsonOf(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
