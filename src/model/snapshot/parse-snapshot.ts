import { fieldsOf, MAX_FAULTS } from "./snapshot-fields.ts";
import type { Fields, SnapshotFault } from "./snapshot-fields.ts";
import { thumbprintsOf } from "./snapshot-facts.ts";
import { SNAPSHOT_VERSION } from "./snapshot.ts";
import type {
  ActiveDirectory,
  AppPoolSettings,
  AuthAdmin,
  AuthConfig,
  AuthenticationPolicy,
  AuthServer,
  ClientAccessService,
  ClockOffset,
  ComponentState,
  ExchangeServer,
  HybridAgent,
  HybridConfiguration,
  IisLogSettings,
  OrganizationConfig,
  OutboundProbe,
  PartnerApplication,
  ServerCertificate,
  SettingOverride,
  Snapshot,
  SnapshotError,
  SnapshotKey,
  SnapshotKeys,
  VirtualDirectory,
} from "./snapshot.ts";

export interface ParsedSnapshot {
  readonly snapshot: Snapshot;
  readonly faults: readonly SnapshotFault[];
}

/** Reads a snapshot from parsed JSON. Never throws: parts that cannot be read are left out and listed in `faults`. */
export function parseSnapshot(value: unknown): ParsedSnapshot {
  const faults: SnapshotFault[] = [];
  const fault = (path: string, text: string): void => {
    if (faults.length < MAX_FAULTS) faults.push({ path, text });
  };
  const root = fieldsOf(value, "", fault);
  if (root === null) fault("", "Cannot read the snapshot: it is not a JSON object");
  const fields = root ?? fieldsOf({}, "", fault);
  if (fields === null) return { snapshot: EMPTY_SNAPSHOT, faults };
  const version = fields.number("snapshotVersion");
  if (root !== null && version !== SNAPSHOT_VERSION) {
    fault(
      "snapshotVersion",
      `Cannot be sure to understand the snapshot: its version is ${version ?? "not given"}, known is ${SNAPSHOT_VERSION}`,
    );
  }
  return { snapshot: readSnapshot(fields), faults };
}

