import { generateKeyPairSync } from "node:crypto";
import type { CryptoKey } from "jose";
import { importPKCS8, importSPKI } from "jose";
import { openFrontEnd, type RunningFrontEnd, type SeenRequest } from "../../src/front-end/open-front-end.ts";
import { selfSigned } from "../../src/front-end/self-signed.ts";
import type { ProbeSettings } from "../../src/probing/probe-server.ts";
import type { ProbeTarget } from "../../src/probing/probe-target.ts";
import type { TokenSource } from "../../src/probing/token-source.ts";
import { trustOf } from "../../src/probing/trust.ts";
import { issuerOf, signAppToken, type AuthorityKey } from "../../src/simulator/front-end/authority.ts";
import { createFrontEnd, type FrontEnd } from "../../src/simulator/front-end/front-end.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

export const TENANT = "11111111-2222-3333-4444-555555555555";
export const NAMESPACE = "mail.contoso.example";
export const AUTODISCOVER = "autodiscover.contoso.example";

export async function authorityKey(id: string): Promise<AuthorityKey> {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKey: CryptoKey = await importPKCS8(
    String(pair.privateKey.export({ type: "pkcs8", format: "pem" })),
    "RS256",
  );
  const publicKey: CryptoKey = await importSPKI(
    String(pair.publicKey.export({ type: "spki", format: "pem" })),
    "RS256",
  );
  return { id, privateKey, publicKey };
}

/** An organisation of simulated servers with real HTTPS, and a clock that the test advances. */
export interface FakeOrganisation {
  nowMs: number;
  /** Entra ID's keys; the last one signs. */
  published: AuthorityKey[];
  /** Ids of the keys in AD. */
  trusted: string[];
  /** Time from a worker's first Bearer request to its first load of the keys, ms. */
  delayMs: number;
  readonly frontEnds: ReadonlyMap<string, FrontEnd>;
  readonly seen: (SeenRequest & { readonly server: string; readonly status: number })[];
  readonly targets: readonly ProbeTarget[];
  readonly settings: ProbeSettings;
  readonly tokens: TokenSource;
  /** PEM. */
  readonly certificate: string;
  readonly token: (audience?: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function fakeOrganisation(names: readonly string[]): Promise<FakeOrganisation> {
  const first = await authorityKey("KEY1");
  const tls = selfSigned([NAMESPACE, AUTODISCOVER], { nowMs: Date.now() });
  const servers: RunningFrontEnd[] = [];
  const frontEnds = new Map<string, FrontEnd>();
  const targets: ProbeTarget[] = [];
  const organisation: FakeOrganisation = {
    nowMs: Date.UTC(2026, 10, 28, 12),
    published: [first],
    trusted: ["KEY1"],
    delayMs: 20 * MINUTE_MS,
    frontEnds,
    seen: [],
    targets,
    certificate: tls.certificate,
    settings: {
      protocols: ["ews", "mapi", "autodiscover", "eas", "oab", "rest"],
      timeoutMs: 5_000,
      trust: trustOf([tls.certificate]),
      identity: null,
      authorities: [],
      readings: [],
      version: "0.0.0",
    },
    tokens: {
      tokenFor: async (namespace) => ({
        kind: "token",
        token: await organisation.token(`https://${namespace}`),
        keyId: organisation.published.at(-1)?.id ?? null,
        tokenKind: "app_only",
        hasRoles: false,
      }),
      credentialNotAfterMs: () => null,
    },
    token: (audience = `https://${NAMESPACE}`) => {
      const key = organisation.published.at(-1) ?? first;
      return signAppToken({ key, audience, issuer: issuerOf(TENANT), tenant: TENANT, nowMs: organisation.nowMs });
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
  for (const name of names) {
    const frontEnd = createFrontEnd({ server: name, tenant: TENANT, isOAuthOn: true, isModernAuthOn: true });
    const server = await openFrontEnd({
      frontEnd,
      tls,
      world: () => ({
        nowMs: organisation.nowMs,
        trusted: organisation.trusted,
        published: organisation.published.map(({ id }) => id),
        publicKeys: new Map(organisation.published.map(({ id, publicKey }) => [id, publicKey])),
        issuer: issuerOf(TENANT),
        delayMs: () => organisation.delayMs,
      }),
      onAnswer: (request, { status }) => organisation.seen.push({ ...request, server: name, status }),
    });
    servers.push(server);
    frontEnds.set(name, frontEnd);
    targets.push({
      name,
      host: "127.0.0.1",
      port: server.port,
      namespace: NAMESPACE,
      autodiscoverNamespace: AUTODISCOVER,
    });
  }
  return organisation;
}
