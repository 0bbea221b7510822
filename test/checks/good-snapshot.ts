import { EXCHANGE_BUILDS } from "../../src/catalogue/builds.ts";
import type { CheckContext } from "../../src/checks/check.ts";
import type { PublishedKeys } from "../../src/model/snapshot/signing-keys.ts";

/** Time of the good snapshot, and time at which it is checked. */
export const NOW_MS = Date.parse("2026-11-22T08:00:00Z");

/** Self-signed certificates without private keys: the content of CertificateStrings. */
export const CERTIFICATE_A =
  "MIIBrTCCAVOgAwIBAgIUdAOLUpGlwVOqy/GfnCUjgl1OyugwCgYIKoZIzj0EAwIwKzEpMCcGA1UEAwwgYWNjb3VudHMuYWNjZXNzY29udHJvbC5leGFtcGxlIGEwIBcNMjYxMTIyMTU1MzMzWhgPMjEwMDEwMjUxNTUzMzNaMCsxKTAnBgNVBAMMIGFjY291bnRzLmFjY2Vzc2NvbnRyb2wuZXhhbXBsZSBhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIAEceMqjYnDHdqPCYnOf2L85OPsvV7MXICfKQPf3zOyz963y73bKQYmhly4evC+aRKopzmCiETDiGxuS24G32qNTMFEwHQYDVR0OBBYEFMCwiMiNFuOMJEJ/kGAwcM7ezWyDMB8GA1UdIwQYMBaAFMCwiMiNFuOMJEJ/kGAwcM7ezWyDMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgbwABQ4ezIJqnyUX505CDL3iP8NeZvKhw0A1sgmJzyHACIQCEmFLXejLEz5p46HFHyDXmLgp891Ns10/BtI391rS3ng==";
export const THUMBPRINT_A = "5AAAA76B05D0F88047B22DCB43DB8AA5FE4EA901";
export const CERTIFICATE_B =
  "MIIBrjCCAVOgAwIBAgIUD7HS9waF/c+KHcY5MdX9AqLEMKUwCgYIKoZIzj0EAwIwKzEpMCcGA1UEAwwgYWNjb3VudHMuYWNjZXNzY29udHJvbC5leGFtcGxlIGIwIBcNMjYxMTIyMTU1MzM0WhgPMjEwMDEwMjUxNTUzMzRaMCsxKTAnBgNVBAMMIGFjY291bnRzLmFjY2Vzc2NvbnRyb2wuZXhhbXBsZSBiMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5gXjWv0Rw2SzoeRWT+7tPY9L0vqN0x0aJ3pps9m2jIX+bKiO02RVynBwr12PqpifCt5m3cO3VDyO3csVV3iwA6NTMFEwHQYDVR0OBBYEFD5Y6CwyNdxGxvnLR6SIAmiFFbUuMB8GA1UdIwQYMBaAFD5Y6CwyNdxGxvnLR6SIAmiFFbUuMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAORTloX8VEX/acyrULVAFjm8XdXKG99K5m3lQ1VNsNC7AiEA7LqhAqj3i/ugeHEJzuOT3/EClBN3GMd2m6MFhwWEKi4=";
export const THUMBPRINT_B = "61E58AE0564020E8A4344E3BB43B8299DF6267CA";

export const TENANT = "0a1b2c3d-0000-4000-8000-00000000abcd";
export const EVOSTS = `EvoSts - ${TENANT}`;
const AUTH_CERTIFICATE = "C3EDCF181EF4F9B53D01768ECA99564014BCA6E7";

/** Published keys: only the trusted one. */
export const PUBLISHED_A: PublishedKeys = {
  issuer: "evosts",
  authServer: EVOSTS,
  fetchedAtMs: NOW_MS,
  isStandIn: false,
  keys: [{ thumbprint: THUMBPRINT_A, kid: null, notAfterMs: null }],
};

