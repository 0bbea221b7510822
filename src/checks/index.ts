import type { Check } from "./check.ts";
import { authAdminReadSession } from "./auth-admin-read-session.ts";
import { exchangeBuild } from "./exchange-build.ts";
import { modernAuthEnabled } from "./modern-auth-enabled.ts";
import { mapiHttp } from "./mapi-http.ts";
import { evoStsPresent } from "./evosts-present.ts";
import { defaultAuthorizationEndpoint } from "./default-authorization-endpoint.ts";
import { evoStsDomain } from "./evosts-domain.ts";
import { evoStsIssuer } from "./evosts-issuer.ts";
import { keyDrift } from "./key-drift.ts";
import { authAdminRuns } from "./auth-admin-runs.ts";
import { oauthOnVirtualDirectories } from "./oauth-on-virtual-directories.ts";
import { owaEcpModernAuth } from "./owa-ecp-modern-auth.ts";
import { uniformVirtualDirectories } from "./uniform-virtual-directories.ts";
import { servicePrincipalNames } from "./service-principal-names.ts";
import { noSslOffload } from "./no-ssl-offload.ts";
import { outboundPath } from "./outbound-path.ts";
import { classicHybrid } from "./classic-hybrid.ts";
import { authCertificate } from "./auth-certificate.ts";
import { nextCertificate } from "./next-certificate.ts";
import { authConfigServiceName } from "./auth-config-service-name.ts";
import { partnerApplication } from "./partner-application.ts";
import { dedicatedHybridApp } from "./dedicated-hybrid-app.ts";
import { recycleLogging } from "./recycle-logging.ts";
import { noPeriodicRestart } from "./no-periodic-restart.ts";
import { iisLogQuality } from "./iis-log-quality.ts";
import { clock } from "./clock.ts";
import { usersSynchronised } from "./users-synchronised.ts";
import { componentStates } from "./component-states.ts";
import { authenticationPolicies } from "./authentication-policies.ts";
import { authServerWritten } from "./auth-server-written.ts";
import { supportedRelease } from "./supported-release.ts";
import { hybridGraphRouting } from "./hybrid-graph-routing.ts";
import { oneAuthServerPerTenant } from "./one-auth-server-per-tenant.ts";

/** Every compliance check, in the order of the documentation. */
export const CHECKS: readonly Check[] = [
  authAdminReadSession,
  exchangeBuild,
  modernAuthEnabled,
  mapiHttp,
  evoStsPresent,
  defaultAuthorizationEndpoint,
  evoStsDomain,
  evoStsIssuer,
  keyDrift,
  authAdminRuns,
  oauthOnVirtualDirectories,
  owaEcpModernAuth,
  uniformVirtualDirectories,
  servicePrincipalNames,
  noSslOffload,
  outboundPath,
  classicHybrid,
  authCertificate,
  nextCertificate,
  authConfigServiceName,
  partnerApplication,
  dedicatedHybridApp,
  recycleLogging,
  noPeriodicRestart,
  iisLogQuality,
  clock,
  usersSynchronised,
  componentStates,
  authenticationPolicies,
  authServerWritten,
  supportedRelease,
  hybridGraphRouting,
  oneAuthServerPerTenant,
];
