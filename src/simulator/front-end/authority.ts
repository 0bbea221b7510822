import { SignJWT, type CryptoKey } from "jose";

/** A signing key of the simulated authority. */
export interface AuthorityKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export interface TokenRequest {
  readonly key: AuthorityKey;
  /** `https://mail.contoso.example` */
  readonly audience: string;
  readonly issuer: string;
  readonly tenant: string;
  readonly nowMs: number;
  /** Additional claims, such as the `scp` of a user's token. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** Lifetime of such a token from Entra ID in seconds, about 65 minutes. */
const LIFETIME_SECONDS = 3_900;

/** Signs a token of an application without roles, as Entra ID does. */
export async function signAppToken({ key, audience, issuer, tenant, nowMs, claims }: TokenRequest): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({ ver: "1.0", appid: "00000000-1111-2222-3333-444444444444", tid: tenant, ...claims })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.id, x5t: key.id })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .sign(key.privateKey);
}

/** `https://sts.windows.net/<tenant>/` */
export function issuerOf(tenant: string): string {
  return `https://sts.windows.net/${tenant}/`;
}
