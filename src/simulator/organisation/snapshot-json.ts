import { SNAPSHOT_VERSION } from "../../model/snapshot/snapshot.ts";
import { type SimulatedServer, versionText } from "../farm-server.ts";
import type { OrganisationNow } from "./simulated-organisation.ts";
import { ACCESS_CONTROL_KEY, ENTRA_KEYS, type SimulatedKey } from "./signing-keys.ts";
import { perServerParts, virtualDirectories } from "./snapshot-servers.ts";
import { HOUR_MS } from "../../model/durations.ts";

export interface SnapshotMoment {
  readonly servers: readonly SimulatedServer[];
  readonly atMs: number;
  readonly now: OrganisationNow;
}

/** Tenant id of the simulated organisation. */
export const TENANT = "5d3f8c1e-7a42-4b0e-9c61-2f0d1e8b7a35";
const EVOSTS = `EvoSts - ${TENANT}`;
const ACCESS_CONTROL = `ACS - ${TENANT}`;
const METADATA_URL = `https://login.windows.net/${TENANT}/federationmetadata/2007-06/federationmetadata.xml`;
const ACCESS_CONTROL_URL = `https://accounts.accesscontrol.windows.net/${TENANT}/metadata/json/1`;
const EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000";
const AUTH_CERTIFICATE = "7C1E0B95D24A6F3388E1A95BC04D17F2E6A3905D";
/** Number of keys published at a time: the current, previous and next one. */
const KEYS_AT_ONCE = 3;

/** A snapshot of the organisation in the shape that `collect` writes, before conversion to JSON. */
export function snapshotJson(moment: SnapshotMoment): Readonly<Record<string, unknown>> {
  const { servers, atMs, now } = moment;
  return {
    snapshotVersion: SNAPSHOT_VERSION,
    at: iso(atMs),
    collectedBy: "collect-snapshot.ps1 1.0.0",
    server: servers[0]?.name ?? "",
    organizationConfig: {
      Name: "Contoso",
      DistinguishedName: "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=example",
      EnableAuthAdminReadSession: false,
      OAuth2ClientProfileEnabled: now.isModernAuthOffered,
      MapiHttpEnabled: true,
    },
    authConfig: {
      CurrentCertificateThumbprint: AUTH_CERTIFICATE,
      PreviousCertificateThumbprint: "",
      NextCertificateThumbprint: "",
      NextCertificateEffectiveDate: null,
      ServiceName: EXCHANGE_ONLINE,
      Realm: "",
      WhenChangedUTC: "2024-05-14T09:21:40Z",
    },
    authServers: authServers(now),
    exchangeServers: servers.map((server) => ({
      Name: server.name,
      Fqdn: server.fqdn,
      Domain: "contoso.example",
      AdminDisplayVersion: displayVersion(server),
      ExSetupVersion: versionText(server.version),
      IsMailboxServer: true,
      IsEdgeServer: false,
      InternetWebProxy: null,
    })),
    authenticationPolicies: [],
    partnerApplications: [
      {
        Name: "Exchange Online",
        ApplicationIdentifier: EXCHANGE_ONLINE,
        Enabled: true,
        UseAuthServer: true,
        LinkedAccount: "contoso.example/Users/Exchange Online-ApplicationAccount",
        AuthMetadataUrl: "",
        Realm: "",
      },
    ],
    settingOverrides: [
      {
        Name: "EnableExchangeHybrid3PAppFeature",
        ComponentName: "Global",
        SectionName: "ExchangeOnpremAsThirdPartyAppId",
        Parameters: ["Enabled=true"],
        Server: [],
        MinVersion: "",
        MaxVersion: "",
      },
    ],
    hybridConfiguration: [
      {
        Name: "Hybrid Configuration",
        Features: ["FreeBusy", "MoveMailbox", "OnlineArchive"],
        Domains: ["contoso.example"],
      },
    ],
    virtualDirectories: virtualDirectories(servers),
    clientAccessServices: servers.map(({ name }) => ({
      Name: name,
      AutoDiscoverServiceInternalUri: "https://autodiscover.contoso.example/Autodiscover/Autodiscover.xml",
    })),
    certificates: servers.map(({ name }) => ({
      Server: name,
      Thumbprint: AUTH_CERTIFICATE,
      NotAfter: iso(authCertificateEnd(atMs)),
      HasPrivateKey: true,
    })),
    ...perServerParts(moment),
    authAdmin: {
      LastRunUtc: iso(lastRun(atMs)),
      LastCompletedUtc: iso(lastRun(atMs)),
      LastUpdatedUtc: iso(now.writtenMs),
    },
    activeDirectory: { RootDomain: "contoso.example", ArbitrationMailboxDomain: "contoso.example" },
    keys: [
      { Issuer: EVOSTS, Url: METADATA_URL, Keys: keysAfter(now.published).map(publishedKey) },
      { Issuer: ACCESS_CONTROL, Url: ACCESS_CONTROL_URL, Keys: [publishedKey(ACCESS_CONTROL_KEY)] },
    ],
    errors: [],
  };
}

