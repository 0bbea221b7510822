import type { Findings, IncidentFinding, RawRow } from "../../src/model/finding.ts";
import type { MetricValue } from "../../src/model/metric-value.ts";
import { listen } from "../../src/web/listen.ts";
import type { Listener } from "../../src/web/listen.ts";
import type { WebConfigSource } from "../../src/web/web-security.ts";
import { createWebApp } from "../../src/web/web-app.ts";
import { DEFAULT_WEB_OPTIONS } from "../../src/web/web-options.ts";
import type { WebOptions } from "../../src/web/web-options.ts";
import type { SourceStatus, WebQueries, WebStatus } from "../../src/web/web-queries.ts";

export const NOW = "2026-11-22T08:20:00.000Z";

export const OPEN_INCIDENT: IncidentFinding = {
  id: "EX01-MSExchangeServicesAppPool-1795335000",
  server: "EX01",
  appPool: "MSExchangeServicesAppPool",
  cause: "stale_keys_after_recycle",
  confidence: 0.9,
  start: "2026-11-22T08:10:00.000Z",
  end: null,
  clients: 41,
  rejections: 1234,
  proven: true,
  evidence: [
    {
      at: "2026-11-22T08:10:00.000Z",
      kind: "rejections",
      text: "1,234 refusals, mostly invalid_signature",
      source: "http_proxy",
      place: { server: "EX01", file: "Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG", offset: 1_234_567 },
    },
    {
      at: "2026-11-22T08:09:00.000Z",
      kind: "recycle",
      text: "MSExchangeServicesAppPool worker replaced (crash, WAS 5011)",
      source: "events",
    },
    {
      at: "2026-11-22T07:00:00.000Z",
      kind: "missing_key",
      text: "A published key is missing in AD <script>alert(1)</script>",
      source: "keys",
    },
  ],
};

export const PAST_INCIDENT: IncidentFinding = {
  ...OPEN_INCIDENT,
  id: "EX02-1",
  server: "EX02",
  appPool: "MSExchangeMapiFrontEndAppPool",
  cause: "clock_skew",
  confidence: 0.5,
  start: "2026-11-21T10:00:00.000Z",
  end: "2026-11-21T10:25:00.000Z",
  clients: 3,
  rejections: 30,
  proven: false,
};

export const FINDINGS: Findings = {
  servers: ["EX01", "EX02"],
  from: "2026-11-21T00:00:00.000Z",
  to: NOW,
  incidents: [PAST_INCIDENT, OPEN_INCIDENT],
  loops: [
    {
      server: "EX02",
      appPool: "MSExchangeSyncAppPool",
      protocol: "eas",
      client: "77aa01",
      start: "2026-11-22T06:10:00.000Z",
      end: "2026-11-22T06:12:00.000Z",
      rejections: 6,
      category: "token_expired",
      outcome: "recovered",
    },
    {
      server: "EX01",
      appPool: "MSExchangeServicesAppPool",
      protocol: "ews",
      client: "3f9a2c",
      start: "2026-11-22T08:10:00.000Z",
      end: null,
      rejections: 17,
      category: "invalid_signature",
      outcome: null,
    },
  ],
  recycles: [{ server: "EX01", appPool: "MSExchangeServicesAppPool", at: "2026-11-22T08:09:00.000Z", reason: "crash" }],
  keyChanges: [{ kind: "entra_keys_published", at: "2026-11-22T07:00:00.000Z" }],
  accounting: [],
};

export const ROWS: readonly RawRow[] = [
  { at: "2026-11-22T08:09:00.000Z", what: "recycle", server: "EX01", file: "events/system.xml", offset: 2046 },
  {
    at: "2026-11-22T08:10:00.000Z",
    what: "first_refusal",
    server: "EX01",
    file: "Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG",
    offset: 1_234_567,
  },
  {
    at: "2026-11-22T08:10:02.000Z",
    what: "first_refusal",
    server: "EX01",
    file: "LogFiles/W3SVC1/u_ex261122.log",
    offset: 98_765,
  },
  {
    at: "2026-11-22T08:19:58.250Z",
    what: "last_refusal",
    server: "EX01",
    file: "Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG.gz",
    offset: 2_345_678,
  },
];

export const QUIET: Findings = { ...FINDINGS, incidents: [], loops: [], recycles: [], keyChanges: [] };

const source = (format: SourceStatus["format"], lastEventAt: string | null): SourceStatus => ({
  format,
  files: 3,
  lastEventAt,
  lagSeconds: lastEventAt === null ? null : 2.5,
  unreadableLines: 0,
});

