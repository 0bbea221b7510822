/**
 * Issuer of signing keys: Entra ID (EvoSTS), AD FS when users sign in with it, the access control service of
 * server-to-server calls, or another.
 */
export const KEY_ISSUERS = ["evosts", "adfs", "acs", "other"] as const;
export type KeyIssuer = (typeof KEY_ISSUERS)[number];

/** True when the issuer signs users' tokens, so that new worker processes refuse them when AD lacks one of its keys. */
export function signsForUsers(issuer: KeyIssuer): boolean {
  return issuer === "evosts" || issuer === "adfs";
}

export interface PublishedKey {
  /** SHA-1 thumbprint of the certificate, 40 hex digits, upper case. Exchange identifies keys by it. */
  readonly thumbprint: string;
  /** Key id in the OpenID key set; null when only the federation metadata is known. */
  readonly kid: string | null;
  /** Expiry of the certificate, Unix milliseconds; null when unknown. */
  readonly notAfterMs: number | null;
}

/** The signing keys published at one AuthServer's metadata URL. */
export interface PublishedKeys {
  readonly issuer: KeyIssuer;
  /** Name of the AuthServer object. */
  readonly authServer: string;
  /** When they were last known to be published (a 304 answer counts), Unix milliseconds. */
  readonly fetchedAtMs: number;
  /** They come from the OpenID key set, because the metadata could not be fetched. It may list one key more or less. */
  readonly isStandIn: boolean;
  readonly keys: readonly PublishedKey[];
}

/** The signing keys that one AuthServer object in AD trusts. */
export interface TrustedKeys {
  readonly issuer: KeyIssuer;
  readonly authServer: string;
  /** SHA-1 thumbprints, upper case; null when the certificates were not collected or one could not be read. */
  readonly thumbprints: readonly string[] | null;
  /** Metadata URL that publishes the keys; null when the object has none. */
  readonly metadataUrl: string | null;
  /** Tenant id of Entra ID in lower case, from Realm, issuer or metadata URL; "" when none of them has it. */
  readonly tenant: string;
}

/** Comparison of published and trusted keys of one AuthServer. */
export interface KeyState {
  readonly issuer: KeyIssuer;
  readonly authServer: string;
  /** Published and not expired; null when unknown. */
  readonly published: readonly PublishedKey[] | null;
  readonly trusted: readonly string[] | null;
  /** Published, not expired and not trusted; null when published or trusted keys are unknown. */
  readonly missing: readonly PublishedKey[] | null;
}

/**
 * Compares the keys of every AuthServer in either list. Of several key sets of one AuthServer, the one fetched last is
 * used.
 */
export function keyStates(
  published: readonly PublishedKeys[],
  trusted: readonly TrustedKeys[],
  nowMs: number,
): readonly KeyState[] {
  const newest = new Map<string, PublishedKeys>();
  for (const set of published) {
    const known = newest.get(set.authServer.toLowerCase());
    if (known === undefined || set.fetchedAtMs >= known.fetchedAtMs) newest.set(set.authServer.toLowerCase(), set);
  }
  const states: KeyState[] = [];
  for (const server of trusted) {
    const set = newest.get(server.authServer.toLowerCase());
    newest.delete(server.authServer.toLowerCase());
    states.push(keyState(set ?? null, server, nowMs));
  }
  for (const set of newest.values())
    states.push(
      keyState(
        set,
        { issuer: set.issuer, authServer: set.authServer, thumbprints: null, metadataUrl: null, tenant: "" },
        nowMs,
      ),
    );
  return states;
}

/** Compares the keys of one AuthServer. */
export function keyState(published: PublishedKeys | null, trusted: TrustedKeys, nowMs: number): KeyState {
  const current =
    published === null ? null : published.keys.filter((key) => key.notAfterMs === null || key.notAfterMs > nowMs);
  const held = trusted.thumbprints === null ? null : new Set(trusted.thumbprints);
  return {
    issuer: trusted.issuer,
    authServer: trusted.authServer,
    published: current,
    trusted: trusted.thumbprints,
    missing: current === null || held === null ? null : current.filter((key) => !held.has(key.thumbprint)),
  };
}

/**
 * True when a new worker process would refuse users' Bearer tokens now, because a key of their issuer is published but
 * not trusted. Null when there is no such AuthServer, or when one of them is unknown and none lacks a key.
 */
export function isExposed(states: readonly KeyState[]): boolean | null {
  const ofUsers = states.filter((state) => signsForUsers(state.issuer));
  if (ofUsers.some((state) => state.missing !== null && state.missing.length > 0)) return true;
  return ofUsers.length > 0 && ofUsers.every((state) => state.missing !== null) ? false : null;
}