export const CONTEXT: CheckContext = {
  nowMs: NOW_MS,
  builds: EXCHANGE_BUILDS,
  publishedKeys: [PUBLISHED_A],
  logGaps: [],
  rolledOverAtMs: null,
  proofs: [],
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests reach into it and break it in every way
export type Json = any;

/** JSON of a snapshot of two servers in which every possible check passes. A new object at every call, which may be changed. */
export function goodSnapshot(): Json {
  const servers = ["EX01", "EX02"];
  const directories = (name: string, extra: Json): Json[] =>
    servers.map((server) => ({
      Identity: `${server}\\${name} (Default Web Site)`,
      Server: server,
      InternalUrl: `https://mail.contoso.com/${name}`,
      ExternalUrl: `https://mail.contoso.com/${name}`,
      sslFlags: "Ssl, Ssl128",
      ...structuredClone(extra),
    }));
  const oauth = {
    OAuthAuthentication: true,
    InternalAuthenticationMethods: ["Ntlm", "OAuth"],
    ExternalAuthenticationMethods: ["Ntlm", "OAuth"],
  };
  const web = {
    OAuthAuthentication: false,
    BasicAuthentication: true,
    FormsAuthentication: true,
    DigestAuthentication: false,
    AdfsAuthentication: false,
  };
  return {
    snapshotVersion: 1,
    at: "2026-11-22T08:00:00Z",
    collectedBy: "collect-snapshot.ps1 1.0.0",
    server: "EX01",
    organizationConfig: {
      Name: "Contoso",
      DistinguishedName: "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com",
      EnableAuthAdminReadSession: true,
      OAuth2ClientProfileEnabled: true,
      MapiHttpEnabled: true,
      DefaultAuthenticationPolicy: null,
    },
    authConfig: {
      CurrentCertificateThumbprint: AUTH_CERTIFICATE,
      PreviousCertificateThumbprint: "",
      NextCertificateThumbprint: "",
      NextCertificateEffectiveDate: null,
      ServiceName: "00000002-0000-0ff1-ce00-000000000000",
      Realm: "",
    },
    authServers: [
      {
        Name: EVOSTS,
        Type: "AzureAD",
        Enabled: true,
        IsDefaultAuthorizationEndpoint: true,
        DomainName: ["contoso.onmicrosoft.com"],
        IssuerIdentifier: `https://sts.windows.net/${TENANT}/`,
        Realm: TENANT,
        ApplicationIdentifier: "11112222-3333-4444-5555-666677778888",
        AuthMetadataUrl: `https://login.windows.net/${TENANT}/federationmetadata/2007-06/federationmetadata.xml`,
        AuthorizationEndpoint: "https://login.windows.net/common/oauth2/authorize",
        GraphBaseUrl: "https://graph.microsoft.com",
        CertificateStrings: [CERTIFICATE_A],
        WhenChangedUTC: "2026-11-20T01:00:00Z",
      },
    ],
    exchangeServers: servers.map((name) => ({
      Name: name,
      Fqdn: `${name}.contoso.com`,
      Domain: "contoso.com",
      AdminDisplayVersion: "Version 15.2 (Build 2562.17)",
      ExSetupVersion: "15.02.2562.049",
      IsMailboxServer: true,
      IsEdgeServer: false,
    })),
    authenticationPolicies: [],
    partnerApplications: [
      {
        Name: "Exchange Online",
        ApplicationIdentifier: "00000002-0000-0ff1-ce00-000000000000",
        Enabled: true,
        UseAuthServer: true,
        LinkedAccount: "contoso.com/Users/Exchange Online-ApplicationAccount",
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
      {
        Name: "EnableRouteThroughMSGraph",
        ComponentName: "SettingOverride",
        SectionName: "RouteThroughMSGraph",
        Parameters: ["Enabled=true"],
        Server: [],
        MinVersion: "",
        MaxVersion: "",
      },
    ],
    hybridConfiguration: [{ Name: "Hybrid Configuration", Features: ["FreeBusy"], Domains: ["contoso.com"] }],
    hybridAgents: servers.map((Server) => ({ Server, Installed: false })),
    virtualDirectories: {
      mapi: directories("mapi", { IISAuthenticationMethods: ["Ntlm", "OAuth", "Negotiate"] }),
      webServices: directories("EWS", oauth),
      oab: directories("OAB", oauth),
      autodiscover: directories("Autodiscover", oauth),
      activeSync: directories("Microsoft-Server-ActiveSync", {
        InternalAuthenticationMethods: [],
        ExternalAuthenticationMethods: [],
      }),
      owa: directories("owa", web),
      ecp: directories("ecp", web),
    },
    clientAccessServices: servers.map((Name) => ({
      Name,
      AutoDiscoverServiceInternalUri: "https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml",
    })),
    certificates: servers.map((Server) => ({
      Server,
      Thumbprint: AUTH_CERTIFICATE,
      NotAfter: "2029-11-22T00:00:00Z",
      HasPrivateKey: true,
    })),
    componentStates: servers.flatMap((Server) => [
      { Server, Component: "ServerWideOffline", State: "Active" },
      { Server, Component: "EwsProxy", State: "Active" },
      { Server, Component: "ForwardSyncDaemon", State: "Inactive" },
    ]),
    appPools: servers.flatMap((Server) =>
      ["MSExchangeServicesAppPool", "MSExchangeOWAAppPool"].map((Name) => ({
        Server,
        Name,
        logEventOnRecycle: "Time, Memory, OnDemand, ConfigChange",
        periodicRestartTime: Name === "MSExchangeOWAAppPool" ? "14.00:00:00" : "00:00:00",
        periodicRestartRequests: 0,
        periodicRestartMemory: 0,
        periodicRestartPrivateMemory: 0,
        periodicRestartSchedule: [],
      })),
    ),
    iisLogs: servers.map((Server) => ({
      Server,
      Site: "Default Web Site",
      enabled: true,
      logFormat: "W3C",
      flushByEntryCountW3CLog: 10,
      customFields: ["x-ms-diagnostics"],
      logExtFileFlags:
        "Date,Time,ClientIP,UserName,ServerIP,Method,UriStem,UriQuery,HttpStatus,Win32Status,TimeTaken,ServerPort,UserAgent,Referer,HttpSubStatus",
    })),
    clock: servers.map((Server) => ({ Server, OffsetSeconds: 0.4, Reference: "login.microsoftonline.com" })),
    outbound: servers.map((Server) => ({ Server, Host: "login.windows.net", Reachable: true })),
    authAdmin: { LastRunUtc: "2026-11-22T01:00:00Z" },
    activeDirectory: { RootDomain: "contoso.com", ArbitrationMailboxDomain: "contoso.com" },
    errors: [],
  };
}
