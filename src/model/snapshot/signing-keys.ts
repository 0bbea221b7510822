/**
 * Whose signing keys: Entra ID's (EvoSTS), those of AD FS where users sign in by it, the access control service of server-to-server calls,
 * another.
 */
export const KEY_ISSUERS = ["evosts", "adfs", "acs", "other"] as const;
export type KeyIssuer = (typeof KEY_ISSUERS)[number];

/** Whether the issuer signs users' tokens: a key of it that AD lacks makes new workers refuse them. */
export function signsForUsers(issuer: KeyIssuer): boolean {
  return issuer === "evosts" || issuer === "adfs";
}

export interface PublishedKey {
  /** SHA-1 of the certificate, 40 hex digits, upper case: what Exchange tells keys apart by. */
  readonly thumbprint: string;
  /** Key id in the OpenID key set; null where only the federation metadata is known. */
  readonly kid: string | null;
  /** Expiry of the certificate, Unix milliseconds; null when the certificate itself is not known. */
  readonly notAfterMs: number | null;
}

/** The signing keys published at one AuthServer's metadata URL. */
export interface PublishedKeys {
  readonly issuer: KeyIssuer;
  /** Name of the AuthServer object. */
  readonly authServer: string;
  /** When they were last known to be published (a 304 counts), Unix milliseconds. */
  readonly fetchedAtMs: number;
  /** They come from the OpenID key set because the metadata could not be had: it may list a key more, or one less. */
  readonly isStandIn: boolean;
  readonly keys: readonly PublishedKey[];
}

/** The signing keys that one AuthServer object in AD trusts. */
export interface TrustedKeys {
  readonly issuer: KeyIssuer;
  readonly authServer: string;
  /** SHA-1 thumbprints, upper case; null when the object's certificates were not collected, or one of them could not be read. */
  readonly thumbprints: readonly string[] | null;
  /** Where the keys are published; null when the object does not say. */
  readonly metadataUrl: string | null;
  /** Tenant id of Entra ID, lower case, by Realm, issuer or metadata URL; "" where none of them names it. */
  readonly tenant: string;
}

/** Published against trusted, for one AuthServer. */
export interface KeyState {
  readonly issuer: KeyIssuer;
  readonly authServer: string;
  /** Published and not expired; null while it is not known. */
  readonly published: readonly PublishedKey[] | null;
  readonly trusted: readonly string[] | null;
  /** Published, not expired and not trusted; null while one of the two is not known. */
  readonly missing: readonly PublishedKey[] | null;
}

/**
 * The state of the keys of every AuthServer that either side names. When several key sets of one AuthServer are given, the one fetched
 * last holds.
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

/** Missing keys of one AuthServer. */
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
 * Whether a new worker would refuse users' Bearer tokens now: a key of their issuer is published and not trusted. Null when that is not
 * known of any AuthServer of such an issuer, or when it is not known of one and no other lacks a key.
 */
export function isExposed(states: readonly KeyState[]): boolean | null {
  const ofUsers = states.filter((state) => signsForUsers(state.issuer));
  if (ofUsers.some((state) => state.missing !== null && state.missing.length > 0)) return true;
  return ofUsers.length > 0 && ofUsers.every((state) => state.missing !== null) ? false : null;
}