function authServers(now: OrganisationNow): readonly unknown[] {
  const common = { Enabled: true, DomainName: ["contoso.example", "contoso.onmicrosoft.example"], Realm: TENANT };
  return [
    {
      Name: EVOSTS,
      Type: "AzureAD",
      ...common,
      IsDefaultAuthorizationEndpoint: true,
      IssuerIdentifier: `https://sts.windows.net/${TENANT}/`,
      AuthMetadataUrl: METADATA_URL,
      AuthorizationEndpoint: "https://login.windows.net/common/oauth2/authorize",
      ApplicationIdentifier: "9b2f6f0a-3c55-4d0e-8a3b-64f1c0d2e917",
      GraphBaseUrl: "",
      CertificateStrings: keysAfter(now.trusted).map(({ certificate }) => certificate),
      WhenChangedUTC: iso(now.writtenMs),
    },
    {
      Name: ACCESS_CONTROL,
      Type: "MicrosoftACS",
      ...common,
      IsDefaultAuthorizationEndpoint: false,
      IssuerIdentifier: "00000001-0000-0000-c000-000000000000",
      AuthMetadataUrl: ACCESS_CONTROL_URL,
      AuthorizationEndpoint: "",
      ApplicationIdentifier: "",
      CertificateStrings: [ACCESS_CONTROL_KEY.certificate],
      WhenChangedUTC: "2024-05-14T09:24:11Z",
    },
  ];
}

/** The keys that are published after this number of roll-overs. */
export function keysAfter(rollOvers: number): readonly SimulatedKey[] {
  return Array.from({ length: KEYS_AT_ONCE }, (_, index) => ENTRA_KEYS[(rollOvers + index) % ENTRA_KEYS.length]).filter(
    (key) => key !== undefined,
  );
}

function publishedKey({ thumbprint, notAfter }: SimulatedKey): unknown {
  return { Thumbprint: thumbprint, NotAfter: notAfter };
}

/** AuthAdmin runs every twelve hours, at seven minutes past the hour, matching the simulated events. */
function lastRun(atMs: number): number {
  const everyMs = 12 * HOUR_MS;
  return Math.floor((atMs - 420_000) / everyMs) * everyMs + 420_000;
}

/** Expires in the year after next, so that the certificate is never about to expire. */
function authCertificateEnd(atMs: number): number {
  return Date.UTC(new Date(atMs).getUTCFullYear() + 2, 4, 14, 9, 21, 40);
}

/** AdminDisplayVersion shows only the cumulative update. Sample: `Version 15.2 (Build 1544.4)` */
function displayVersion({ version: [major, minor, build, revision] }: SimulatedServer): string {
  return `Version ${major}.${minor} (Build ${build}.${build === 1544 ? 4 : revision})`;
}

function iso(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