/** Why a JSON document is not a snapshot; null when it is one, complete or not. */
export function whyNoSnapshot(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return `it is not a JSON object but ${Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`}`;
  const parts = new Set(["snapshotversion", ...Object.keys(EMPTY_SNAPSHOT).map((name) => name.toLowerCase())]);
  return Object.keys(value).some((name) => parts.has(name.toLowerCase()))
    ? null
    : "it has none of the parts of a snapshot, such as organizationConfig and authServers";
}

/** A snapshot in which everything is unknown. */
export const EMPTY_SNAPSHOT: Snapshot = {
  atMs: null,
  collectedBy: null,
  server: null,
  scope: "organisation",
  organizationConfig: null,
  authConfig: null,
  authServers: null,
  exchangeServers: null,
  authenticationPolicies: null,
  partnerApplications: null,
  settingOverrides: null,
  hybridConfiguration: null,
  hybridAgents: null,
  virtualDirectories: {
    mapi: null,
    webServices: null,
    oab: null,
    autodiscover: null,
    activeSync: null,
    owa: null,
    ecp: null,
  },
  clientAccessServices: null,
  certificates: null,
  componentStates: null,
  appPools: null,
  iisLogs: null,
  clock: null,
  outbound: null,
  authAdmin: null,
  activeDirectory: null,
  keys: null,
  errors: [],
};

function readSnapshot(fields: Fields): Snapshot {
  const vdirs = fields.object("virtualDirectories");
  return {
    atMs: fields.instant("at"),
    collectedBy: fields.text("collectedBy"),
    server: fields.text("server"),
    scope: fields.text("scope")?.toLowerCase() === "server" ? "server" : "organisation",
    organizationConfig: one(fields, "organizationConfig", readOrganizationConfig),
    authConfig: one(fields, "authConfig", readAuthConfig),
    authServers: many(fields, "authServers", readAuthServer),
    exchangeServers:
      many(fields, "exchangeServers", readExchangeServer)?.filter((server) => server.IsEdgeServer !== true) ?? null,
    authenticationPolicies: many(fields, "authenticationPolicies", readAuthenticationPolicy),
    partnerApplications: many(fields, "partnerApplications", readPartnerApplication),
    settingOverrides: many(fields, "settingOverrides", readSettingOverride),
    hybridConfiguration: many(fields, "hybridConfiguration", readHybridConfiguration),
    hybridAgents: many(fields, "hybridAgents", readHybridAgent),
    virtualDirectories: {
      mapi: many(vdirs, "mapi", readVirtualDirectory),
      webServices: many(vdirs, "webServices", readVirtualDirectory),
      oab: many(vdirs, "oab", readVirtualDirectory),
      autodiscover: many(vdirs, "autodiscover", readVirtualDirectory),
      activeSync: many(vdirs, "activeSync", readVirtualDirectory),
      owa: many(vdirs, "owa", readVirtualDirectory),
      ecp: many(vdirs, "ecp", readVirtualDirectory),
    },
    clientAccessServices: many(fields, "clientAccessServices", readClientAccessService),
    certificates: many(fields, "certificates", readServerCertificate),
    componentStates: many(fields, "componentStates", readComponentState),
    appPools: many(fields, "appPools", readAppPool),
    iisLogs: many(fields, "iisLogs", readIisLog),
    clock: many(fields, "clock", readClockOffset),
    outbound: many(fields, "outbound", readOutboundProbe),
    authAdmin: one(fields, "authAdmin", readAuthAdmin),
    activeDirectory: one(fields, "activeDirectory", readActiveDirectory),
    keys: many(fields, "keys", readKeys),
    errors: many(fields, "errors", readError) ?? [],
  };
}

function one<T>(fields: Fields, name: string, read: (fields: Fields) => T): T | null {
  const first = fields.list(name)?.[0];
  return first === undefined ? null : read(first);
}

/** The items of a list that have at least one of the expected properties; the others are reported as faults. */
function many<T extends object>(fields: Fields | null, name: string, read: (fields: Fields) => T): readonly T[] | null {
  const items = fields?.list(name) ?? null;
  if (items === null) return null;
  const known: T[] = [];
  for (const item of items) {
    const value = read(item);
    if (Object.values(value).some((property) => property !== null)) known.push(value);
    else item.reject(`Cannot read the object: it has none of the properties ${Object.keys(value).join(", ")}`);
  }
  // When no item of a list could be read, the list is unknown, not empty.
  return known.length === 0 && items.length > 0 ? null : known;
}

/** Hex digits only, in upper case; "" stays "". Sample: "c3 ed cf 18" */
function thumbprint(fields: Fields, name: string): string | null {
  return (
    fields
      .text(name)
      ?.replace(/[^0-9a-fA-F]/g, "")
      .toUpperCase() ?? null
  );
}

function readOrganizationConfig(fields: Fields): OrganizationConfig {
  return {
    Name: fields.text("Name"),
    DistinguishedName: fields.text("DistinguishedName"),
    EnableAuthAdminReadSession: fields.flag("EnableAuthAdminReadSession"),
    OAuth2ClientProfileEnabled: fields.flag("OAuth2ClientProfileEnabled"),
    MapiHttpEnabled: fields.flag("MapiHttpEnabled"),
    DefaultAuthenticationPolicy: fields.text("DefaultAuthenticationPolicy"),
  };
}

function readAuthenticationPolicy(fields: Fields): AuthenticationPolicy {
  return {
    Name: fields.text("Name"),
    BlockModernAuthMapi: fields.flag("BlockModernAuthMapi"),
    BlockModernAuthActiveSync: fields.flag("BlockModernAuthActiveSync"),
    BlockModernAuthAutodiscover: fields.flag("BlockModernAuthAutodiscover"),
    BlockModernAuthWebServices: fields.flag("BlockModernAuthWebServices"),
    BlockModernAuthOfflineAddressBook: fields.flag("BlockModernAuthOfflineAddressBook"),
    BlockModernAuthRpc: fields.flag("BlockModernAuthRpc"),
  };
}

function readAuthConfig(fields: Fields): AuthConfig {
  return {
    CurrentCertificateThumbprint: thumbprint(fields, "CurrentCertificateThumbprint"),
    PreviousCertificateThumbprint: thumbprint(fields, "PreviousCertificateThumbprint"),
    NextCertificateThumbprint: thumbprint(fields, "NextCertificateThumbprint"),
    NextCertificateEffectiveDate: fields.instant("NextCertificateEffectiveDate"),
    ServiceName: fields.text("ServiceName"),
    Realm: fields.text("Realm"),
    WhenChangedUTC: fields.instant("WhenChangedUTC"),
  };
}

function readAuthServer(fields: Fields): AuthServer {
  const certificates = fields.texts("CertificateStrings");
  return {
    Name: fields.text("Name"),
    Type: fields.text("Type"),
    Enabled: fields.flag("Enabled"),
    IsDefaultAuthorizationEndpoint: fields.flag("IsDefaultAuthorizationEndpoint"),
    DomainName: fields.texts("DomainName"),
    IssuerIdentifier: fields.text("IssuerIdentifier"),
    AuthMetadataUrl: fields.text("AuthMetadataUrl"),
    AuthorizationEndpoint: fields.text("AuthorizationEndpoint"),
    Realm: fields.text("Realm"),
    ApplicationIdentifier: fields.text("ApplicationIdentifier"),
    GraphBaseUrl: fields.text("GraphBaseUrl"),
    CertificateStrings: certificates,
    thumbprints: certificates === null ? null : thumbprintsOf(certificates),
    WhenChangedUTC: fields.instant("WhenChangedUTC"),
  };
}

function readExchangeServer(fields: Fields): ExchangeServer {
  return {
    Name: fields.text("Name"),
    Fqdn: fields.text("Fqdn"),
    Domain: fields.text("Domain"),
    AdminDisplayVersion: fields.text("AdminDisplayVersion"),
    ExSetupVersion: fields.text("ExSetupVersion"),
    IsMailboxServer: fields.flag("IsMailboxServer"),
    IsEdgeServer: fields.flag("IsEdgeServer"),
    InternetWebProxy: fields.text("InternetWebProxy"),
  };
}

function readPartnerApplication(fields: Fields): PartnerApplication {
  return {
    Name: fields.text("Name"),
    ApplicationIdentifier: fields.text("ApplicationIdentifier"),
    Enabled: fields.flag("Enabled"),
    UseAuthServer: fields.flag("UseAuthServer"),
    LinkedAccount: fields.text("LinkedAccount"),
    AuthMetadataUrl: fields.text("AuthMetadataUrl"),
    Realm: fields.text("Realm"),
  };
}

function readSettingOverride(fields: Fields): SettingOverride {
  return {
    Name: fields.text("Name"),
    ComponentName: fields.text("ComponentName"),
    SectionName: fields.text("SectionName"),
    Parameters: fields.texts("Parameters"),
    Server: fields.texts("Server"),
    MinVersion: fields.text("MinVersion"),
    MaxVersion: fields.text("MaxVersion"),
  };
}

function readHybridConfiguration(fields: Fields): HybridConfiguration {
  return { Name: fields.text("Name"), Features: fields.texts("Features"), Domains: fields.texts("Domains") };
}

function readHybridAgent(fields: Fields): HybridAgent {
  return { Server: fields.text("Server"), Installed: fields.flag("Installed") };
}

function readVirtualDirectory(fields: Fields): VirtualDirectory {
  return {
    Identity: fields.text("Identity"),
    Server: fields.text("Server"),
    InternalUrl: fields.text("InternalUrl"),
    ExternalUrl: fields.text("ExternalUrl"),
    IISAuthenticationMethods: fields.words("IISAuthenticationMethods"),
    InternalAuthenticationMethods: fields.words("InternalAuthenticationMethods"),
    ExternalAuthenticationMethods: fields.words("ExternalAuthenticationMethods"),
    OAuthAuthentication: fields.flag("OAuthAuthentication"),
    BasicAuthentication: fields.flag("BasicAuthentication"),
    FormsAuthentication: fields.flag("FormsAuthentication"),
    DigestAuthentication: fields.flag("DigestAuthentication"),
    AdfsAuthentication: fields.flag("AdfsAuthentication"),
    WindowsAuthentication: fields.flag("WindowsAuthentication"),
    sslFlags: fields.text("sslFlags"),
  };
}

function readClientAccessService(fields: Fields): ClientAccessService {
  return { Name: fields.text("Name"), AutoDiscoverServiceInternalUri: fields.text("AutoDiscoverServiceInternalUri") };
}

function readServerCertificate(fields: Fields): ServerCertificate {
  return {
    Server: fields.text("Server"),
    Thumbprint: thumbprint(fields, "Thumbprint"),
    NotAfter: fields.instant("NotAfter"),
    HasPrivateKey: fields.flag("HasPrivateKey"),
  };
}

function readComponentState(fields: Fields): ComponentState {
  return {
    Server: fields.text("Server") ?? fields.text("ServerFqdn"),
    Component: fields.text("Component"),
    State: fields.text("State"),
  };
}

function readAppPool(fields: Fields): AppPoolSettings {
  return {
    Server: fields.text("Server"),
    Name: fields.text("Name"),
    logEventOnRecycle: fields.text("logEventOnRecycle"),
    periodicRestartTime: fields.text("periodicRestartTime"),
    periodicRestartRequests: fields.number("periodicRestartRequests"),
    periodicRestartMemory: fields.number("periodicRestartMemory"),
    periodicRestartPrivateMemory: fields.number("periodicRestartPrivateMemory"),
    periodicRestartSchedule: fields.texts("periodicRestartSchedule"),
  };
}

function readIisLog(fields: Fields): IisLogSettings {
  return {
    Server: fields.text("Server"),
    Site: fields.text("Site"),
    enabled: fields.flag("enabled"),
    logFormat: fields.text("logFormat"),
    logExtFileFlags: fields.text("logExtFileFlags"),
    flushByEntryCountW3CLog: fields.number("flushByEntryCountW3CLog"),
    customFields: fields.texts("customFields"),
  };
}

function readClockOffset(fields: Fields): ClockOffset {
  return {
    Server: fields.text("Server"),
    OffsetSeconds: fields.number("OffsetSeconds"),
    Reference: fields.text("Reference"),
  };
}

function readOutboundProbe(fields: Fields): OutboundProbe {
  return { Server: fields.text("Server"), Host: fields.text("Host"), Reachable: fields.flag("Reachable") };
}

function readAuthAdmin(fields: Fields): AuthAdmin {
  return {
    LastRunUtc: fields.instant("LastRunUtc"),
    LastCompletedUtc: fields.instant("LastCompletedUtc"),
    LastUpdatedUtc: fields.instant("LastUpdatedUtc"),
  };
}

function readActiveDirectory(fields: Fields): ActiveDirectory {
  return { RootDomain: fields.text("RootDomain"), ArbitrationMailboxDomain: fields.text("ArbitrationMailboxDomain") };
}

function readKeys(fields: Fields): SnapshotKeys {
  return { Issuer: fields.text("Issuer"), Url: fields.text("Url"), Keys: many(fields, "Keys", readKey) };
}

function readKey(fields: Fields): SnapshotKey {
  return {
    Thumbprint: thumbprint(fields, "Thumbprint"),
    Kid: fields.text("Kid"),
    NotAfter: fields.instant("NotAfter"),
  };
}

function readError(fields: Fields): SnapshotError {
  return { part: fields.text("part") ?? "", text: fields.text("text") ?? "", servers: fields.texts("servers") ?? [] };
}
