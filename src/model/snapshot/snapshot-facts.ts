import type { KeyIssuer, PublishedKeys, TrustedKeys } from "./signing-keys.ts";
import type { AuthServer, Snapshot } from "./snapshot.ts";

/**
 * The first label of a host name, as findings name servers. An IP address stays unchanged. Sample: `EX01` of
 * `ex01.contoso.com`
 */
export function shortServerName(name: string): string {
  // Sample: 10.0.0.1 or fe80::1
  if (/^[\d.]+$|:/.test(name)) return name;
  const dot = name.indexOf(".");
  return dot <= 0 ? name : name.slice(0, dot);
}

/** True when two names are the same server, by short name or by FQDN. */
export function isSameServer(first: string, second: string): boolean {
  return shortServerName(first).toLowerCase() === shortServerName(second).toLowerCase();
}

/**
 * Issuer of the keys of an AuthServer object: by Type, else by its name. AD FS counts as the issuer of users' tokens
 * when clients are sent to it, or when no AuthServer of Entra ID is enabled. `others`: all AuthServers of the
 * organisation.
 */
export function keyIssuerOf(server: NamedAuthServer, others: readonly NamedAuthServer[]): KeyIssuer {
  const kind = kindOf(server);
  if (kind !== "adfs" || server.IsDefaultAuthorizationEndpoint === true) return kind;
  return others.some((other) => other.Enabled !== false && kindOf(other) === "evosts") ? "other" : "adfs";
}

type NamedAuthServer = Pick<AuthServer, "Name" | "Type"> &
  Partial<Pick<AuthServer, "Enabled" | "IsDefaultAuthorizationEndpoint">>;

function kindOf(server: NamedAuthServer): KeyIssuer {
  const type = (server.Type ?? "").toLowerCase();
  if (type === "azuread") return "evosts";
  if (type === "microsoftacs") return "acs";
  if (type === "adfs") return "adfs";
  const name = (server.Name ?? "").toLowerCase();
  const isTypeName = /^[a-z]+$/.test(type);
  if (isTypeName) return "other";
  if (name.startsWith("evosts")) return "evosts";
  return name.startsWith("acs") || name.startsWith("windowsazureacs") ? "acs" : "other";
}

/** The trusted keys of every AuthServer that is not known to be disabled; null when AuthServers were not collected. */
export function trustedKeys(snapshot: Snapshot): readonly TrustedKeys[] | null {
  const servers = snapshot.authServers;
  if (servers === null) return null;
  return servers
    .filter((server) => server.Enabled !== false && server.Name !== null && server.Name !== "")
    .map((server) => ({
      issuer: keyIssuerOf(server, servers),
      authServer: server.Name ?? "",
      thumbprints:
        server.thumbprints !== undefined
          ? server.thumbprints
          : server.CertificateStrings === null
            ? null
            : thumbprintsOf(server.CertificateStrings),
      metadataUrl: server.AuthMetadataUrl === null || server.AuthMetadataUrl === "" ? null : server.AuthMetadataUrl,
      tenant: tenantOf(server),
    }));
}

/**
 * Tenant id of an AuthServer of Entra ID in lower case: the first GUID in Realm, issuer or metadata URL; "" when there
 * is none.
 */
export function tenantOf(server: Pick<AuthServer, "Realm" | "IssuerIdentifier" | "AuthMetadataUrl">): string {
  for (const text of [server.Realm, server.IssuerIdentifier, server.AuthMetadataUrl]) {
    // Sample: https://sts.windows.net/0a1b2c3d-0000-4000-8000-00000000abcd/
    const id = /(?:^|\/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/|$)/i.exec(text ?? "")?.[1];
    if (id !== undefined) return id.toLowerCase();
  }
  return "";
}

/** A time up to this much after the snapshot does not count as being in the future, because clocks differ. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * Times of the AuthAdmin runs in a snapshot, Unix milliseconds. Runs dated after the snapshot are impossible and left
 * out.
 */
export function runsOfAuthAdmin({ authAdmin, atMs }: Snapshot): readonly number[] {
  const runs = [authAdmin?.LastRunUtc, authAdmin?.LastCompletedUtc, authAdmin?.LastUpdatedUtc];
  return runs.flatMap((runMs) =>
    runMs === undefined || runMs === null || runMs > (atMs ?? Infinity) + CLOCK_TOLERANCE_MS ? [] : [runMs],
  );
}

/**
 * Thumbprints of certificates (base64 of DER), sorted and without duplicates; null when one cannot be read. Slow, so
 * call it once for each snapshot.
 */
