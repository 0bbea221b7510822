/**
 * The data of one collection from an Exchange organisation, as returned by `parseSnapshot()`.
 * The JSON uses the cmdlets' own property names (PascalCase; IIS settings as IIS spells them), so that a snapshot can
 * be written by hand or made from `Export-Clixml` files. Names ignore case. Every part is optional. In the parsed
 * value, `null` means "unknown": the property was absent, or null where a value is required. "" means "known to be
 * blank", [] "known to be empty". A part that could not be collected is left out and listed in `errors`. A list of one
 * may be written without brackets. A snapshot contains no users, mailboxes, tokens or private keys.
 */
export interface Snapshot {
  /** When it was collected (`at`, ISO 8601 UTC), Unix milliseconds. */
  readonly atMs: number | null;
  /** Script and version: `collect-snapshot.ps1 1.0.0`. */
  readonly collectedBy: string | null;
  /** The server that collected. */
  readonly server: string | null;
  /**
   * `server`: settings of servers were collected from this one server only; other servers appear only with what AD
   * knows of them. `organisation`: all servers were asked.
   */
  readonly scope: SnapshotScope;
  /** Get-OrganizationConfig. */
  readonly organizationConfig: OrganizationConfig | null;
  /** Get-AuthConfig. */
  readonly authConfig: AuthConfig | null;
  /** Get-AuthServer. */
  readonly authServers: readonly AuthServer[] | null;
  /**
   * Get-ExchangeServer, without Edge servers. `ExSetupVersion` is the file version of ExSetup.exe, if it could be read.
   */
  readonly exchangeServers: readonly ExchangeServer[] | null;
  /** Get-AuthenticationPolicy (2019 CU13, SE); [] when there are no policies. */
  readonly authenticationPolicies: readonly AuthenticationPolicy[] | null;
  /** Get-PartnerApplication. */
  readonly partnerApplications: readonly PartnerApplication[] | null;
  /** Get-SettingOverride. */
  readonly settingOverrides: readonly SettingOverride[] | null;
  /** Get-HybridConfiguration; [] when the organisation has none. */
  readonly hybridConfiguration: readonly HybridConfiguration[] | null;
  /** For each server: whether the service of the Hybrid Agent (MSHybridSvc) is installed. */
  readonly hybridAgents: readonly HybridAgent[] | null;
  /** Get-*VirtualDirectory, by kind. */
  readonly virtualDirectories: Readonly<Record<VirtualDirectoryKind, readonly VirtualDirectory[] | null>>;
  /** Get-ClientAccessService. */
  readonly clientAccessServices: readonly ClientAccessService[] | null;
  /** Get-ExchangeCertificate -Server for every server: at least the certificates that Get-AuthConfig names. */
  readonly certificates: readonly ServerCertificate[] | null;
  /** Get-ServerComponentState of every server. */
  readonly componentStates: readonly ComponentState[] | null;
  /** Exchange's application pools on every server that could be asked. */
  readonly appPools: readonly AppPoolSettings[] | null;
  /** Log settings of the IIS sites on every server that could be asked. */
  readonly iisLogs: readonly IisLogSettings[] | null;
  readonly clock: readonly ClockOffset[] | null;
  readonly outbound: readonly OutboundProbe[] | null;
  readonly authAdmin: AuthAdmin | null;
  readonly activeDirectory: ActiveDirectory | null;
  /** Signing keys that Entra ID published at the time of the snapshot, as seen by the collecting server. */
  readonly keys: readonly SnapshotKeys[] | null;
  /** Parts that could not be collected. */
  readonly errors: readonly SnapshotError[];
}

export const SNAPSHOT_VERSION = 1;

export const SNAPSHOT_SCOPES = ["organisation", "server"] as const;
export type SnapshotScope = (typeof SNAPSHOT_SCOPES)[number];

export const VIRTUAL_DIRECTORY_KINDS = [
  "mapi",
  "webServices",
  "oab",
  "autodiscover",
  "activeSync",
  "owa",
  "ecp",
] as const;
/** JSON: `virtualDirectories: { mapi: [...], webServices: [...], oab, autodiscover, activeSync, owa, ecp }`. */
export type VirtualDirectoryKind = (typeof VIRTUAL_DIRECTORY_KINDS)[number];

