import { signsForUsers, type PublishedKeys, type TrustedKeys } from "./signing-keys.ts";

/** Whether AD has the key that signed a token. Every new worker process refuses a token when AD lacks its key. */
export type TokenKeyState = "held" | "missing";

/** Published and trusted signing keys. */
export interface KnownKeys {
  readonly published: readonly PublishedKeys[];
  /** Null when AuthServers were not collected. */
  readonly trusted: readonly TrustedKeys[] | null;
}

/**
 * Thumbprint of the certificate of a token's key, upper-case hex. For Entra ID the key id (`kid`, `x5t`) is the
 * thumbprint in base64url; for other authorities the published keys map it. Null when neither applies.
 */
export function thumbprintOfKeyId(keyId: string, published: readonly PublishedKeys[]): string | null {
  const known = published.flatMap(({ keys }) => keys).find(({ kid }) => kid === keyId);
  if (known !== undefined) return known.thumbprint;
  // Sample: 2ZQpJ3UpbjAYXYGaXEJl8lV0TOI, 20 bytes
  return /^[\w-]{27}$/.test(keyId) ? Buffer.from(keyId, "base64url").toString("hex").toUpperCase() : null;
}

/** Returns null when unknown: the keys in AD are unknown, or the key id maps to no certificate. */
export function tokenKeyState(keyId: string | null, { published, trusted }: KnownKeys): TokenKeyState | null {
  const thumbprint = keyId === null ? null : thumbprintOfKeyId(keyId, published);
  const held = heldByUsersIssuers(trusted);
  if (thumbprint === null || held === null) return null;
  return held.has(thumbprint) ? "held" : "missing";
}

/**
 * Thumbprints that AD trusts for users' tokens; null when one AuthServer's keys are unknown, or there is no such
 * AuthServer.
 */
export function heldByUsersIssuers(trusted: readonly TrustedKeys[] | null): ReadonlySet<string> | null {
  const own = trusted?.filter(({ issuer }) => signsForUsers(issuer)) ?? [];
  if (own.length === 0 || own.some(({ thumbprints }) => thumbprints === null)) return null;
  return new Set(own.flatMap(({ thumbprints }) => thumbprints ?? []));
}
