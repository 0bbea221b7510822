import { decodeProtectedHeader, decodeJwt, jwtVerify, errors, type CryptoKey, type JWTPayload } from "jose";
import type { Protocol } from "../../model/label-values.ts";

/** A refusal as Exchange writes it in `x-ms-diagnostics`. */
export interface TokenRefusal {
  readonly status: number;
  readonly code: string;
  readonly category: string;
  readonly reason: string;
}

/** What a simulated server accepts. */
export interface TokenRules {
  /** Start of the request's URL: `https://mail.contoso.com`. */
  readonly audience: string;
  readonly issuer: string;
  readonly tenant: string;
  /** Keys that the worker process trusts, by id. */
  readonly keys: ReadonlyMap<string, CryptoKey>;
  readonly nowMs: number;
}

/** Protocols whose virtual directories accept an application's token (web.config of 2016 and 2019). */
const APP_ONLY_PROTOCOLS: ReadonlySet<Protocol> = new Set<Protocol>(["ews", "autodiscover", "rest"]);

/**
 * Validates a token in Exchange's order: kind, profile, audience, issuer, signature, lifetime, tenant, roles. Returns
 * null when it is accepted. Never throws, whatever the text is.
 */
export async function validateToken(
  token: string,
  protocol: Protocol,
  rules: TokenRules,
): Promise<TokenRefusal | null> {
  const read = readToken(token);
  if (read === null) return refusal("2000001", "invalid_token", "The token cannot be read.");
  const { claims, keyId } = read;
  return (
    refusedForKind(claims) ??
    refusedForProfile(claims, protocol) ??
    refusedForAudience(claims, rules) ??
    refusedForIssuer(claims, rules) ??
    (await refusedForSignature(token, rules.keys.get(keyId), rules.nowMs)) ??
    refusedForTenant(claims, rules) ??
    refusedForRoles(claims)
  );
}

function refusal(code: string, category: string, reason: string): TokenRefusal {
  return { status: 401, code, category, reason };
}

function readToken(token: string): { readonly claims: JWTPayload; readonly keyId: string } | null {
  try {
    const { kid } = decodeProtectedHeader(token);
    return { claims: decodeJwt(token), keyId: kid ?? "" };
  } catch {
    return null;
  }
}

function refusedForKind({ ver }: JWTPayload): TokenRefusal | null {
  return ver === undefined || ver === "1.0"
    ? null
    : { ...refusal("2000007", "internal_error", "An unexpected error occurred."), status: 500 };
}

function refusedForProfile(claims: JWTPayload, protocol: Protocol): TokenRefusal | null {
  const profile = typeof claims["scp"] === "string" ? "V1AppActAs" : "V1AppOnly";
  return profile === "V1AppActAs" || APP_ONLY_PROTOCOLS.has(protocol)
    ? null
    : refusal("2000001", "invalid_token", `The token profile '${profile}' is not applicable for the current protocol.`);
}

function refusedForAudience({ aud }: JWTPayload, { audience }: TokenRules): TokenRefusal | null {
  if (typeof aud === "string" && aud.replace(/\/$/, "") === audience) return null;
  return refusal(
    "2000003",
    "invalid_resource",
    `The hostname component of the audience claim value is invalid. Expected '${audience}'.`,
  );
}

function refusedForIssuer({ iss }: JWTPayload, { issuer }: TokenRules): TokenRefusal | null {
  return iss === issuer ? null : refusal("2000009", "invalid_issuer", "The issuer of the token is unknown.");
}

async function refusedForSignature(
  token: string,
  key: CryptoKey | undefined,
  nowMs: number,
): Promise<TokenRefusal | null> {
  const bad = refusal("2000000", "invalid_signature", "The token has an invalid signature.");
  if (key === undefined) return bad;
  try {
    await jwtVerify(token, key, { currentDate: new Date(nowMs), clockTolerance: 300, algorithms: ["RS256"] });
    return null;
  } catch (error) {
    const isLifetime = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed;
    return isLifetime ? refusal("2000002", "token_expired", "The token has expired.") : bad;
  }
}

function refusedForTenant({ tid }: JWTPayload, { tenant }: TokenRules): TokenRefusal | null {
  return tid === tenant
    ? null
    : refusal("2000004", "invalid_tenant", "The tenant for the tenant guid of the token does not exist.");
}

/** An application without a role is refused last, after its signature was accepted. */
function refusedForRoles(claims: JWTPayload): TokenRefusal | null {
  if (typeof claims["scp"] === "string") return null;
  const roles = claims["roles"];
  return Array.isArray(roles) && roles.length > 0
    ? null
    : refusal("2000001", "invalid_token", "The token contains an invalid value '' for the claim 'roles'.");
}
