import type { Check } from "./check.ts";
import { authAdminReadSession } from "./check-01-auth-admin-read-session.ts";
import { exchangeBuild } from "./check-02-exchange-build.ts";
import { modernAuthEnabled } from "./check-03-modern-auth-enabled.ts";
import { mapiHttp } from "./check-04-mapi-http.ts";
import { evoStsPresent } from "./check-05-evosts-present.ts";
import { defaultAuthorizationEndpoint } from "./check-06-default-authorization-endpoint.ts";
import { evoStsDomain } from "./check-07-evosts-domain.ts";
import { evoStsIssuer } from "./check-08-evosts-issuer.ts";
import { keyDrift } from "./check-09-key-drift.ts";
import { authAdminRuns } from "./check-10-auth-admin-runs.ts";
import { oauthOnVirtualDirectories } from "./check-11-oauth-on-virtual-directories.ts";
import { owaEcpModernAuth } from "./check-12-owa-ecp-modern-auth.ts";
import { uniformVirtualDirectories } from "./check-13-uniform-virtual-directories.ts";
import { servicePrincipalNames } from "./check-14-service-principal-names.ts";
import { noSslOffload } from "./check-15-no-ssl-offload.ts";
import { outboundPath } from "./check-16-outbound-path.ts";
import { classicHybrid } from "./check-17-classic-hybrid.ts";
import { authCertificate } from "./check-18-auth-certificate.ts";
import { nextCertificate } from "./check-19-next-certificate.ts";
import { authConfigServiceName } from "./check-20-auth-config-service-name.ts";
import { partnerApplication } from "./check-21-partner-application.ts";
import { dedicatedHybridApp } from "./check-22-dedicated-hybrid-app.ts";
import { recycleLogging } from "./check-23-recycle-logging.ts";
import { noPeriodicRestart } from "./check-24-no-periodic-restart.ts";
import { iisLogQuality } from "./check-25-iis-log-quality.ts";
import { clock } from "./check-26-clock.ts";
import { usersSynchronised } from "./check-27-users-synchronised.ts";
import { componentStates } from "./check-28-component-states.ts";

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
];
