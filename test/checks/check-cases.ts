import type { ProbeProof } from "../../src/model/probe/probe-proof.ts";
import type { CheckContext } from "../../src/checks/check.ts";
import { CERTIFICATE_A, EVOSTS, NOW_MS, THUMBPRINT_A, THUMBPRINT_B } from "./good-snapshot.ts";
import type { Json } from "./good-snapshot.ts";

export interface CheckCase {
  readonly name: string;
  /** Changes the good snapshot. */
  readonly change?: (snapshot: Json) => void;
  readonly context?: Partial<CheckContext>;
  /** Verdict per object: `pass`, `fail: <part of what was found>`, `unknown: <part of the reason>`; after a `!` the severity. */
  readonly verdicts: Readonly<Record<string, string>>;
}

const day = (days: number): string => new Date(NOW_MS + days * 86_400_000).toISOString();
const each = (list: Json[], change: (item: Json) => void): void => {
  list.forEach(change);
};
const ROLLED = [
  {
    issuer: "evosts",
    authServer: EVOSTS,
    fetchedAtMs: NOW_MS,
    isStandIn: false,
    keys: [THUMBPRINT_A, THUMBPRINT_B].map((thumbprint) => ({ thumbprint, kid: null, notAfterMs: null })),
  },
] as const;
const EX = (verdict: string, other = verdict): Record<string, string> => ({ EX01: verdict, EX02: other });
const KINDS = [
  "MapiVirtualDirectory",
  "WebServicesVirtualDirectory",
  "OabVirtualDirectory",
  "AutodiscoverVirtualDirectory",
  "ActiveSyncVirtualDirectory",
  "OwaVirtualDirectory",
  "EcpVirtualDirectory",
];
const kinds = (verdict: string, except: Record<string, string> = {}): Record<string, string> => ({
  ...Object.fromEntries(KINDS.map((kind) => [kind, verdict])),
  ...except,
});
const directories = (names: readonly string[], verdict: string): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => ["EX01", "EX02"].map((server) => [`${server}\\${name} (Default Web Site)`, verdict])),
  );
const CLIENT = ["mapi", "EWS", "OAB", "Autodiscover", "Microsoft-Server-ActiveSync"];

const UNREGISTERED = { verdict: "fail", found: "AADSTS500011", wanted: "a registered name" } as const;

function nameProof(namespace: string): ProbeProof {
  return {
    check: "service_principal_names",
    about: { kind: "namespace", namespace },
    verdict: "pass",
    found: "",
    wanted: "",
  };
}

