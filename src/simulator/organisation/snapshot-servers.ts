import type { SimulatedServer } from "../farm-server.ts";
import type { OrganisationNow } from "./simulated-organisation.ts";

/** Parts of a snapshot that are collected for each server. */

const COMPONENTS = [
  "ServerWideOffline",
  "HubTransport",
  "AutoDiscoverProxy",
  "ActiveSyncProxy",
  "EwsProxy",
  "MapiProxy",
  "OabProxy",
  "OwaProxy",
  "EcpProxy",
  "HttpProxyAvailabilityGroup",
];
const POOLS = [
  "MSExchangeServicesAppPool",
  "MSExchangeMapiFrontEndAppPool",
  "MSExchangeAutodiscoverAppPool",
  "MSExchangeSyncAppPool",
  "MSExchangeOABAppPool",
  "MSExchangeOWAAppPool",
  "MSExchangeECPAppPool",
];
const LOG_FIELDS =
  "Date,Time,ClientIP,UserName,ServerIP,Method,UriStem,UriQuery,HttpStatus,Win32Status,TimeTaken,ServerPort,UserAgent,Referer,HttpSubStatus";

export function perServerParts({
  servers,
  now,
}: {
  readonly servers: readonly SimulatedServer[];
  readonly now: OrganisationNow;
}): Readonly<Record<string, unknown>> {
  return {
    hybridAgents: servers.map(({ name }) => ({ Server: name, Installed: false })),
    componentStates: servers.flatMap(({ name }) => componentStates(name, !now.inactive.has(name))),
    appPools: servers.flatMap(({ name }) => POOLS.map((pool) => appPool(name, pool))),
    iisLogs: servers.flatMap((server) => [iisLog(server, "Default Web Site"), iisLog(server, "Exchange Back End")]),
    clock: servers.map(({ name, index }) => ({
      Server: name,
      OffsetSeconds: now.clockOffsets.get(name) ?? ((index % 5) - 2) / 10,
      Reference: "login.windows.net",
    })),
    outbound: servers.map(({ name }) => ({
      Server: name,
      Host: "login.windows.net",
      Reachable: !now.cutOff.has(name),
    })),
  };
}

export function virtualDirectories(servers: readonly SimulatedServer[]): Readonly<Record<string, unknown>> {
  const methods = ["Ntlm", "WindowsIntegrated", "OAuth"];
  const withOAuth = {
    OAuthAuthentication: true,
    BasicAuthentication: false,
    WindowsAuthentication: true,
    InternalAuthenticationMethods: methods,
    ExternalAuthenticationMethods: methods,
  };
  const pages = {
    OAuthAuthentication: false,
    BasicAuthentication: true,
    FormsAuthentication: true,
    DigestAuthentication: false,
    AdfsAuthentication: false,
    WindowsAuthentication: false,
  };
  const all = (path: string, settings: Readonly<Record<string, unknown>>): readonly unknown[] =>
    servers.map(({ name }) => ({
      Identity: `${name}\\${path} (Default Web Site)`,
      Server: name,
      InternalUrl: urlOf(path),
      ExternalUrl: urlOf(path),
      ...settings,
      sslFlags: "Ssl, Ssl128",
    }));
  return {
    mapi: all("mapi", { IISAuthenticationMethods: ["Ntlm", "OAuth", "Negotiate"] }),
    webServices: all("EWS", withOAuth),
    oab: all("OAB", withOAuth),
    autodiscover: all("Autodiscover", withOAuth),
    activeSync: all("Microsoft-Server-ActiveSync", {
      InternalAuthenticationMethods: [],
      ExternalAuthenticationMethods: [],
    }),
    owa: all("owa", pages),
    ecp: all("ecp", pages),
  };
}

function urlOf(path: string): string {
  return path === "EWS" ? "https://mail.contoso.example/EWS/Exchange.asmx" : `https://mail.contoso.example/${path}`;
}

function componentStates(server: string, isActive: boolean): readonly unknown[] {
  const state = (component: string, active: boolean): unknown => ({
    Server: server,
    Component: component,
    State: active ? "Active" : "Inactive",
  });
  return [
    ...COMPONENTS.map((component) => state(component, isActive)),
    state("Monitoring", true),
    state("ForwardSyncDaemon", false),
    state("ProvisioningRps", false),
  ];
}

function appPool(server: string, name: string): unknown {
  const isPages = name === "MSExchangeOWAAppPool" || name === "MSExchangeECPAppPool";
  return {
    Server: server,
    Name: name,
    logEventOnRecycle: "Time, Requests, Schedule, Memory, IsapiUnhealthy, OnDemand, ConfigChange, PrivateMemory",
    periodicRestartTime: isPages ? "14.00:00:00" : "00:00:00",
    periodicRestartRequests: 0,
    periodicRestartMemory: 0,
    periodicRestartPrivateMemory: 0,
    periodicRestartSchedule: [],
  };
}

function iisLog({ name, logs }: SimulatedServer, site: string): unknown {
  const customFields = logs === "iis_diagnostics" ? ["x-ms-diagnostics"] : [];
  return {
    Server: name,
    Site: site,
    enabled: true,
    logFormat: "W3C",
    logExtFileFlags: LOG_FIELDS,
    flushByEntryCountW3CLog: 0,
    customFields,
  };
}