export function thumbprintsOf(certificates: readonly string[]): readonly string[] | null {
  const thumbprints = new Set<string>();
  for (const text of certificates) {
    const certificate = readCertificate(text);
    if (certificate === null) return null;
    thumbprints.add(certificate.thumbprint);
  }
  return [...thumbprints].sort();
}

export interface CertificateFacts {
  /** SHA-1, 40 hex digits, upper case. */
  readonly thumbprint: string;
  /** Unix milliseconds. */
  readonly notAfterMs: number;
}

/** Thumbprint and expiry of a certificate (base64 of DER, white space allowed); null when it is not a certificate. */
export function readCertificate(base64: string): CertificateFacts | null {
  const text = base64.replace(/\s+/g, "");
  // Sample: MIIDBTCCAe2gAwIBAgIQ…==
  if (text.length > 20_000 || !/^[A-Za-z0-9+/]{64,}={0,2}$/.test(text)) return null;
  const der = Buffer.from(text, "base64");
  // Loaded with the first certificate: node:crypto costs a tenth of a start.
  const { createHash, X509Certificate } = process.getBuiltinModule("node:crypto");
  try {
    const certificate = new X509Certificate(der);
    const notAfterMs = Date.parse(certificate.validTo);
    if (Number.isNaN(notAfterMs)) return null;
    return { thumbprint: createHash("sha1").update(certificate.raw).digest("hex").toUpperCase(), notAfterMs };
  } catch {
    return null;
  }
}

/** The published keys in the snapshot, as seen by the collecting server. */
export function publishedKeysOf(snapshot: Snapshot): readonly PublishedKeys[] {
  const sets: PublishedKeys[] = [];
  for (const set of snapshot.keys ?? []) {
    if (set.Keys === null || set.Issuer === null || snapshot.atMs === null) continue;
    const server = snapshot.authServers?.find(
      (candidate) => candidate.Name?.toLowerCase() === set.Issuer?.toLowerCase(),
    );
    const keys = set.Keys.flatMap((key) => {
      const thumbprint = key.Thumbprint ?? "";
      return thumbprint.length === 40 ? [{ thumbprint, kid: key.Kid, notAfterMs: key.NotAfter }] : [];
    });
    const issuer = keyIssuerOf(server ?? { Name: set.Issuer, Type: null }, snapshot.authServers ?? []);
    if (keys.length > 0)
      sets.push({ issuer, authServer: server?.Name ?? set.Issuer, fetchedAtMs: snapshot.atMs, isStandIn: false, keys });
  }
  return sets;
}

export const AUTH_CERTIFICATE_SLOTS = ["current", "next", "previous"] as const;
export type AuthCertificateSlot = (typeof AUTH_CERTIFICATE_SLOTS)[number];

export interface AuthCertificateFacts {
  readonly slot: AuthCertificateSlot;
  /** Upper-case hex; "" when the slot is empty, null when unknown. */
  readonly thumbprint: string | null;
  /** Earliest expiry reported by any server, Unix milliseconds; null when none reports it. */
  readonly notAfterMs: number | null;
}

/** The three slots of the Exchange auth certificate, always in this order. */
export function authCertificates(snapshot: Snapshot): readonly AuthCertificateFacts[] {
  const config = snapshot.authConfig;
  const bySlot = {
    current: config?.CurrentCertificateThumbprint ?? null,
    next: config?.NextCertificateThumbprint ?? null,
    previous: config?.PreviousCertificateThumbprint ?? null,
  };
  return AUTH_CERTIFICATE_SLOTS.map((slot) => {
    const thumbprint = bySlot[slot];
    const expiries = (snapshot.certificates ?? [])
      .filter((certificate) => thumbprint !== null && thumbprint !== "" && certificate.Thumbprint === thumbprint)
      .flatMap((certificate) => (certificate.NotAfter === null ? [] : [certificate.NotAfter]));
    return {
      slot,
      thumbprint,
      notAfterMs: expiries.length === 0 ? null : expiries.reduce((least, each) => Math.min(least, each)),
    };
  });
}

/**
 * State of each component, by short server name as the snapshot writes it. Rows without server, component or state are
 * left out.
 */
export function componentStatesByServer(snapshot: Snapshot): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const byServer = new Map<string, Map<string, string>>();
  for (const row of snapshot.componentStates ?? []) {
    if (row.Server === null || row.Server === "" || row.Component === null || row.State === null || row.State === "")
      continue;
    const server = shortServerName(row.Server);
    const states = byServer.get(server) ?? new Map<string, string>();
    byServer.set(server, states.set(row.Component, row.State));
  }
  return byServer;
}