/** For every check, its verdicts for good, bad and missing data. */
export const CHECK_CASES: Readonly<Record<string, readonly CheckCase[]>> = {
  auth_admin_read_session: [
    { name: "on", verdicts: { organisation: "pass" } },
    {
      name: "off in one domain",
      change: (s) => {
        s.organizationConfig.EnableAuthAdminReadSession = "False";
      },
      verdicts: { organisation: "fail: False !warning" },
    },
    {
      name: "off, servers in a child domain",
      change: (s) => {
        s.organizationConfig.EnableAuthAdminReadSession = false;
        s.exchangeServers[1].Domain = "emea.contoso.com";
      },
      verdicts: { organisation: "fail: False !critical" },
    },
    {
      name: "off, child domain known from the configuration partition",
      change: (s) => {
        s.organizationConfig.EnableAuthAdminReadSession = false;
        delete s.activeDirectory;
        each(s.exchangeServers, (x) => {
          x.Domain = "emea.contoso.com";
        });
      },
      verdicts: { organisation: "fail: False !critical" },
    },
    {
      name: "off, a key is missing",
      change: (s) => {
        s.organizationConfig.EnableAuthAdminReadSession = false;
      },
      context: { publishedKeys: ROLLED },
      verdicts: { organisation: "fail: False !critical" },
    },
    {
      name: "off, topology unknown",
      change: (s) => {
        s.organizationConfig.EnableAuthAdminReadSession = false;
        delete s.exchangeServers;
      },
      verdicts: { organisation: "fail: False !warning" },
    },
    {
      name: "absent on builds that are too old",
      change: (s) => {
        delete s.organizationConfig.EnableAuthAdminReadSession;
        each(s.exchangeServers, (x) => {
          x.AdminDisplayVersion = "Version 15.1 (Build 1979.3)";
          x.ExSetupVersion = "";
        });
      },
      verdicts: { organisation: "fail: no such property, builds 15.1.1979.3" },
    },
    {
      name: "absent on builds that have it",
      change: (s) => {
        delete s.organizationConfig.EnableAuthAdminReadSession;
      },
      verdicts: { organisation: "unknown: although every server's build has it" },
    },
    {
      name: "absent, builds unknown",
      change: (s) => {
        s.organizationConfig.EnableAuthAdminReadSession = null;
        delete s.exchangeServers;
      },
      verdicts: { organisation: "unknown: builds are not known" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.organizationConfig;
      },
      verdicts: { organisation: "unknown: is not in the snapshot" },
    },
    {
      name: "failed to collect",
      change: (s) => {
        delete s.organizationConfig;
        s.errors = [{ part: "organizationConfig", text: "CONTOSO\\jane may not" }];
      },
      verdicts: { organisation: "unknown: Get-OrganizationConfig failed when the snapshot was collected" },
    },
  ],
  exchange_build: [
    { name: "SE", verdicts: EX("pass") },
    {
      name: "below and above the floor",
      change: (s) => {
        delete s.exchangeServers[0].ExSetupVersion;
        s.exchangeServers[0].AdminDisplayVersion = "Version 15.2 (Build 595.3)";
        delete s.exchangeServers[1].ExSetupVersion;
        s.exchangeServers[1].AdminDisplayVersion = "Version 15.1 (Build 2044.4)";
      },
      verdicts: EX("fail: 15.2.595.3 !critical", "pass"),
    },
    {
      name: "Exchange 2013",
      change: (s) => {
        delete s.exchangeServers[0].ExSetupVersion;
        s.exchangeServers[0].AdminDisplayVersion = "Version 15.0 (Build 1497.2)";
      },
      verdicts: EX("fail: 15.0.1497.2", "pass"),
    },
    {
      name: "a later line",
      change: (s) => {
        delete s.exchangeServers[0].ExSetupVersion;
        s.exchangeServers[0].AdminDisplayVersion = "Version 16.0 (Build 100.0)";
      },
      verdicts: EX("pass"),
    },
    {
      name: "the file version is used",
      change: (s) => {
        s.exchangeServers[0].ExSetupVersion = "15.02.0595.003";
      },
      verdicts: EX("fail: 15.2.595.3", "pass"),
    },
    {
      name: "version as an object",
      change: (s) => {
        delete s.exchangeServers[0].ExSetupVersion;
        s.exchangeServers[0].AdminDisplayVersion = { Major: 15, Minor: 2, Build: 595, Revision: 3 };
      },
      verdicts: EX("fail: 15.2.595.3", "pass"),
    },
    {
      name: "a version that cannot be read",
      change: (s) => {
        delete s.exchangeServers[0].ExSetupVersion;
        s.exchangeServers[0].AdminDisplayVersion = "newest";
      },
      verdicts: EX("unknown: in a form that can be read", "pass"),
    },
    {
      name: "not collected",
      change: (s) => {
        s.exchangeServers = null;
      },
      verdicts: { organisation: "unknown: Get-ExchangeServer" },
    },
    {
      name: "Edge servers are excluded",
      change: (s) => {
        s.exchangeServers[1].IsEdgeServer = true;
      },
      verdicts: { EX01: "pass" },
    },
  ],
  modern_auth_enabled: [
    { name: "on", verdicts: { organisation: "pass" } },
    {
      name: "off",
      change: (s) => {
        s.organizationConfig.OAuth2ClientProfileEnabled = false;
      },
      verdicts: { organisation: "fail: False !critical" },
    },
    {
      name: "absent",
      change: (s) => {
        delete s.organizationConfig.OAuth2ClientProfileEnabled;
      },
      verdicts: { organisation: "unknown: shows no OAuth2ClientProfileEnabled" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.organizationConfig;
      },
      verdicts: { organisation: "unknown: Get-OrganizationConfig" },
    },
  ],
  mapi_http: [
    { name: "on", verdicts: { organisation: "pass" } },
    {
      name: "off",
      change: (s) => {
        s.organizationConfig.MapiHttpEnabled = false;
      },
      verdicts: { organisation: "fail: False" },
    },
    {
      name: "absent",
      change: (s) => {
        delete s.organizationConfig.MapiHttpEnabled;
      },
      verdicts: { organisation: "unknown: shows no MapiHttpEnabled" },
    },
  ],
  evosts_present: [
    { name: "enabled", verdicts: { organisation: "pass" } },
    {
      name: "disabled",
      change: (s) => {
        s.authServers[0].Enabled = false;
      },
      verdicts: { organisation: "fail: disabled: EvoSts" },
    },
    {
      name: "none",
      change: (s) => {
        s.authServers = [];
      },
      verdicts: { organisation: "fail: none" },
    },
    {
      name: "recognised by name if the type is unknown",
      change: (s) => {
        delete s.authServers[0].Type;
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "another type",
      change: (s) => {
        s.authServers[0].Type = "Facebook";
      },
      verdicts: { organisation: "fail: none" },
    },
    {
      name: "users sign in with AD FS",
      change: (s) => {
        s.authServers[0].Type = "ADFS";
      },
      verdicts: { organisation: "unknown: sign in by AD FS" },
    },
    {
      name: "enabled is unknown",
      change: (s) => {
        delete s.authServers[0].Enabled;
      },
      verdicts: { organisation: "unknown: whether" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authServers;
      },
      verdicts: { organisation: "unknown: Get-AuthServer" },
    },
  ],
  default_authorization_endpoint: [
    { name: "one", verdicts: { organisation: "pass" } },
    {
      name: "none",
      change: (s) => {
        s.authServers[0].IsDefaultAuthorizationEndpoint = false;
      },
      verdicts: { organisation: "fail: none" },
    },
    {
      name: "two",
      change: (s) => {
        s.authServers.push({ ...s.authServers[0], Name: "EvoSTS" });
      },
      verdicts: { organisation: "fail: 2: EvoSts" },
    },
    {
      name: "one, of the access control service",
      change: (s) => {
        s.authServers[0].IsDefaultAuthorizationEndpoint = false;
        s.authServers.push({ Name: "ACS", Type: "MicrosoftACS", Enabled: true, IsDefaultAuthorizationEndpoint: true });
      },
      verdicts: { organisation: "fail: ACS of type MicrosoftACS !critical" },
    },
    {
      name: "one, of AD FS in addition to Entra ID",
      change: (s) => {
        s.authServers[0].IsDefaultAuthorizationEndpoint = false;
        s.authServers.push({ Name: "ADFS", Type: "ADFS", Enabled: true, IsDefaultAuthorizationEndpoint: true });
      },
      verdicts: { organisation: "fail: ADFS of type ADFS !critical" },
    },
    {
      name: "one, only of AD FS",
      change: (s) => {
        Object.assign(s.authServers[0], { Name: "ADFS", Type: "ADFS" });
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "one without an endpoint",
      change: (s) => {
        s.authServers[0].AuthorizationEndpoint = "";
      },
      verdicts: { organisation: "fail: without an AuthorizationEndpoint" },
    },
    {
      name: "a disabled one does not count",
      change: (s) => {
        s.authServers.push({ ...s.authServers[0], Name: "EvoSTS", Enabled: false });
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.authServers[0].IsDefaultAuthorizationEndpoint;
      },
      verdicts: { organisation: "unknown: IsDefaultAuthorizationEndpoint" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authServers;
      },
      verdicts: { organisation: "unknown: Get-AuthServer" },
    },
  ],
  evosts_domain: [
    { name: "named", verdicts: { [EVOSTS]: "pass" } },
    {
      name: "none",
      change: (s) => {
        s.authServers[0].DomainName = [];
      },
      verdicts: { [EVOSTS]: "fail: no domain" },
    },
    {
      name: "none, the older object",
      change: (s) => {
        s.authServers[0].DomainName = [];
        s.authServers[0].Name = "EvoSTS";
      },
      verdicts: { EvoSTS: "pass" },
    },
    {
      name: "none, servers too old",
      change: (s) => {
        s.authServers[0].DomainName = [];
        each(s.exchangeServers, (x) => {
          x.AdminDisplayVersion = "Version 15.2 (Build 659.4)";
          x.ExSetupVersion = "";
        });
      },
      verdicts: { [EVOSTS]: "unknown: every server is older" },
    },
    {
      name: "as objects",
      change: (s) => {
        s.authServers[0].DomainName = [{ Domain: "contoso.onmicrosoft.com", Address: null }];
      },
      verdicts: { [EVOSTS]: "pass" },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.authServers[0].DomainName;
      },
      verdicts: { [EVOSTS]: "unknown: DomainName" },
    },
    {
      name: "no object to check",
      change: (s) => {
        s.authServers = [];
      },
      verdicts: { organisation: "unknown: no enabled AuthServer" },
    },
  ],
  evosts_issuer: [
    { name: "of one tenant", verdicts: { [EVOSTS]: "pass" } },
    {
      name: "a national cloud",
      change: (s) => {
        s.authServers[0].IssuerIdentifier = s.authServers[0].IssuerIdentifier.replace(
          "sts.windows.net",
          "sts.chinacloudapi.cn",
        );
      },
      verdicts: { [EVOSTS]: "pass" },
    },
    {
      name: "another realm",
      change: (s) => {
        s.authServers[0].Realm = "contoso.com";
      },
      verdicts: { [EVOSTS]: "fail: Realm contoso.com" },
    },
    {
      name: "an issuer without tenant",
      change: (s) => {
        s.authServers[0].IssuerIdentifier = "https://sts.windows.net/";
      },
      verdicts: { [EVOSTS]: "fail: IssuerIdentifier https://sts.windows.net/" },
    },
    {
      name: "metadata without TLS",
      change: (s) => {
        s.authServers[0].AuthMetadataUrl = "http://login.windows.net/x/y.xml";
      },
      verdicts: { [EVOSTS]: "fail: AuthMetadataUrl http:" },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.authServers[0].AuthMetadataUrl;
      },
      verdicts: { [EVOSTS]: "unknown: lacks" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authServers;
      },
      verdicts: { organisation: "unknown: Get-AuthServer" },
    },
  ],
  key_drift: [
    { name: "all trusted", verdicts: { [EVOSTS]: "pass" } },
    {
      name: "one missing",
      context: { publishedKeys: ROLLED },
      verdicts: { [EVOSTS]: `fail: 1 of 2 published keys missing in AD: ${THUMBPRINT_B} !critical` },
    },
    {
      name: "one missing that has expired",
      context: {
        publishedKeys: [
          { ...ROLLED[0], keys: [ROLLED[0].keys[0]!, { thumbprint: THUMBPRINT_B, kid: null, notAfterMs: NOW_MS }] },
        ],
      },
      verdicts: { [EVOSTS]: "pass" },
    },
    {
      name: "fetched by the collecting server",
      change: (s) => {
        s.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_B }] }];
      },
      context: { publishedKeys: null },
      verdicts: { [EVOSTS]: "fail: 1 of 1" },
    },
    {
      name: "the exporter's own fetch is used",
      change: (s) => {
        s.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_B }] }];
      },
      verdicts: { [EVOSTS]: "pass" },
    },
    {
      name: "not of Entra ID",
      change: (s) => {
        s.authServers[0].Type = "MicrosoftACS";
      },
      context: { publishedKeys: [{ ...ROLLED[0], issuer: "acs" }] },
      verdicts: { [EVOSTS]: "fail: 1 of 2 !warning" },
    },
    {
      name: "of AD FS, with which users sign in",
      change: (s) => {
        s.authServers[0].Type = "ADFS";
      },
      context: { publishedKeys: [{ ...ROLLED[0], issuer: "adfs" }] },
      verdicts: { [EVOSTS]: "fail: 1 of 2 !critical" },
    },
    { name: "not fetched", context: { publishedKeys: null }, verdicts: { [EVOSTS]: "unknown: was not fetched" } },
    {
      name: "certificates not collected",
      change: (s) => {
        delete s.authServers[0].CertificateStrings;
      },
      verdicts: { [EVOSTS]: "unknown: CertificateStrings" },
    },
    {
      name: "a certificate that cannot be read",
      change: (s) => {
        s.authServers[0].CertificateStrings = [CERTIFICATE_A, "AAAA"];
      },
      verdicts: { [EVOSTS]: "unknown: CertificateStrings" },
    },
    {
      name: "no certificates at all",
      change: (s) => {
        s.authServers[0].CertificateStrings = [];
      },
      verdicts: { [EVOSTS]: "fail: 1 of 1" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authServers;
      },
      verdicts: { organisation: "unknown: Get-AuthServer" },
    },
  ],
  auth_admin_runs: [
    { name: "seven hours ago", verdicts: { organisation: "pass" } },
    {
      name: "two days ago",
      change: (s) => {
        s.authAdmin.LastRunUtc = day(-2);
      },
      verdicts: { organisation: "fail: 48 hours before the snapshot" },
    },
    {
      name: "two days ago, an event since",
      change: (s) => {
        s.authAdmin = { LastRunUtc: day(-2), LastCompletedUtc: day(-0.5) };
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "the age refers to the snapshot's time, whenever it is evaluated",
      context: { nowMs: NOW_MS + 30 * 86_400_000 },
      verdicts: { organisation: "pass" },
    },
    {
      name: "a run after the snapshot",
      change: (s) => {
        s.authAdmin = { LastRunUtc: day(3) };
      },
      verdicts: { organisation: "unknown: after the snapshot" },
    },
    {
      name: "nothing found",
      change: (s) => {
        s.authAdmin = { LastRunUtc: "0001-01-01T00:00:00" };
      },
      verdicts: { organisation: "unknown: neither" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authAdmin;
      },
      verdicts: { organisation: "unknown: last run" },
    },
  ],
  oauth_on_virtual_directories: [
    { name: "everywhere", verdicts: directories(CLIENT, "pass") },
    {
      name: "MAPI's methods in one text",
      change: (s) => {
        s.virtualDirectories.mapi[0].IISAuthenticationMethods = "Ntlm, OAuth, Negotiate";
        s.virtualDirectories.mapi[1].IISAuthenticationMethods = "{Ntlm, OAuth}";
      },
      verdicts: directories(CLIENT, "pass"),
    },
    {
      name: "only of the collecting server",
      change: (s) => {
        s.scope = "server";
        delete s.virtualDirectories.webServices[1].OAuthAuthentication;
      },
      verdicts: Object.fromEntries(
        Object.entries(directories(CLIENT, "pass")).filter(([object]) => object.startsWith("EX01")),
      ),
    },
    {
      name: "off at one of each kind",
      change: (s) => {
        s.virtualDirectories.mapi[0].IISAuthenticationMethods = ["Ntlm", "Negotiate"];
        s.virtualDirectories.webServices[0].OAuthAuthentication = false;
        s.virtualDirectories.oab[0].ExternalAuthenticationMethods = ["Ntlm"];
        s.virtualDirectories.activeSync[0].InternalAuthenticationMethods = ["Basic"];
      },
      verdicts: {
        ...directories(CLIENT, "pass"),
        "EX01\\mapi (Default Web Site)": "fail: IISAuthenticationMethods Ntlm, Negotiate !critical",
        "EX01\\EWS (Default Web Site)": "fail: OAuthAuthentication False !critical",
        "EX01\\OAB (Default Web Site)": "fail: no OAuth among the external",
        "EX01\\Microsoft-Server-ActiveSync (Default Web Site)": "fail: authentication methods Basic !warning",
      },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.virtualDirectories.mapi[0].IISAuthenticationMethods;
        delete s.virtualDirectories.oab[1].OAuthAuthentication;
      },
      verdicts: {
        ...directories(CLIENT, "pass"),
        "EX01\\mapi (Default Web Site)": "unknown: IISAuth",
        "EX02\\OAB (Default Web Site)": "unknown: OAuthAuth",
      },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.virtualDirectories;
      },
      verdicts: Object.fromEntries(KINDS.slice(0, 5).map((kind) => [kind, "unknown: is not in the snapshot"])),
    },
    {
      name: "one kind not collected, another empty",
      change: (s) => {
        delete s.virtualDirectories.mapi;
        s.virtualDirectories.oab = [];
      },
      verdicts: {
        ...directories(["EWS", "Autodiscover", "Microsoft-Server-ActiveSync"], "pass"),
        MapiVirtualDirectory: "unknown: Get-Mapi",
        OabVirtualDirectory: "unknown: gave no virtual directory",
      },
    },
  ],
  owa_ecp_modern_auth: [
    {
      name: "in use on builds that cannot",
      change: (s) => {
        each([...s.virtualDirectories.owa, ...s.virtualDirectories.ecp], (x) => {
          Object.assign(x, { OAuthAuthentication: true, BasicAuthentication: false, FormsAuthentication: false });
        });
        Object.assign(s.exchangeServers[1], { AdminDisplayVersion: "Version 15.1 (Build 2507.6)", ExSetupVersion: "" });
      },
      verdicts: directories(["owa", "ecp"], "fail: EX02 older than 15.2.1544.11"),
    },
    {
      name: "in use, and the update decides",
      change: (s) => {
        each([...s.virtualDirectories.owa, ...s.virtualDirectories.ecp], (x) => {
          Object.assign(x, { OAuthAuthentication: true, BasicAuthentication: false, FormsAuthentication: false });
        });
        Object.assign(s.exchangeServers[1], { AdminDisplayVersion: "Version 15.2 (Build 1544.4)", ExSetupVersion: "" });
      },
      verdicts: directories(["owa", "ecp"], "unknown: 15.2.1544.11"),
    },
    { name: "not in use", verdicts: directories(["owa", "ecp"], "pass") },
    {
      name: "in use",
      change: (s) => {
        each([...s.virtualDirectories.owa, ...s.virtualDirectories.ecp], (x) => {
          Object.assign(x, { OAuthAuthentication: true, BasicAuthentication: false, FormsAuthentication: false });
        });
      },
      verdicts: directories(["owa", "ecp"], "pass"),
    },
    {
      name: "beside forms",
      change: (s) => {
        each([...s.virtualDirectories.owa, ...s.virtualDirectories.ecp], (x) => {
          x.OAuthAuthentication = true;
        });
      },
      verdicts: directories(["owa", "ecp"], "fail: OAuth beside Basic, Forms"),
    },
    {
      name: "at OWA alone",
      change: (s) => {
        s.virtualDirectories.owa[0].OAuthAuthentication = true;
      },
      verdicts: {
        ...directories(["owa", "ecp"], "pass"),
        "EX01\\owa (Default Web Site)": "fail: on at OWA and off at ECP",
        "EX01\\ecp (Default Web Site)": "fail: on at OWA and off at ECP",
      },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.virtualDirectories.owa[0].OAuthAuthentication;
        delete s.virtualDirectories.ecp;
      },
      verdicts: {
        "EX01\\owa (Default Web Site)": "unknown: OAuthAuthentication",
        "EX02\\owa (Default Web Site)": "pass",
        EcpVirtualDirectory: "unknown: Get-Ecp",
      },
    },
  ],
  uniform_virtual_directories: [
    { name: "alike", verdicts: kinds("pass") },
    {
      name: "one server differs",
      change: (s) => {
        s.virtualDirectories.mapi[1].IISAuthenticationMethods = ["Ntlm"];
        s.virtualDirectories.owa[0].OAuthAuthentication = true;
      },
      verdicts: kinds("pass", {
        MapiVirtualDirectory: "fail: on at EX01; off at EX02",
        OwaVirtualDirectory: "fail: on at EX01; off at EX02",
      }),
    },
    {
      name: "one server unknown",
      change: (s) => {
        delete s.virtualDirectories.oab[1].OAuthAuthentication;
        delete s.virtualDirectories.oab[1].InternalAuthenticationMethods;
        delete s.virtualDirectories.oab[1].ExternalAuthenticationMethods;
      },
      verdicts: kinds("pass", { OabVirtualDirectory: "unknown: setting of every server" }),
    },
    {
      name: "one server known only from Active Directory",
      change: (s) => {
        delete s.virtualDirectories.oab[1].OAuthAuthentication;
      },
      verdicts: kinds("pass"),
    },
    {
      name: "one server without data",
      change: (s) => {
        s.virtualDirectories.ecp.pop();
      },
      verdicts: kinds("pass", { EcpVirtualDirectory: "unknown: none of EX02" }),
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.virtualDirectories;
      },
      verdicts: kinds("unknown: is not in the snapshot"),
    },
  ],
  service_principal_names: [
    {
      name: "lists the names",
      verdicts: {
        organisation:
          "unknown: needs Microsoft Graph, which is not asked; compare its names with " +
          "https://autodiscover.contoso.com/, https://mail.contoso.com/",
      },
    },
    {
      name: "no URLs",
      change: (s) => {
        delete s.virtualDirectories;
        delete s.clientAccessServices;
      },
      verdicts: { organisation: "unknown: no URLs to list" },
    },
    {
      name: "proven by a token for every name",
      context: { proofs: [nameProof("mail.contoso.com"), nameProof("autodiscover.contoso.com")] },
      verdicts: {
        organisation: "pass",
        "https://mail.contoso.com/": "pass",
        "https://autodiscover.contoso.com/": "pass",
      },
    },
    {
      name: "no token for one name",
      context: {
        proofs: [nameProof("mail.contoso.com"), { ...nameProof("autodiscover.contoso.com"), ...UNREGISTERED }],
      },
      verdicts: {
        organisation: "unknown: compare its names with https://autodiscover.contoso.com/",
        "https://mail.contoso.com/": "pass",
        "https://autodiscover.contoso.com/": "fail: by the probe: AADSTS500011",
      },
    },
  ],
  no_ssl_offload: [
    { name: "required", verdicts: directories(CLIENT, "pass") },
    {
      name: "as the number that IIS stores",
      change: (s) => {
        s.virtualDirectories.mapi[0].sslFlags = "264";
        s.virtualDirectories.mapi[1].sslFlags = 0;
      },
      verdicts: { ...directories(CLIENT, "pass"), "EX02\\mapi (Default Web Site)": "fail: sslFlags 0" },
    },
    {
      name: "none, and plain URLs",
      change: (s) => {
        s.virtualDirectories.webServices[0].sslFlags = "None";
        s.virtualDirectories.oab[1].ExternalUrl = "http://mail.contoso.com/OAB";
      },
      verdicts: {
        ...directories(CLIENT, "pass"),
        "EX01\\EWS (Default Web Site)": "fail: sslFlags None",
        "EX02\\OAB (Default Web Site)": "fail: a URL with http",
      },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.virtualDirectories.mapi[0].sslFlags;
      },
      verdicts: { ...directories(CLIENT, "pass"), "EX01\\mapi (Default Web Site)": "unknown: sslFlags" },
    },
  ],
  outbound_path: [
    { name: "reachable", verdicts: EX("pass") },
    {
      name: "not from one server",
      change: (s) => {
        s.outbound[1].Reachable = false;
      },
      verdicts: EX("pass", "fail: not reachable: login.windows.net !critical"),
    },
    {
      name: "one server not tried",
      change: (s) => {
        s.outbound.pop();
      },
      verdicts: EX("pass", "unknown: of this server"),
    },
    {
      name: "no result",
      change: (s) => {
        delete s.outbound[0].Reachable;
      },
      verdicts: EX("unknown: no result", "pass"),
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.outbound;
      },
      verdicts: EX("unknown: the outbound probe is not in the snapshot"),
    },
  ],
  classic_hybrid: [
    { name: "no agent", verdicts: { organisation: "pass" } },
    {
      name: "an agent",
      change: (s) => {
        s.hybridAgents[1].Installed = true;
      },
      verdicts: { organisation: "fail: Hybrid Agent on EX02" },
    },
    {
      name: "no hybrid, and users sign in with AD FS",
      change: (s) => {
        s.hybridConfiguration = [];
        s.authServers[0].Type = "ADFS";
      },
      verdicts: { organisation: "unknown: sign in by AD FS" },
    },
    {
      name: "no hybrid",
      change: (s) => {
        s.hybridConfiguration = [];
      },
      verdicts: { organisation: "fail: no hybrid configuration" },
    },
    {
      name: "not searched",
      change: (s) => {
        delete s.hybridAgents;
      },
      verdicts: { organisation: "unknown: Hybrid Agent's service" },
    },
    {
      name: "searched on one of two servers",
      change: (s) => {
        s.hybridAgents.pop();
      },
      verdicts: { organisation: "unknown: not looked for on EX02" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.hybridConfiguration;
      },
      verdicts: { organisation: "unknown: Get-HybridConfiguration" },
    },
  ],
  auth_certificate: [
    { name: "valid", verdicts: EX("pass") },
    {
      name: "30 days left",
      change: (s) => {
        each(s.certificates, (x) => {
          x.NotAfter = day(30);
        });
      },
      verdicts: EX("fail: in 30 days !warning"),
    },
    {
      name: "expired",
      change: (s) => {
        each(s.certificates, (x) => {
          x.NotAfter = day(-1);
        });
      },
      verdicts: EX("fail: expired 2026-11-21 !critical"),
    },
    {
      name: "missing on one server",
      change: (s) => {
        s.certificates[1].Thumbprint = "AA".repeat(20);
      },
      verdicts: EX("pass", "fail: is missing !critical"),
    },
    {
      name: "without its private key",
      change: (s) => {
        s.certificates[0].HasPrivateKey = "False";
      },
      verdicts: EX("fail: without its private key !critical", "pass"),
    },
    {
      name: "60 days left",
      change: (s) => {
        each(s.certificates, (x) => {
          x.NotAfter = day(60);
        });
      },
      verdicts: EX("fail: in 60 days !warning"),
    },
    {
      name: "certificates without a thumbprint",
      change: (s) => {
        delete s.certificates[0].Thumbprint;
        s.certificates[1].Thumbprint = "";
      },
      verdicts: EX("unknown: without a thumbprint"),
    },
    {
      name: "one server that did not answer",
      change: (s) => {
        s.certificates.pop();
        s.errors = [{ part: "servers", servers: ["EX02"], text: "System.TimeoutException" }];
      },
      verdicts: EX("pass", "unknown: did not answer"),
    },
    {
      name: "only of the collecting server",
      change: (s) => {
        s.certificates.pop();
        s.scope = "server";
      },
      verdicts: { EX01: "pass" },
    },
    {
      name: "one server not queried",
      change: (s) => {
        s.certificates.pop();
      },
      verdicts: EX("pass", "unknown: of this server"),
    },
    {
      name: "private key unknown",
      change: (s) => {
        delete s.certificates[0].HasPrivateKey;
      },
      verdicts: EX("unknown: private key", "pass"),
    },
    {
      name: "none named",
      change: (s) => {
        s.authConfig.CurrentCertificateThumbprint = "";
      },
      verdicts: { organisation: "fail: no current certificate" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authConfig;
      },
      verdicts: { organisation: "unknown: Get-AuthConfig" },
    },
  ],
  next_certificate: [
    { name: "not needed yet", verdicts: { organisation: "pass" } },
    {
      name: "needed and not staged",
      change: (s) => {
        each(s.certificates, (x) => {
          x.NotAfter = day(30);
        });
      },
      verdicts: { organisation: "fail: none staged, 30 days left" },
    },
    {
      name: "staged",
      change: (s) => {
        stage(s, { days: 900, effective: 5 });
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "staged early, missing on one server",
      change: (s) => {
        stage(s, { days: 900, effective: 2, daysLeft: 400, servers: ["EX01"] });
      },
      verdicts: { organisation: "fail: on EX02, takes effect 2026-11-24 !critical" },
    },
    {
      name: "its date past, and not published",
      change: (s) => {
        stage(s, { days: 900, effective: -10, daysLeft: 400 });
      },
      verdicts: { organisation: "fail: its date was 10 days ago !warning" },
    },
    {
      name: "staged early, its key unknown",
      change: (s) => {
        stage(s, { days: 900, effective: 5, daysLeft: 400 });
        delete s.certificates.at(-1).HasPrivateKey;
      },
      verdicts: { organisation: "unknown: not known of EX02" },
    },
    {
      name: "staged without a date",
      change: (s) => {
        stage(s, { days: 900, effective: null });
      },
      verdicts: { organisation: "fail: without an effective date" },
    },
    {
      name: "staged too late",
      change: (s) => {
        stage(s, { days: 900, effective: 40 });
      },
      verdicts: { organisation: "fail: after the current one's expiry" },
    },
    {
      name: "staged for a short time",
      change: (s) => {
        stage(s, { days: 100, effective: 5 });
      },
      verdicts: { organisation: "fail: has 100 days left" },
    },
    {
      name: "staged, and on none of the queried servers",
      change: (s) => {
        stage(s, { days: null, effective: 5 });
      },
      verdicts: { organisation: "fail: on EX01, EX02" },
    },
    {
      name: "staged, its expiry unknown",
      change: (s) => {
        stage(s, { days: 900, effective: 5 });
        each(s.certificates.slice(2), (x) => {
          delete x.NotAfter;
        });
      },
      verdicts: { organisation: "unknown: expiry of the next" },
    },
    {
      name: "expiry unknown",
      change: (s) => {
        delete s.certificates;
      },
      verdicts: { organisation: "unknown: expiry of the current" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authConfig;
      },
      verdicts: { organisation: "unknown: Get-AuthConfig" },
    },
  ],
  auth_config_service_name: [
    { name: "Exchange's", verdicts: { organisation: "pass" } },
    {
      name: "another, with a realm",
      change: (s) => {
        s.authConfig.ServiceName = "";
        s.authConfig.Realm = "contoso.com";
      },
      verdicts: { organisation: "fail: ServiceName blank; Realm contoso.com" },
    },
    {
      name: "null is blank",
      change: (s) => {
        s.authConfig.Realm = null;
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.authConfig.Realm;
      },
      verdicts: { organisation: "unknown: lacks" },
    },
  ],
  partner_application: [
    { name: "sound", verdicts: { organisation: "pass" } },
    {
      name: "wrong in every way",
      change: (s) => {
        Object.assign(s.partnerApplications[0], {
          Enabled: false,
          UseAuthServer: false,
          LinkedAccount: "contoso.com/Users/Jane Doe",
          AuthMetadataUrl: "https://x/",
          Realm: "r",
        });
      },
      verdicts: {
        organisation: "fail: Enabled False; UseAuthServer False; another LinkedAccount; an AuthMetadataUrl; a Realm",
      },
    },
    {
      name: "none",
      change: (s) => {
        s.partnerApplications = [];
      },
      verdicts: { organisation: "fail: no partner application" },
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.partnerApplications[0].LinkedAccount;
      },
      verdicts: { organisation: "unknown: every property" },
    },
    {
      name: "unknown ids",
      change: (s) => {
        delete s.partnerApplications[0].ApplicationIdentifier;
      },
      verdicts: { organisation: "unknown: ApplicationIdentifier" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.partnerApplications;
      },
      verdicts: { organisation: "unknown: Get-PartnerApplication" },
    },
  ],
  dedicated_hybrid_app: [
    { name: "in use", verdicts: { organisation: "pass" } },
    {
      name: "the id only at a disabled AuthServer",
      change: (s) => {
        s.authServers.push({ ...s.authServers[0], Name: "EvoSTS", Enabled: false });
        s.authServers[0].ApplicationIdentifier = "";
      },
      verdicts: { organisation: "fail: at a disabled AuthServer: EvoSTS" },
    },
    {
      name: "the shared principal's id",
      change: (s) => {
        s.authServers[0].ApplicationIdentifier = "00000002-0000-0ff1-ce00-000000000000";
      },
      verdicts: { organisation: "fail: that of Exchange Online itself" },
    },
    {
      name: "for one server only",
      change: (s) => {
        s.settingOverrides[0].Server = "EX01";
      },
      verdicts: { organisation: "fail: for EX01 alone" },
    },
    {
      name: "from a build on",
      change: (s) => {
        s.settingOverrides[0].MinVersion = "15.2.2562.41";
      },
      verdicts: { organisation: "fail: from build 15.2.2562.41 on" },
    },
    {
      name: "for unknown servers",
      change: (s) => {
        delete s.settingOverrides[0].Server;
      },
      verdicts: { organisation: "unknown: for which servers" },
    },
    {
      name: "a build too old",
      change: (s) => {
        s.exchangeServers[1].ExSetupVersion = "15.02.1544.014";
      },
      verdicts: { organisation: "fail: EX02 older than the April 2025 update" },
    },
    {
      name: "a build that only contains the cumulative update",
      change: (s) => {
        Object.assign(s.exchangeServers[1], { ExSetupVersion: "", AdminDisplayVersion: "Version 15.2 (Build 1544.4)" });
      },
      verdicts: { organisation: "unknown: April 2025 update" },
    },
    {
      name: "no override",
      change: (s) => {
        s.settingOverrides = [];
      },
      verdicts: { organisation: "fail: no override" },
    },
    {
      name: "no override and no hybrid",
      change: (s) => {
        s.settingOverrides = [];
        s.hybridConfiguration = [];
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "not enabled",
      change: (s) => {
        s.settingOverrides[0].Parameters = "Enabled=false";
      },
      verdicts: { organisation: "fail: not enabled" },
    },
    {
      name: "two",
      change: (s) => {
        s.settingOverrides.push(s.settingOverrides[0]);
      },
      verdicts: { organisation: "fail: 2 overrides" },
    },
    {
      name: "no application id",
      change: (s) => {
        s.authServers[0].ApplicationIdentifier = "";
      },
      verdicts: { organisation: "fail: no application id" },
    },
    {
      name: "application id unknown",
      change: (s) => {
        delete s.authServers[0].ApplicationIdentifier;
      },
      verdicts: { organisation: "unknown: application id" },
    },
    {
      name: "parameters unknown",
      change: (s) => {
        delete s.settingOverrides[0].Parameters;
      },
      verdicts: { organisation: "unknown: Parameters" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.settingOverrides;
      },
      verdicts: { organisation: "unknown: Get-SettingOverride" },
    },
  ],
  recycle_logging: [
    { name: "logged", verdicts: EX("pass") },
    {
      name: "as the number that IIS stores",
      change: (s) => {
        s.appPools[0].logEventOnRecycle = "255";
      },
      verdicts: EX("pass"),
    },
    {
      name: "silent",
      change: (s) => {
        s.appPools[0].logEventOnRecycle = "Time, Memory, PrivateMemory";
      },
      verdicts: EX("fail: not logged at MSExchangeServicesAppPool !info", "pass"),
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.appPools[0].logEventOnRecycle;
      },
      verdicts: EX("unknown: logEventOnRecycle", "pass"),
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.appPools;
      },
      verdicts: EX("unknown: application pools"),
    },
    {
      name: "nothing at all",
      change: (s) => {
        delete s.appPools;
        delete s.exchangeServers;
      },
      verdicts: { organisation: "unknown: application pools" },
    },
  ],
  no_periodic_restart: [
    { name: "none but OWA's", verdicts: EX("pass") },
    {
      name: "each limit",
      change: (s) => {
        Object.assign(s.appPools[0], {
          periodicRestartTime: "1.05:00:00",
          periodicRestartRequests: "10",
          periodicRestartMemory: 5,
          periodicRestartPrivateMemory: 6,
          periodicRestartSchedule: "03:00:00",
        });
      },
      verdicts: EX(
        "fail: MSExchangeServicesAppPool (time 1.05:00:00, requests 10, memory 5, private memory 6, schedule 03:00:00)",
        "pass",
      ),
    },
    {
      name: "14 days elsewhere",
      change: (s) => {
        s.appPools[0].periodicRestartTime = "14.00:00:00";
      },
      verdicts: EX("fail: time 14.00:00:00", "pass"),
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.appPools[0].periodicRestartSchedule;
      },
      verdicts: EX("unknown: every limit", "pass"),
    },
  ],
  iis_log_quality: [
    { name: "all there", verdicts: logs("pass") },
    {
      name: "as the number that IIS stores",
      change: (s) => {
        each(s.iisLogs, (x) => {
          x.logExtFileFlags = 2_478_031;
        });
      },
      verdicts: logs("pass"),
    },
    {
      name: "fields missing",
      change: (s) => {
        s.iisLogs[0].logExtFileFlags = "Date,Time";
        s.iisLogs[1].logExtFileFlags = 2_478_031 - 2_097_152;
      },
      verdicts: logs("fail: without ClientIP !warning", "fail: without HttpSubStatus !warning"),
    },
    {
      name: "only recommended fields are absent",
      change: (s) => {
        Object.assign(s.iisLogs[0], { flushByEntryCountW3CLog: 0, customFields: [] });
      },
      verdicts: logs("fail: flushByEntryCountW3CLog 0; no custom field x-ms-diagnostics !info", "pass"),
    },
    {
      name: "off, or another format",
      change: (s) => {
        s.iisLogs[0].enabled = false;
        s.iisLogs[1].logFormat = "NCSA";
      },
      verdicts: logs("fail: logging is off", "fail: log format NCSA"),
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.iisLogs[0].logExtFileFlags;
        delete s.iisLogs[1].customFields;
      },
      verdicts: logs("unknown: in full", "unknown: customFields"),
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.iisLogs;
      },
      verdicts: EX("unknown: log settings"),
    },
  ],
  clock: [
    { name: "in time", verdicts: EX("pass") },
    {
      name: "ahead and behind",
      change: (s) => {
        s.clock[0].OffsetSeconds = 600;
        s.clock[1].OffsetSeconds = "-301.4";
      },
      verdicts: EX("fail: 600 seconds ahead !critical", "fail: 301 seconds behind"),
    },
    {
      name: "no result",
      change: (s) => {
        delete s.clock[0].OffsetSeconds;
      },
      verdicts: EX("unknown: no result", "pass"),
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.clock;
      },
      verdicts: EX("unknown: clock"),
    },
  ],
  users_synchronised: [{ name: "always unknown", verdicts: { organisation: "unknown: needs Microsoft Graph" } }],
  component_states: [
    { name: "active", verdicts: EX("pass") },
    {
      name: "in maintenance",
      change: (s) => {
        s.componentStates[0].State = "Inactive";
        s.componentStates[4].State = { value: 2, Value: "Draining" };
      },
      verdicts: EX("fail: ServerWideOffline Inactive", "fail: EwsProxy Draining"),
    },
    {
      name: "a state by number",
      change: (s) => {
        s.componentStates[0].State = 1;
      },
      verdicts: EX("unknown: every component", "pass"),
    },
    {
      name: "server by FQDN",
      change: (s) => {
        each(s.componentStates, (x) => {
          x.ServerFqdn = `${x.Server}.contoso.com`;
          delete x.Server;
        });
      },
      verdicts: EX("pass"),
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.componentStates;
      },
      verdicts: EX("unknown: Get-ServerComponentState"),
    },
  ],
  authentication_policies: [
    { name: "none", verdicts: { organisation: "pass" } },
    {
      name: "one that blocks, the default, and one that is fine",
      change: (s) => {
        s.organizationConfig.DefaultAuthenticationPolicy = "Block Modern";
        s.authenticationPolicies = [policy("Block Modern", ["Mapi", "WebServices"]), policy("Fine", [])];
      },
      verdicts: { "Block Modern": "fail: blocks MAPI, EWS, and is the default !critical", Fine: "pass" },
    },
    {
      name: "one that blocks for some",
      change: (s) => {
        s.authenticationPolicies = [policy("Some", ["ActiveSync"])];
      },
      verdicts: { Some: "fail: blocks ActiveSync !warning" },
    },
    {
      name: "unknown",
      change: (s) => {
        s.authenticationPolicies = [{ Name: "Half", BlockModernAuthMapi: false }];
      },
      verdicts: { Half: "unknown: every BlockModernAuth flag" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authenticationPolicies;
      },
      verdicts: { organisation: "unknown: Get-AuthenticationPolicy" },
    },
  ],
  auth_server_written: [
    { name: "holds every key", verdicts: { [EVOSTS]: "pass" } },
    {
      name: "not since the roll-over",
      context: { publishedKeys: ROLLED, rolledOverAtMs: NOW_MS - 30 * 3_600_000 },
      verdicts: { [EVOSTS]: "fail: written 2026-11-20 01:00:00 UTC, rolled over 2026-11-21 02:00:00 UTC !warning" },
    },
    {
      name: "not since a recent roll-over",
      context: { publishedKeys: ROLLED, rolledOverAtMs: NOW_MS - 3 * 3_600_000 },
      verdicts: { [EVOSTS]: "unknown: 3 hours old" },
    },
    {
      name: "written since",
      change: (s) => {
        s.authServers[0].WhenChangedUTC = day(-0.1);
      },
      context: { publishedKeys: ROLLED, rolledOverAtMs: NOW_MS - 30 * 3_600_000 },
      verdicts: { [EVOSTS]: "pass" },
    },
    {
      name: "no known roll-over",
      context: { publishedKeys: ROLLED },
      verdicts: { [EVOSTS]: "unknown: no roll-over" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.authServers;
      },
      verdicts: { organisation: "unknown: Get-AuthServer" },
    },
  ],
  supported_release: [
    { name: "Subscription Edition", verdicts: EX("pass") },
    {
      name: "2019 and 2016",
      change: (s) => {
        s.exchangeServers[0].ExSetupVersion = "15.02.1748.046";
        s.exchangeServers[1].ExSetupVersion = "15.01.2507.069";
      },
      verdicts: EX("fail: Exchange 2019 (15.2.1748.46) !info", "fail: Exchange 2016 (15.1.2507.69) !info"),
    },
    {
      name: "2013, and newer than any known build",
      change: (s) => {
        s.exchangeServers[0].ExSetupVersion = "15.00.1497.048";
        s.exchangeServers[1].ExSetupVersion = "15.03.0001.000";
      },
      verdicts: EX("fail: Exchange 2013 (15.0.1497.48)", "pass"),
    },
    {
      name: "unknown",
      change: (s) => {
        delete s.exchangeServers[0].ExSetupVersion;
        delete s.exchangeServers[0].AdminDisplayVersion;
      },
      verdicts: EX("unknown: no build", "pass"),
    },
  ],
  hybrid_graph_routing: [
    { name: "routed", verdicts: { organisation: "pass" } },
    {
      name: "no override",
      change: (s) => {
        s.settingOverrides.pop();
      },
      verdicts: { organisation: "fail: no override RouteThroughMSGraph !info" },
    },
    {
      name: "no URL",
      change: (s) => {
        s.authServers[0].GraphBaseUrl = null;
      },
      verdicts: { organisation: "fail: no GraphBaseUrl" },
    },
    {
      name: "a build too old",
      change: (s) => {
        s.exchangeServers[0].ExSetupVersion = "15.02.2562.037";
      },
      verdicts: { organisation: "fail: EX01 older than 15.2.2562.41" },
    },
    {
      name: "no hybrid",
      change: (s) => {
        s.hybridConfiguration = [];
        s.settingOverrides = [];
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "a national cloud",
      change: (s) => {
        s.authServers[0].AuthMetadataUrl =
          "https://login.microsoftonline.us/x/federationmetadata/2007-06/federationmetadata.xml";
      },
      verdicts: { organisation: "unknown: world-wide cloud alone" },
    },
    {
      name: "not collected",
      change: (s) => {
        delete s.settingOverrides;
      },
      verdicts: { organisation: "unknown: Get-SettingOverride" },
    },
  ],
  one_auth_server_per_tenant: [
    { name: "one", verdicts: { organisation: "pass" } },
    {
      name: "two of one tenant",
      change: (s) => {
        s.authServers.push({ ...s.authServers[0], Name: "EvoSTS", IsDefaultAuthorizationEndpoint: false });
      },
      verdicts: { organisation: "fail: 2 of one tenant !warning" },
    },
    {
      name: "two tenants",
      change: (s) => {
        const tenant = "0a1b2c3d-0000-4000-8000-00000000ffff";
        s.authServers.push({ ...s.authServers[0], Name: `EvoSts - ${tenant}`, Realm: tenant });
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "the old one disabled",
      change: (s) => {
        s.authServers.push({ ...s.authServers[0], Name: "EvoSTS", Enabled: false });
      },
      verdicts: { organisation: "pass" },
    },
    {
      name: "tenants unknown",
      change: (s) => {
        s.authServers.push({ Name: "EvoSTS", Type: "AzureAD", Enabled: true });
      },
      verdicts: { organisation: "unknown: names its tenant" },
    },
  ],
};

function logs(verdict: string, other = verdict): Record<string, string> {
  return { "EX01\\Default Web Site": verdict, "EX02\\Default Web Site": other };
}

interface Staged {
  /** Remaining validity of the next certificate, days; null: no server has it. */
  readonly days: number | null;
  /** Days until it takes effect. */
  readonly effective: number | null;
  /** Remaining validity of the current certificate, days. */
  readonly daysLeft?: number;
  readonly servers?: readonly string[];
}

function stage(snapshot: Json, { days, effective, daysLeft = 30, servers = ["EX01", "EX02"] }: Staged): void {
  each(snapshot.certificates, (x) => {
    x.NotAfter = day(daysLeft);
  });
  snapshot.authConfig.NextCertificateThumbprint = "BB".repeat(20);
  snapshot.authConfig.NextCertificateEffectiveDate = effective === null ? null : day(effective);
  if (days === null) return;
  for (const Server of servers)
    snapshot.certificates.push({ Server, Thumbprint: "BB".repeat(20), NotAfter: day(days), HasPrivateKey: true });
}

function policy(Name: string, blocked: readonly string[]): Json {
  const protocols = ["Mapi", "ActiveSync", "Autodiscover", "WebServices", "OfflineAddressBook", "Rpc"];
  return { Name, ...Object.fromEntries(protocols.map((each) => [`BlockModernAuth${each}`, blocked.includes(each)])) };
}