export interface OrganizationConfig {
  readonly Name: string | null;
  /** Its DC parts name the forest's root domain. */
  readonly DistinguishedName: string | null;
  readonly EnableAuthAdminReadSession: boolean | null;
  readonly OAuth2ClientProfileEnabled: boolean | null;
  readonly MapiHttpEnabled: boolean | null;
  /** Name of the authentication policy of users without a policy of their own; "" when there is none. */
  readonly DefaultAuthenticationPolicy: string | null;
}

/** An authentication policy. A true flag blocks modern authentication for that protocol. */
export interface AuthenticationPolicy {
  readonly Name: string | null;
  readonly BlockModernAuthMapi: boolean | null;
  readonly BlockModernAuthActiveSync: boolean | null;
  readonly BlockModernAuthAutodiscover: boolean | null;
  readonly BlockModernAuthWebServices: boolean | null;
  readonly BlockModernAuthOfflineAddressBook: boolean | null;
  readonly BlockModernAuthRpc: boolean | null;
}

export interface AuthConfig {
  readonly CurrentCertificateThumbprint: string | null;
  readonly PreviousCertificateThumbprint: string | null;
  readonly NextCertificateThumbprint: string | null;
  /** Unix milliseconds. */
  readonly NextCertificateEffectiveDate: number | null;
  readonly ServiceName: string | null;
  readonly Realm: string | null;
  /** Unix milliseconds. */
  readonly WhenChangedUTC: number | null;
}

export interface AuthServer {
  readonly Name: string | null;
  /** `AzureAD`, `MicrosoftACS`, `ADFS`, … */
  readonly Type: string | null;
  readonly Enabled: boolean | null;
  readonly IsDefaultAuthorizationEndpoint: boolean | null;
  readonly DomainName: readonly string[] | null;
  readonly IssuerIdentifier: string | null;
  readonly AuthMetadataUrl: string | null;
  readonly AuthorizationEndpoint: string | null;
  readonly Realm: string | null;
  readonly ApplicationIdentifier: string | null;
  /** `https://graph.microsoft.com`; "" or absent until hybrid calls use Microsoft Graph. */
  readonly GraphBaseUrl: string | null;
  /** The trusted signing certificates: base64 of DER. */
  readonly CertificateStrings: readonly string[] | null;
  /**
   * SHA-1 thumbprints of CertificateStrings, upper case, sorted, without duplicates; null when one certificate cannot
   * be read. Absent in state written by versions that did not store them.
   */
  readonly thumbprints?: readonly string[] | null | undefined;
  /** Unix milliseconds. */
  readonly WhenChangedUTC: number | null;
}

export interface ExchangeServer {
  readonly Name: string | null;
  readonly Fqdn: string | null;
  readonly Domain: string | null;
  /** `Version 15.2 (Build 986.5)`, or the object { Major, Minor, Build, Revision } joined by dots. */
  readonly AdminDisplayVersion: string | null;
  /** `15.02.1748.043`: shows the security update, which AdminDisplayVersion does not. */
  readonly ExSetupVersion: string | null;
  readonly IsMailboxServer: boolean | null;
  readonly IsEdgeServer: boolean | null;
  readonly InternetWebProxy: string | null;
}

export interface PartnerApplication {
  readonly Name: string | null;
  readonly ApplicationIdentifier: string | null;
  readonly Enabled: boolean | null;
  readonly UseAuthServer: boolean | null;
  /** The application account, `contoso.com/Users/Exchange Online-ApplicationAccount`. */
  readonly LinkedAccount: string | null;
  readonly AuthMetadataUrl: string | null;
  readonly Realm: string | null;
}

export interface SettingOverride {
  readonly Name: string | null;
  readonly ComponentName: string | null;
  readonly SectionName: string | null;
  /** `Enabled=true` */
  readonly Parameters: readonly string[] | null;
  /** Names of the servers that it applies to; [] for all. */
  readonly Server: readonly string[] | null;
  /** Oldest and newest build that it applies to (`15.2.2562.41`); "" for no limit. */
  readonly MinVersion: string | null;
  readonly MaxVersion: string | null;
}

export interface HybridConfiguration {
  readonly Name: string | null;
  readonly Features: readonly string[] | null;
  readonly Domains: readonly string[] | null;
}

export interface HybridAgent {
  readonly Server: string | null;
  readonly Installed: boolean | null;
}

