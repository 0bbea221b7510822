import { EVOSTS, TENANT, THUMBPRINT_A, THUMBPRINT_B } from "./good-snapshot.ts";
import type { Json } from "./good-snapshot.ts";

/** A change of the good organisation of two servers, and all resulting differences in verdicts. */
export interface Situation {
  readonly name: string;
  readonly change: (snapshot: Json) => void;
  /** Verdicts by `check object`, only those that differ from the good organisation; `absent` if there is none any more. */
  readonly differs: Readonly<Record<string, string>>;
}

export const SITUATIONS: readonly Situation[] = [
  {
    name: "the read session is off in one domain",
    change: (s) => {
      s.organizationConfig.EnableAuthAdminReadSession = false;
    },
    differs: { "auth_admin_read_session organisation": "fail warning: False" },
  },
  {
    name: "the read session is off, and EX02 is in a child domain",
    change: (s) => {
      s.organizationConfig.EnableAuthAdminReadSession = false;
      s.exchangeServers[1].Domain = "emea.contoso.com";
    },
    differs: { "auth_admin_read_session organisation": "fail critical: False" },
  },
  {
    name: "no server has the flag yet: 2019 CU5",
    change: (s) => {
      delete s.organizationConfig.EnableAuthAdminReadSession;
      builds(s, "15.02.0595.003");
    },
    differs: {
      "auth_admin_read_session organisation": "fail warning: no such property, builds 15.2.595.3",
      "exchange_build EX01": "fail critical: 15.2.595.3",
      "exchange_build EX02": "fail critical: 15.2.595.3",
      "dedicated_hybrid_app organisation": "fail warning: EX01, EX02 older than the April 2025 update",
      "supported_release EX01": "fail info: Exchange 2019 (15.2.595.3)",
      "supported_release EX02": "fail info: Exchange 2019 (15.2.595.3)",
      "hybrid_graph_routing organisation": "fail info: EX01, EX02 older than 15.2.2562.41",
    },
  },
  {
    name: "one build cannot be read",
    change: (s) => {
      builds(s, "15.02.2562.049");
      Object.assign(s.exchangeServers[1], { ExSetupVersion: "newest", AdminDisplayVersion: "newest" });
    },
    differs: {
      "exchange_build EX02": "unknown",
      "dedicated_hybrid_app organisation": "unknown",
      "supported_release EX02": "unknown",
    },
  },
  {
    name: "2016 CU17 to the day",
    change: (s) => {
      builds(s, "15.01.2044.004");
    },
    differs: {
      "dedicated_hybrid_app organisation": "fail warning: EX01, EX02 older than the April 2025 update",
      "supported_release EX01": "fail info: Exchange 2016 (15.1.2044.4)",
      "supported_release EX02": "fail info: Exchange 2016 (15.1.2044.4)",
      "hybrid_graph_routing organisation": "fail info: EX01, EX02 older than 15.2.2562.41",
    },
  },
  {
    name: "2016 one build before CU17",
    change: (s) => {
      builds(s, "15.01.2044.003");
    },
    differs: {
      "exchange_build EX01": "fail critical: 15.1.2044.3",
      "exchange_build EX02": "fail critical: 15.1.2044.3",
      "dedicated_hybrid_app organisation": "fail warning: EX01, EX02 older than the April 2025 update",
      "supported_release EX01": "fail info: Exchange 2016 (15.1.2044.3)",
      "supported_release EX02": "fail info: Exchange 2016 (15.1.2044.3)",
      "hybrid_graph_routing organisation": "fail info: EX01, EX02 older than 15.2.2562.41",
    },
  },
  {
    name: "2019 CU6 to the day",
    change: (s) => {
      builds(s, "15.02.0659.004");
    },
    differs: {
      "dedicated_hybrid_app organisation": "fail warning: EX01, EX02 older than the April 2025 update",
      "supported_release EX01": "fail info: Exchange 2019 (15.2.659.4)",
      "supported_release EX02": "fail info: Exchange 2019 (15.2.659.4)",
      "hybrid_graph_routing organisation": "fail info: EX01, EX02 older than 15.2.2562.41",
    },
  },
  {
    name: "an unknown build of SE",
    change: (s) => {
      builds(s, "15.02.2764.009");
    },
    differs: {},
  },
  {
    name: "an unknown product line",
    change: (s) => {
      builds(s, "15.03.0001.000");
    },
    differs: {},
  },
  {
    name: "an additional server with 2013",
    change: (s) => {
      s.exchangeServers.push({
        Name: "EX13",
        Domain: "contoso.com",
        AdminDisplayVersion: "Version 15.0 (Build 1497.2)",
      });
    },
    differs: {
      "uniform_virtual_directories MapiVirtualDirectory": "unknown",
      "uniform_virtual_directories WebServicesVirtualDirectory": "unknown",
      "uniform_virtual_directories OabVirtualDirectory": "unknown",
      "uniform_virtual_directories AutodiscoverVirtualDirectory": "unknown",
      "uniform_virtual_directories ActiveSyncVirtualDirectory": "unknown",
      "uniform_virtual_directories OwaVirtualDirectory": "unknown",
      "uniform_virtual_directories EcpVirtualDirectory": "unknown",
      "classic_hybrid organisation": "unknown",
      "dedicated_hybrid_app organisation": "fail warning: EX13 older than the April 2025 update",
      "hybrid_graph_routing organisation": "fail info: EX13 older than 15.2.2562.41",
      "exchange_build EX13": "fail critical: 15.0.1497.2",
      "outbound_path EX13": "unknown",
      "auth_certificate EX13": "unknown",
      "recycle_logging EX13": "unknown",
      "no_periodic_restart EX13": "unknown",
      "iis_log_quality EX13": "unknown",
      "clock EX13": "unknown",
      "component_states EX13": "unknown",
      "supported_release EX13": "fail info: Exchange 2013 (15.0.1497.2)",
    },
  },
  {
    name: "an Edge server in the list",
    change: (s) => {
      s.exchangeServers.push({
        Name: "EDGE1",
        IsEdgeServer: true,
        AdminDisplayVersion: "Version 15.2 (Build 2562.17)",
      });
    },
    differs: {},
  },
  {
    name: "modern authentication is off",
    change: (s) => {
      s.organizationConfig.OAuth2ClientProfileEnabled = false;
    },
    differs: { "modern_auth_enabled organisation": "fail critical: False" },
  },
  {
    name: "MAPI over HTTP is off",
    change: (s) => {
      s.organizationConfig.MapiHttpEnabled = false;
    },
    differs: { "mapi_http organisation": "fail warning: False" },
  },
  {
    name: "the AuthServer is disabled",
    change: (s) => {
      s.authServers[0].Enabled = false;
    },
    differs: {
      "evosts_present organisation": "fail critical: disabled: EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd",
      "default_authorization_endpoint organisation": "fail critical: none",
      "evosts_domain EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "evosts_issuer EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "key_drift EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "dedicated_hybrid_app organisation":
        "fail warning: the application id stands at a disabled AuthServer: EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd",
      "auth_server_written EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "hybrid_graph_routing organisation": "unknown",
      "one_auth_server_per_tenant organisation": "unknown",
      "evosts_domain organisation": "unknown",
      "evosts_issuer organisation": "unknown",
      "key_drift organisation": "unknown",
      "auth_server_written organisation": "unknown",
    },
  },
  {
    name: "there is no AuthServer",
    change: (s) => {
      s.authServers = [];
    },
    differs: {
      "evosts_present organisation": "fail critical: none",
      "default_authorization_endpoint organisation": "fail critical: none",
      "evosts_domain EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "evosts_issuer EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "key_drift EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "dedicated_hybrid_app organisation": "unknown",
      "auth_server_written EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "hybrid_graph_routing organisation": "unknown",
      "one_auth_server_per_tenant organisation": "unknown",
      "evosts_domain organisation": "unknown",
      "evosts_issuer organisation": "unknown",
      "key_drift organisation": "unknown",
      "auth_server_written organisation": "unknown",
    },
  },
  {
    name: "no AuthServer is the default",
    change: (s) => {
      s.authServers[0].IsDefaultAuthorizationEndpoint = false;
    },
    differs: { "default_authorization_endpoint organisation": "fail critical: none" },
  },
  {
    name: "the access control service is the default",
    change: (s) => {
      s.authServers[0].IsDefaultAuthorizationEndpoint = false;
      s.authServers.push(acs({ IsDefaultAuthorizationEndpoint: true }));
    },
    differs: {
      "default_authorization_endpoint organisation": "fail critical: ACS of type MicrosoftACS",
      "key_drift ACS": "unknown",
    },
  },
  {
    name: "both EvoSTS are the default",
    change: (s) => {
      s.authServers.unshift(oldEvoSts({}));
    },
    differs: {
      "default_authorization_endpoint organisation":
        "fail critical: 2: EvoSTS, EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd",
      "one_auth_server_per_tenant organisation":
        "fail warning: 2 of one tenant: EvoSTS, EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd",
      "evosts_domain EvoSTS": "pass",
      "evosts_issuer EvoSTS": "pass",
      "key_drift EvoSTS": "unknown",
      "auth_server_written EvoSTS": "unknown",
    },
  },
  {
    name: "the old EvoSTS is enabled in addition to the new one",
    change: (s) => {
      s.authServers.push(oldEvoSts({ IsDefaultAuthorizationEndpoint: false }));
    },
    differs: {
      "one_auth_server_per_tenant organisation":
        "fail warning: 2 of one tenant: EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd, EvoSTS",
      "evosts_domain EvoSTS": "pass",
      "evosts_issuer EvoSTS": "pass",
      "key_drift EvoSTS": "unknown",
      "auth_server_written EvoSTS": "unknown",
    },
  },
  {
    name: "the old EvoSTS is disabled in addition to the new one",
    change: (s) => {
      s.authServers.push(oldEvoSts({ IsDefaultAuthorizationEndpoint: false, Enabled: false }));
    },
    differs: {},
  },
  {
    name: "two tenants, one default",
    change: (s) => {
      s.authServers.push(otherTenant());
    },
    differs: {
      "evosts_domain EvoSts - 0a1b2c3d-0000-4000-8000-00000000ffff": "pass",
      "evosts_issuer EvoSts - 0a1b2c3d-0000-4000-8000-00000000ffff": "pass",
      "key_drift EvoSts - 0a1b2c3d-0000-4000-8000-00000000ffff": "unknown",
      "auth_server_written EvoSts - 0a1b2c3d-0000-4000-8000-00000000ffff": "unknown",
    },
  },
  {
    name: "AD FS is the default in addition to Entra ID",
    change: (s) => {
      s.authServers[0].IsDefaultAuthorizationEndpoint = false;
      s.authServers.push(adfs());
    },
    differs: {
      "default_authorization_endpoint organisation": "fail critical: ADFS of type ADFS",
      "key_drift ADFS": "unknown",
      "auth_server_written ADFS": "unknown",
    },
  },
  {
    name: "users sign in only with AD FS",
    change: (s) => {
      s.authServers = [adfs()];
      s.hybridConfiguration = [];
      s.partnerApplications = [];
      s.settingOverrides = [];
    },
    differs: {
      "evosts_present organisation": "unknown",
      "evosts_domain EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "evosts_issuer EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "key_drift EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "classic_hybrid organisation": "unknown",
      "partner_application organisation": "unknown",
      "auth_server_written EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "absent",
      "hybrid_graph_routing organisation": "unknown",
      "one_auth_server_per_tenant organisation": "unknown",
      "evosts_domain organisation": "unknown",
      "evosts_issuer organisation": "unknown",
      "key_drift ADFS": "unknown",
      "auth_server_written ADFS": "unknown",
    },
  },
  {
    name: "the domains of the AuthServer as one text",
    change: (s) => {
      s.authServers[0].DomainName = "contoso.onmicrosoft.com, contoso.com";
    },
    differs: {},
  },
  {
    name: "the AuthServer has no domain",
    change: (s) => {
      s.authServers[0].DomainName = [];
    },
    differs: { "evosts_domain EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "fail warning: no domain" },
  },
  {
    name: "the realm is a domain",
    change: (s) => {
      s.authServers[0].Realm = "contoso.com";
    },
    differs: { "evosts_issuer EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "fail critical: Realm contoso.com" },
  },
  {
    name: "the metadata is requested without TLS",
    change: (s) => {
      s.authServers[0].AuthMetadataUrl = "http://login.windows.net/x/federationmetadata/2007-06/federationmetadata.xml";
    },
    differs: {
      "evosts_issuer EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd":
        "fail critical: AuthMetadataUrl http://login.windows.net/x/federationmetadata/2007-06/federationmetadata.xml",
    },
  },
  {
    name: "GCC High",
    change: (s) => {
      s.authServers[0].AuthMetadataUrl =
        "https://login.microsoftonline.us/x/federationmetadata/2007-06/federationmetadata.xml";
      s.outbound.forEach((x: Json) => {
        x.Host = "login.microsoftonline.us";
      });
    },
    differs: { "hybrid_graph_routing organisation": "unknown" },
  },
  {
    name: "21Vianet, and the host is not reachable",
    change: (s) => {
      s.authServers[0].AuthMetadataUrl =
        "https://login.partner.microsoftonline.cn/x/federationmetadata/2007-06/federationmetadata.xml";
      s.outbound.forEach((x: Json) => {
        x.Host = "login.partner.microsoftonline.cn";
        x.Reachable = false;
      });
    },
    differs: {
      "outbound_path EX01": "fail critical: not reachable: login.partner.microsoftonline.cn",
      "outbound_path EX02": "fail critical: not reachable: login.partner.microsoftonline.cn",
      "hybrid_graph_routing organisation": "unknown",
    },
  },
  {
    name: "a key is missing in AD",
    change: (s) => {
      s.keys = [{ Issuer: EVOSTS, Keys: [{ Thumbprint: THUMBPRINT_A }, { Thumbprint: THUMBPRINT_B }] }];
      s.at = "2026-11-22T08:00:01Z";
    },
    differs: {
      "key_drift EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd":
        "fail critical: 1 of 2 published keys missing in AD: 61E58AE0564020E8A4344E3BB43B8299DF6267CA",
      "auth_server_written EvoSts - 0a1b2c3d-0000-4000-8000-00000000abcd": "unknown",
    },
  },
  {
    name: "AuthAdmin ran two days ago",
    change: (s) => {
      s.authAdmin.LastRunUtc = "2026-11-20T08:00:00Z";
    },
    differs: {
      "auth_admin_runs organisation": "fail warning: last run 2026-11-20 08:00:00 UTC, 48 hours before the snapshot",
    },
  },
  {
    name: "AuthAdmin ran in the future",
    change: (s) => {
      s.authAdmin.LastRunUtc = "2027-05-12T08:00:00Z";
    },
    differs: { "auth_admin_runs organisation": "unknown" },
  },
  {
    name: "EWS of EX02 without OAuth",
    change: (s) => {
      s.virtualDirectories.webServices[1].OAuthAuthentication = false;
    },
    differs: {
      "oauth_on_virtual_directories EX02\\EWS (Default Web Site)": "fail critical: OAuthAuthentication False",
      "uniform_virtual_directories WebServicesVirtualDirectory": "fail warning: on at EX01; off at EX02",
    },
  },
  {
    name: "MAPI of EX01 without OAuth",
    change: (s) => {
      s.virtualDirectories.mapi[0].IISAuthenticationMethods = ["Ntlm", "Negotiate"];
    },
    differs: {
      "oauth_on_virtual_directories EX01\\mapi (Default Web Site)":
        "fail critical: IISAuthenticationMethods Ntlm, Negotiate",
      "uniform_virtual_directories MapiVirtualDirectory": "fail warning: on at EX02; off at EX01",
    },
  },
  {
    name: "MAPI's methods as one text",
    change: (s) => {
      s.virtualDirectories.mapi[0].IISAuthenticationMethods = "Ntlm, OAuth, Negotiate";
    },
    differs: {},
  },
  {
    name: "MAPI's methods as one text in braces",
    change: (s) => {
      s.virtualDirectories.mapi[0].IISAuthenticationMethods = "{Ntlm, OAuth}";
    },
    differs: {},
  },
  {
    name: "OWA and ECP with modern authentication on SE",
    change: (s) => {
      modernOwa(s);
    },
    differs: {},
  },
  {
    name: "OWA and ECP with modern authentication on 2016",
    change: (s) => {
      modernOwa(s);
      builds(s, "15.01.2507.069");
    },
    differs: {
      "owa_ecp_modern_auth EX01\\owa (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "owa_ecp_modern_auth EX02\\owa (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "owa_ecp_modern_auth EX01\\ecp (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "owa_ecp_modern_auth EX02\\ecp (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "supported_release EX01": "fail info: Exchange 2016 (15.1.2507.69)",
      "supported_release EX02": "fail info: Exchange 2016 (15.1.2507.69)",
      "hybrid_graph_routing organisation": "fail info: EX01, EX02 older than 15.2.2562.41",
    },
  },
  {
    name: "OWA and ECP with modern authentication on 2019 CU14 before April 2024",
    change: (s) => {
      modernOwa(s);
      builds(s, "15.02.1544.010");
    },
    differs: {
      "owa_ecp_modern_auth EX01\\owa (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "owa_ecp_modern_auth EX02\\owa (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "owa_ecp_modern_auth EX01\\ecp (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "owa_ecp_modern_auth EX02\\ecp (Default Web Site)":
        "fail warning: OAuth on, and EX01, EX02 older than 15.2.1544.11",
      "dedicated_hybrid_app organisation": "fail warning: EX01, EX02 older than the April 2025 update",
      "supported_release EX01": "fail info: Exchange 2019 (15.2.1544.10)",
      "supported_release EX02": "fail info: Exchange 2019 (15.2.1544.10)",
      "hybrid_graph_routing organisation": "fail info: EX01, EX02 older than 15.2.2562.41",
    },
  },
  {
    name: "OWA with modern authentication, ECP without",
    change: (s) => {
      modernOwa(s);
      s.virtualDirectories.ecp.forEach((x: Json) => {
        x.OAuthAuthentication = false;
      });
    },
    differs: {
      "owa_ecp_modern_auth EX01\\owa (Default Web Site)": "fail warning: OAuth on at OWA and off at ECP",
      "owa_ecp_modern_auth EX02\\owa (Default Web Site)": "fail warning: OAuth on at OWA and off at ECP",
      "owa_ecp_modern_auth EX01\\ecp (Default Web Site)": "fail warning: OAuth on at OWA and off at ECP",
      "owa_ecp_modern_auth EX02\\ecp (Default Web Site)": "fail warning: OAuth on at OWA and off at ECP",
    },
  },
  {
    name: "OWA with modern authentication and forms",
    change: (s) => {
      modernOwa(s);
      s.virtualDirectories.owa[0].FormsAuthentication = true;
    },
    differs: { "owa_ecp_modern_auth EX01\\owa (Default Web Site)": "fail warning: OAuth beside Forms" },
  },
  {
    name: "Autodiscover of EX01 without TLS",
    change: (s) => {
      s.virtualDirectories.autodiscover[0].sslFlags = "None";
    },
    differs: { "no_ssl_offload EX01\\Autodiscover (Default Web Site)": "fail warning: sslFlags None" },
  },
  {
    name: "an address of OAB with http",
    change: (s) => {
      s.virtualDirectories.oab[1].InternalUrl = "http://mail.contoso.com/OAB";
    },
    differs: {
      "no_ssl_offload EX02\\OAB (Default Web Site)": "fail warning: a URL with http: http://mail.contoso.com/OAB",
    },
  },
  {
    name: "EX02 does not reach Entra ID",
    change: (s) => {
      s.outbound[1].Reachable = false;
    },
    differs: { "outbound_path EX02": "fail critical: not reachable: login.windows.net" },
  },
  {
    name: "a Hybrid Agent on EX02",
    change: (s) => {
      s.hybridAgents[1].Installed = true;
    },
    differs: { "classic_hybrid organisation": "fail warning: Hybrid Agent on EX02" },
  },
  {
    name: "the auth certificate is missing on EX02",
    change: (s) => {
      s.certificates.pop();
      s.certificates.push({
        Server: "EX02",
        Thumbprint: "AB".repeat(20),
        NotAfter: "2029-01-01T00:00:00Z",
        HasPrivateKey: true,
      });
    },
    differs: { "auth_certificate EX02": "fail critical: the current auth certificate is missing" },
  },
  {
    name: "the auth certificate has no key on EX02",
    change: (s) => {
      s.certificates[1].HasPrivateKey = false;
    },
    differs: { "auth_certificate EX02": "fail critical: without its private key" },
  },
  {
    name: "the auth certificate has expired",
    change: (s) => {
      s.certificates.forEach((x: Json) => {
        x.NotAfter = "2026-11-21T00:00:00Z";
      });
    },
    differs: {
      "auth_certificate EX01": "fail critical: expired 2026-11-21",
      "auth_certificate EX02": "fail critical: expired 2026-11-21",
      "next_certificate organisation": "fail warning: none staged, the current one has expired",
    },
  },
  {
    name: "the auth certificate has 40 days left, none is staged",
    change: (s) => {
      s.certificates.forEach((x: Json) => {
        x.NotAfter = "2027-01-01T08:00:00Z";
      });
    },
    differs: {
      "auth_certificate EX01": "fail warning: expires 2027-01-01, in 40 days",
      "auth_certificate EX02": "fail warning: expires 2027-01-01, in 40 days",
      "next_certificate organisation": "fail warning: none staged, 40 days left of the current one",
    },
  },
  {
    name: "certificates without their properties",
    change: (s) => {
      s.certificates = s.certificates.map(({ Server }: Json) => ({ Server }));
    },
    differs: {
      "auth_certificate EX01": "unknown",
      "auth_certificate EX02": "unknown",
      "next_certificate organisation": "unknown",
    },
  },
  {
    name: "a thumbprint with blanks and a direction mark",
    change: (s) => {
      s.authConfig.CurrentCertificateThumbprint = "\u200ec3 ed cf 18 1e f4 f9 b5 3d 01 76 8e ca 99 56 40 14 bc a6 e7";
    },
    differs: {},
  },
  {
    name: "the next certificate is staged early, and missing on EX02",
    change: (s) => {
      staged(s, ["EX01"], "2026-11-24T08:00:00Z");
    },
    differs: {
      "next_certificate organisation": "fail critical: missing, or without its key, on EX02, takes effect 2026-11-24",
    },
  },
  {
    name: "the next certificate is staged early on both",
    change: (s) => {
      staged(s, ["EX01", "EX02"], "2026-11-24T08:00:00Z");
    },
    differs: {},
  },
  {
    name: "the next certificate is past its date",
    change: (s) => {
      staged(s, ["EX01", "EX02"], "2026-11-12T08:00:00Z");
    },
    differs: {
      "next_certificate organisation": "fail warning: its date was 10 days ago, and it is still the next one",
    },
  },
  {
    name: "a different service name",
    change: (s) => {
      s.authConfig.ServiceName = "x";
    },
    differs: { "auth_config_service_name organisation": "fail warning: ServiceName x" },
  },
  {
    name: "the partner application does not use the AuthServer",
    change: (s) => {
      s.partnerApplications[0].UseAuthServer = false;
    },
    differs: { "partner_application organisation": "fail warning: UseAuthServer False" },
  },
  {
    name: "the override of the hybrid application without an id",
    change: (s) => {
      s.authServers[0].ApplicationIdentifier = null;
    },
    differs: { "dedicated_hybrid_app organisation": "fail warning: no application id at the AuthServer of Entra ID" },
  },
  {
    name: "an application id without the override",
    change: (s) => {
      s.settingOverrides = s.settingOverrides.slice(1);
    },
    differs: { "dedicated_hybrid_app organisation": "fail warning: no override" },
  },
  {
    name: "the override of the hybrid application applies to EX01 only",
    change: (s) => {
      s.settingOverrides[0].Server = ["EX01"];
    },
    differs: { "dedicated_hybrid_app organisation": "fail warning: the override holds for EX01 alone" },
  },
  {
    name: "builds before the hybrid application",
    change: (s) => {
      builds(s, "15.02.1544.014");
    },
    differs: {
      "dedicated_hybrid_app organisation": "fail warning: EX01, EX02 older than the April 2025 update",
      "supported_release EX01": "fail info: Exchange 2019 (15.2.1544.14)",
      "supported_release EX02": "fail info: Exchange 2019 (15.2.1544.14)",
      "hybrid_graph_routing organisation": "fail info: EX01, EX02 older than 15.2.2562.41",
    },
  },
  {
    name: "the override's parameters as one text",
    change: (s) => {
      s.settingOverrides[0].Parameters = "Enabled=true";
    },
    differs: {},
  },
  {
    name: "EX02 is in maintenance",
    change: (s) => {
      s.componentStates
        .filter((x: Json) => x.Server === "EX02")
        .forEach((x: Json) => {
          x.State = "Inactive";
        });
    },
    differs: { "component_states EX02": "fail warning: ServerWideOffline Inactive, EwsProxy Inactive" },
  },
  {
    name: "EX02 did not answer",
    change: (s) => {
      silent(s, "EX02");
    },
    differs: {
      "oauth_on_virtual_directories EX02\\EWS (Default Web Site)": "unknown",
      "oauth_on_virtual_directories EX02\\OAB (Default Web Site)": "unknown",
      "oauth_on_virtual_directories EX02\\Autodiscover (Default Web Site)": "unknown",
      "owa_ecp_modern_auth EX02\\owa (Default Web Site)": "unknown",
      "owa_ecp_modern_auth EX02\\ecp (Default Web Site)": "unknown",
      "uniform_virtual_directories OwaVirtualDirectory": "unknown",
      "uniform_virtual_directories EcpVirtualDirectory": "unknown",
      "no_ssl_offload EX02\\mapi (Default Web Site)": "unknown",
      "no_ssl_offload EX02\\EWS (Default Web Site)": "unknown",
      "no_ssl_offload EX02\\OAB (Default Web Site)": "unknown",
      "no_ssl_offload EX02\\Autodiscover (Default Web Site)": "unknown",
      "no_ssl_offload EX02\\Microsoft-Server-ActiveSync (Default Web Site)": "unknown",
      "outbound_path EX02": "unknown",
      "classic_hybrid organisation": "unknown",
      "auth_certificate EX02": "unknown",
      "recycle_logging EX02": "unknown",
      "no_periodic_restart EX02": "unknown",
      "iis_log_quality EX02\\Default Web Site": "absent",
      "clock EX02": "unknown",
      "component_states EX02": "unknown",
      "iis_log_quality EX02": "unknown",
    },
  },
  {
    name: "a pool restarts at three in the morning",
    change: (s) => {
      s.appPools[0].periodicRestartSchedule = ["03:00:00"];
    },
    differs: { "no_periodic_restart EX01": "fail warning: MSExchangeServicesAppPool (schedule 03:00:00)" },
  },
  {
    name: "recycles on demand leave no event",
    change: (s) => {
      s.appPools[0].logEventOnRecycle = "Time, Memory";
    },
    differs: { "recycle_logging EX01": "fail info: not logged at MSExchangeServicesAppPool" },
  },
  {
    name: "the clock of EX01 is ten minutes ahead",
    change: (s) => {
      s.clock[0].OffsetSeconds = 600;
    },
    differs: { "clock EX01": "fail critical: 600 seconds ahead" },
  },
  {
    name: "the default policy blocks modern authentication",
    change: (s) => {
      s.organizationConfig.DefaultAuthenticationPolicy = "Block";
      s.authenticationPolicies = [policy("Block")];
    },
    differs: {
      "authentication_policies organisation": "absent",
      "authentication_policies Block":
        "fail critical: blocks MAPI, ActiveSync, Autodiscover, EWS, OAB, RPC, and is the default",
    },
  },
  {
    name: "collected on EX01 for EX01 only",
    change: (s) => {
      s.scope = "server";
      silent(s, "EX02");
      s.errors = [];
    },
    differs: {
      "oauth_on_virtual_directories EX02\\mapi (Default Web Site)": "absent",
      "oauth_on_virtual_directories EX02\\EWS (Default Web Site)": "absent",
      "oauth_on_virtual_directories EX02\\OAB (Default Web Site)": "absent",
      "oauth_on_virtual_directories EX02\\Autodiscover (Default Web Site)": "absent",
      "oauth_on_virtual_directories EX02\\Microsoft-Server-ActiveSync (Default Web Site)": "absent",
      "owa_ecp_modern_auth EX02\\owa (Default Web Site)": "absent",
      "owa_ecp_modern_auth EX02\\ecp (Default Web Site)": "absent",
      "uniform_virtual_directories OwaVirtualDirectory": "unknown",
      "uniform_virtual_directories EcpVirtualDirectory": "unknown",
      "no_ssl_offload EX02\\mapi (Default Web Site)": "absent",
      "no_ssl_offload EX02\\EWS (Default Web Site)": "absent",
      "no_ssl_offload EX02\\OAB (Default Web Site)": "absent",
      "no_ssl_offload EX02\\Autodiscover (Default Web Site)": "absent",
      "no_ssl_offload EX02\\Microsoft-Server-ActiveSync (Default Web Site)": "absent",
      "outbound_path EX02": "absent",
      "auth_certificate EX02": "absent",
      "recycle_logging EX02": "absent",
      "no_periodic_restart EX02": "absent",
      "iis_log_quality EX02\\Default Web Site": "absent",
      "clock EX02": "absent",
      "component_states EX02": "absent",
    },
  },
];

function builds(s: Json, version: string): void {
  for (const server of s.exchangeServers) server.ExSetupVersion = version;
}

function oldEvoSts(changes: Json): Json {
  return {
    Name: "EvoSTS",
    Type: "AzureAD",
    Enabled: true,
    IsDefaultAuthorizationEndpoint: true,
    DomainName: [],
    IssuerIdentifier: `https://sts.windows.net/${TENANT}/`,
    Realm: TENANT,
    ApplicationIdentifier: null,
    AuthMetadataUrl: `https://login.windows.net/${TENANT}/federationmetadata/2007-06/federationmetadata.xml`,
    AuthorizationEndpoint: "https://login.windows.net/common/oauth2/authorize",
    ...changes,
  };
}

function otherTenant(): Json {
  const tenant = "0a1b2c3d-0000-4000-8000-00000000ffff";
  return {
    ...oldEvoSts({ IsDefaultAuthorizationEndpoint: false }),
    Name: `EvoSts - ${tenant}`,
    DomainName: ["fabrikam.com"],
    IssuerIdentifier: `https://sts.windows.net/${tenant}/`,
    Realm: tenant,
  };
}

function acs(changes: Json): Json {
  return {
    Name: "ACS",
    Type: "MicrosoftACS",
    Enabled: true,
    AuthMetadataUrl: "https://accounts.accesscontrol.windows.net/x/metadata/json/1",
    ...changes,
  };
}

function adfs(): Json {
  return {
    Name: "ADFS",
    Type: "ADFS",
    Enabled: true,
    IsDefaultAuthorizationEndpoint: true,
    AuthMetadataUrl: "https://adfs.contoso.com/FederationMetadata/2007-06/FederationMetadata.xml",
    AuthorizationEndpoint: "https://adfs.contoso.com/adfs/oauth2/authorize",
  };
}

function modernOwa(s: Json): void {
  for (const directory of [...s.virtualDirectories.owa, ...s.virtualDirectories.ecp])
    Object.assign(directory, { OAuthAuthentication: true, BasicAuthentication: false, FormsAuthentication: false });
}

function staged(s: Json, servers: readonly string[], effective: string): void {
  s.authConfig.NextCertificateThumbprint = "BB".repeat(20);
  s.authConfig.NextCertificateEffectiveDate = effective;
  for (const Server of servers)
    s.certificates.push({ Server, Thumbprint: "BB".repeat(20), NotAfter: "2031-01-01T00:00:00Z", HasPrivateKey: true });
}

/** The snapshot contains no part of the server, and its directories only come from Active Directory. */
function silent(s: Json, server: string): void {
  for (const part of ["certificates", "componentStates", "appPools", "iisLogs", "clock", "outbound", "hybridAgents"])
    s[part] = s[part].filter((row: Json) => row.Server !== server);
  for (const directory of Object.values<Json>(s.virtualDirectories).flat()) {
    if (directory.Server !== server) continue;
    const fromIis = ["sslFlags", /Authentication$/] as const;
    const known = Object.entries<Json>(directory).filter(([name]) => name !== fromIis[0] && !fromIis[1].test(name));
    for (const name of Object.keys(directory)) Reflect.deleteProperty(directory, name);
    Object.assign(directory, Object.fromEntries(known));
  }
  s.errors = [{ part: "servers", servers: [server], text: "System.TimeoutException" }];
}

function policy(Name: string): Json {
  const flags = ["Mapi", "ActiveSync", "Autodiscover", "WebServices", "OfflineAddressBook", "Rpc"];
  return { Name, ...Object.fromEntries(flags.map((flag) => [`BlockModernAuth${flag}`, true])) };
}