export const STATUS: WebStatus = {
  version: "0.1.0",
  now: NOW,
  startedAt: "2026-11-22T00:00:00.000Z",
  watched: "The farm folder /mnt/farm is watched.",
  servers: ["EX01", "EX02"].map((name) => ({
    name,
    sources: [
      source("iis", "2026-11-22T08:19:57.000Z"),
      source("http_proxy", "2026-11-22T08:19:58.250Z"),
      source("ews", "2026-11-22T08:19:50.000Z"),
      source("events", null),
    ],
  })),
  exposure: { kind: "exposed", missingKeys: 1, since: "2026-11-22T07:00:00.000Z" },
  probe: null,
  compliance: {
    at: "2026-11-22T07:30:00.000Z",
    results: [
      {
        check: "auth_admin_read_session",
        title: "AuthAdmin may write new keys to AD",
        severity: "critical",
        object: "organisation",
        verdict: "fail",
        found: "False",
        wanted: "True",
        because: null,
        remedy: "Set-OrganizationConfig -EnableAuthAdminReadSession:$true",
      },
      {
        check: "auth_certificate",
        title: "Auth certificate is valid",
        severity: "critical",
        object: "EX01",
        verdict: "pass",
        found: null,
        wanted: null,
        because: null,
        remedy: null,
      },
      {
        check: "spn",
        title: "Names are known to Entra ID",
        severity: "warning",
        object: "organisation",
        verdict: "unknown",
        found: null,
        wanted: null,
        because: "needs Microsoft Graph",
        remedy: null,
      },
    ],
  },
  notices: [],
};

export const SERVER_VALUES: readonly MetricValue[] = [
  {
    kind: "value",
    metric: "hma_requests_total",
    labels: { protocol: "ews", scheme: "bearer", result: "rejected" },
    value: 1234,
  },
  { kind: "value", metric: "hma_bearer_loops_open", labels: { app_pool: "MSExchangeServicesAppPool" }, value: 41 },
  {
    kind: "value",
    metric: "hma_incident_open",
    labels: { app_pool: "MSExchangeServicesAppPool", cause: "stale_keys_after_recycle" },
    value: 1,
  },
  {
    kind: "value",
    metric: "hma_incident_proven",
    labels: { app_pool: "MSExchangeServicesAppPool" },
    value: 1,
  },
  {
    kind: "value",
    metric: "hma_incident_start_timestamp_seconds",
    labels: { app_pool: "MSExchangeServicesAppPool" },
    value: 1795335000,
  },
  {
    kind: "histogram",
    metric: "hma_bearer_loop_duration_seconds",
    labels: { app_pool: "MSExchangeServicesAppPool" },
    counts: [0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    sum: 100_400.5,
  },
  { kind: "value", metric: "hma_log_lag_seconds", labels: { format: "iis" }, value: 2.5 },
];

export const EXPORTER_VALUES: readonly MetricValue[] = [
  { kind: "value", metric: "hma_exposed", labels: {}, value: 1 },
  {
    kind: "value",
    metric: "hma_signing_keys",
    labels: { issuer: "https://sts.windows.net/", state: "missing" },
    value: 1,
  },
  {
    kind: "value",
    metric: "hma_config_compliant",
    labels: { object: 'EX01\\EWS "Default"\nWeb Site', severity: "critical", check: "oauth_on_virtual_directories" },
    value: 0,
  },
  {
    kind: "value",
    metric: "hma_exporter_build_info",
    labels: { version: "0.1.0", revision: "0123abc", node_version: "v24.0.0" },
    value: 1,
  },
];

export const UNCHANGED = { ok: true, applied: [], waiting: [] } as const;

/** A `WebQueries` that returns the values above. */
export function fakeQueries(overrides: Partial<WebQueries> = {}): WebQueries {
  return {
    serverNames: () => ["EX01", "EX02"],
    metricsOf: () => SERVER_VALUES,
    exporterMetrics: () => EXPORTER_VALUES,
    findings: () => FINDINGS,
    revision: () => 1,
    configuration: () => "farm: /mnt/farm\n",
    rawRows: () => ROWS,
    redact: (text) => text,
    status: () => STATUS,
    whyNoServers: () => "the farm folder is empty",
    health: () => ({ isGood: true }),
    readiness: () => ({ isGood: true }),
    reload: () => Promise.resolve(UNCHANGED),
    probe: () => Promise.resolve({ kind: "refused", why: "No probe is configured" }),
    gate: (server, protocol) =>
      server === "EX01" && protocol === "ews"
        ? { accepts: false, because: "an incident is open" }
        : { accepts: true, because: "no objection" },
    onError: (error) => {
      throw error;
    },
    ...overrides,
  };
}

/** Serves the app on a free loopback port during `use`. `webConfig`: the web configuration file; null for none. */
export async function withApp<T>(
  queries: WebQueries,
  use: (listener: Listener) => Promise<T>,
  { webConfig = null, ...options }: Partial<WebOptions> & { readonly webConfig?: WebConfigSource | null } = {},
): Promise<T> {
  const listener = await listen(
    createWebApp(queries, { ...DEFAULT_WEB_OPTIONS, mode: "central", ...options }),
    "127.0.0.1:0",
    webConfig,
  );
  try {
    return await use(listener);
  } finally {
    await listener.close();
  }
}