export interface VirtualDirectory {
  /** `EX01\EWS (Default Web Site)` */
  readonly Identity: string | null;
  readonly Server: string | null;
  readonly InternalUrl: string | null;
  readonly ExternalUrl: string | null;
  readonly IISAuthenticationMethods: readonly string[] | null;
  readonly InternalAuthenticationMethods: readonly string[] | null;
  readonly ExternalAuthenticationMethods: readonly string[] | null;
  readonly OAuthAuthentication: boolean | null;
  readonly BasicAuthentication: boolean | null;
  readonly FormsAuthentication: boolean | null;
  readonly DigestAuthentication: boolean | null;
  readonly AdfsAuthentication: boolean | null;
  readonly WindowsAuthentication: boolean | null;
  /** Effective IIS `access sslFlags` of the directory at the front end: `Ssl, Ssl128`, `None`. */
  readonly sslFlags: string | null;
}

export interface ClientAccessService {
  readonly Name: string | null;
  readonly AutoDiscoverServiceInternalUri: string | null;
}

export interface ServerCertificate {
  readonly Server: string | null;
  readonly Thumbprint: string | null;
  /** Unix milliseconds. */
  readonly NotAfter: number | null;
  readonly HasPrivateKey: boolean | null;
}

export interface ComponentState {
  readonly Server: string | null;
  readonly Component: string | null;
  /** `Active`, `Inactive`, `Draining`. */
  readonly State: string | null;
}

export interface AppPoolSettings {
  readonly Server: string | null;
  readonly Name: string | null;
  /** `recycling.logEventOnRecycle`: `Time, Requests, Schedule, Memory, IsapiUnhealthy, OnDemand, ConfigChange, PrivateMemory`. */
  readonly logEventOnRecycle: string | null;
  /** `recycling.periodicRestart.time`: a time span, `14.00:00:00`; `00:00:00` is off. */
  readonly periodicRestartTime: string | null;
  /** Number of requests; 0 is off. */
  readonly periodicRestartRequests: number | null;
  /** Kilobytes of virtual memory; 0 is off. */
  readonly periodicRestartMemory: number | null;
  /** Kilobytes of private memory; 0 is off. */
  readonly periodicRestartPrivateMemory: number | null;
  /** Times of day, `03:00:00`. */
  readonly periodicRestartSchedule: readonly string[] | null;
}

export interface IisLogSettings {
  readonly Server: string | null;
  /** `Default Web Site`, `Exchange Back End`. */
  readonly Site: string | null;
  readonly enabled: boolean | null;
  readonly logFormat: string | null;
  /** `Date,Time,ClientIP,…`, or the number that IIS stores. */
  readonly logExtFileFlags: string | null;
  readonly flushByEntryCountW3CLog: number | null;
  /** Source names of the custom fields: `x-ms-diagnostics`. */
  readonly customFields: readonly string[] | null;
}

export interface ClockOffset {
  readonly Server: string | null;
  /** Server's clock minus reference, seconds. */
  readonly OffsetSeconds: number | null;
  /** What it was compared with: `login.microsoftonline.com`. */
  readonly Reference: string | null;
}

export interface OutboundProbe {
  readonly Server: string | null;
  /** Host name that was contacted over TLS, through the server's InternetWebProxy if it has one. */
  readonly Host: string | null;
  readonly Reachable: boolean | null;
}

export interface AuthAdmin {
  /** CacheScheduler lastRunTime of Get-ExchangeDiagnosticInfo, Unix milliseconds. */
  readonly LastRunUtc: number | null;
  /** Newest event 2015 (completed), Unix milliseconds. */
  readonly LastCompletedUtc: number | null;
  /** Newest event 2013 (trusted issuer updated), Unix milliseconds. */
  readonly LastUpdatedUtc: number | null;
}

export interface ActiveDirectory {
  /** DNS name of the forest's root domain. */
  readonly RootDomain: string | null;
  /** DNS name of the domain of the arbitration mailbox with the capability OrganizationCapabilityManagement. */
  readonly ArbitrationMailboxDomain: string | null;
}

export interface SnapshotKeys {
  /** Name of the AuthServer, or the URL that published them. */
  readonly Issuer: string | null;
  readonly Url: string | null;
  readonly Keys: readonly SnapshotKey[] | null;
}

export interface SnapshotKey {
  /** SHA-1 of the certificate, hex. */
  readonly Thumbprint: string | null;
  readonly Kid: string | null;
  /** Unix milliseconds. */
  readonly NotAfter: number | null;
}

export interface SnapshotError {
  /** Top-level name in the snapshot: `authServers`. */
  readonly part: string;
  readonly text: string;
  /** The affected servers, or the first of many; [] when the part as a whole failed. */
  readonly servers: readonly string[];
}
