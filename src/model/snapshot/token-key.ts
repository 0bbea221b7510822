import { signsForUsers, type PublishedKeys, type TrustedKeys } from "./signing-keys.ts";

/** Whether AD holds the key that signed a token: one that it lacks is refused by every new worker. */
export type TokenKeyState = "held" | "missing";

/** What is known of signing keys on both sides. */
export interface KnownKeys {
  readonly published: readonly PublishedKeys[];
  /** Null when AuthServers were not collected. */
  readonly trusted: readonly TrustedKeys[] | null;
}

/**
 * Thumbprint of the certificate of a token's key, upper case hex. The key id (`kid`, `x5t`) of Entra ID's keys is the thumbprint in
 * base64url; for another authority the published keys name it. Null when neither tells.
 */
export function thumbprintOfKeyId(keyId: string, published: readonly PublishedKeys[]): string | null {
  const known = published.flatMap(({ keys }) => keys).find(({ kid }) => kid === keyId);
  if (known !== undefined) return known.thumbprint;
  // Sample: 2ZQpJ3UpbjAYXYGaXEJl8lV0TOI, 20 bytes
  return /^[\w-]{27}$/.test(keyId) ? Buffer.from(keyId, "base64url").toString("hex").toUpperCase() : null;
}

/** Null when unknown: the keys in AD are not known, or the key id names no certificate. */
export function tokenKeyState(keyId: string | null, { published, trusted }: KnownKeys): TokenKeyState | null {
  const thumbprint = keyId === null ? null : thumbprintOfKeyId(keyId, published);
  const held = heldByUsersIssuers(trusted);
  if (thumbprint === null || held === null) return null;
  return held.has(thumbprint) ? "held" : "missing";
}

/** Thumbprints that AD trusts for users' tokens; null while they are not all known. */
export function heldByUsersIssuers(trusted: readonly TrustedKeys[] | null): ReadonlySet<string> | null {
  const own = trusted?.filter(({ issuer }) => signsForUsers(issuer)) ?? [];
  if (own.length === 0 || own.some(({ thumbprints }) => thumbprints === null)) return null;
  return new Set(own.flatMap(({ thumbprints }) => thumbprints ?? []));
}
