import type { ConfidentialClientApplication, ProtocolMode, ServerError } from "@azure/msal-node";
import type { ProbeReason } from "../model/probe/probe.ts";
import { tokenKind, type TokenKind } from "../probe/token-kind.ts";
import type { TokenHttp } from "../model/probe/token-http.ts";
import { tokenNetwork, type TokenNetwork } from "./token-http.ts";
import { CredentialError, readCredential, type Credential, type TokenSettings } from "./token-settings.ts";

export type TokenResult =
  | {
      readonly kind: "token";
      /** Kept in memory only. */
      readonly token: string;
      /** `x5t` of the token's header, otherwise `kid`; null without either. */
      readonly keyId: string | null;
      readonly tokenKind: TokenKind;
      readonly hasRoles: boolean;
    }
  | {
      readonly kind: "none";
      readonly reason: ProbeReason;
      /** AADSTS number or OAuth error code; null if there is none. Never the authority's text. */
      readonly errorNumber: string | null;
    };

export interface TokenSource {
  /** A token with the audience `https://<namespace>`. Never rejects. Concurrent callers share one request. */
  readonly tokenFor: (namespace: string) => Promise<TokenResult>;
  /** Expiry of the credential's certificate, Unix milliseconds; null for a secret, or before a certificate was read. */
  readonly credentialNotAfterMs: () => number | null;
}

/** Pause after a failure, so that 200 servers do not cause 200 requests to the authority. */
const HOLD_AFTER_FAILURE_MS = 60_000;
const MAX_NAMESPACES = 1_000;

/** The library with its own packages: 300 files, which are loaded for the first token only. */
interface Msal {
  readonly ConfidentialClientApplication: typeof ConfidentialClientApplication;
  readonly ProtocolMode: typeof ProtocolMode;
}

/** Gets tokens by client credentials. The files are read for the first token, and again after a refusal. */
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
    const msal = await import("@azure/msal-node");
    try {
      credential ??= await readCredential(settings);
      client ??= clientOf(msal, { settings, credential, network });
      const answer = await client.acquireTokenByClientCredential({ scopes: [`https://${namespace}/.default`] });
      if (answer === null || answer.accessToken === "")
        return { kind: "none", reason: "token_refused", errorNumber: null };
      failed.delete(namespace);
      return { kind: "token", token: answer.accessToken, ...factsOf(answer.accessToken) };
    } catch (error) {
      const refusal = error instanceof msal.ServerError ? error : null;
      const result = failureOf({ error, refusal }, network, failed.get(namespace)?.result ?? null);
      if (failed.size < MAX_NAMESPACES)
        failed.set(namespace, { untilMs: monotonicMs() + HOLD_AFTER_FAILURE_MS, result });
      // Only a credential fault drops the client, so that a replaced file is read again. Otherwise the client keeps the library's own pause
      // after 429 and 5xx.
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

interface ClientParts {
  readonly settings: TokenSettings;
  readonly credential: Credential;
  readonly network: TokenNetwork;
}

function clientOf(
  { ConfidentialClientApplication: Client, ProtocolMode: modes }: Msal,
  { settings: { authority, clientId, protocol }, credential, network }: ClientParts,
): ConfidentialClientApplication {
  return new Client({
    auth: {
      clientId,
      authority,
      // The configured host is trusted, so the library need not look it up elsewhere.
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
    system: { networkClient: network, protocolMode: protocol === "oidc" ? modes.OIDC : modes.AAD },
  });
}

type NoToken = TokenResult & { readonly kind: "none" };

/** After a 429 or 5xx the library itself refuses requests for a while, without an error number. The first failure is then kept. */
function failureOf(
  { error, refusal }: { readonly error: unknown; readonly refusal: ServerError | null },
  network: TokenNetwork,
  before: NoToken | null,
): NoToken {
  if (error instanceof CredentialError) return { kind: "none", reason: "token_credential_file", errorNumber: null };
  if (refusal !== null) {
    const errorNumber = numberOf(refusal);
    if (errorNumber === null && refusal.status === undefined && before !== null) return before;
    return { kind: "none", reason: reasonOf(refusal, errorNumber), errorNumber };
  }
  if (network.failed()) return { kind: "none", reason: "token_unreachable", errorNumber: null };
  return before ?? { kind: "none", reason: "token_refused", errorNumber: null };
}

/** Entra ID's error numbers for a wrong, expired or unknown secret or certificate. */
const CREDENTIAL_NUMBERS: ReadonlySet<string> = new Set(["7000215", "7000222", "700027", "7000216", "700024"]);

function reasonOf(error: ServerError, errorNumber: string | null): ProbeReason {
  if (errorNumber === "500011") return "token_resource";
  if (error.status === 429) return "token_throttled";
  if (error.status !== undefined && error.status >= 500) return "token_unreachable";
  if (errorNumber !== null && CREDENTIAL_NUMBERS.has(errorNumber)) return "token_credential";
  return error.errorCode === "invalid_client" ? "token_credential" : "token_refused";
}

/** The AADSTS number, or the OAuth error code, which is one of a few words. */
function numberOf(error: ServerError): string | null {
  // Declared as a text, and a number when the authority gave one. Sample: 500011
  const number = String(error.errorNo ?? "");
  if (/^\d{4,9}$/.test(number)) return number;
  // Sample: invalid_client
  return /^[a-z_]{3,40}$/.test(error.errorCode) ? error.errorCode : null;
}

/** The claims of a token that are not secret. An opaque token, which some authorities issue, has none of them. */
function factsOf(token: string): Pick<TokenResult & { kind: "token" }, "keyId" | "tokenKind" | "hasRoles"> {
  const [head, body] = token.split(".").slice(0, 2).map(jsonOf);
  // `x5t` is the thumbprint of the certificate, by which Exchange finds the key. In tokens of Entra ID, `kid` has the same value.
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
