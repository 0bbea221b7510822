// Written from config-schema.ts by its test with UPDATE_DOCS=1; not by hand.
import type { Config } from "./config-schema.ts";

/** The configuration without a file and flags. Generated, so that a command without them does not load the schema and its library. */
export const DEFAULT_CONFIG: Config = {
  farm: null,
  server: null,
  servers: [],
  retiredServers: [],
  state: null,
  snapshots: null,
  paths: {
    iis: null,
    httpErr: null,
    exchange: null,
  },
  follow: {
    lookbackMs: 86400000,
    pollMs: 1000,
  },
  loop: {
    threshold: 5,
    minSpanMs: 15000,
    gapMs: 120000,
    idleMs: 600000,
    unanswered: 10,
    unansweredSpanMs: 300000,
  },
  incident: {
    minClients: 3,
    quietMs: 300000,
    chronicMs: 14400000,
  },
  limits: {
    openRequests: 200000,
    clients: 50000,
    pastIncidents: 1000,
    pastLoops: 10000,
  },
  noise: {
    addresses: [],
    agents: [],
  },
  reasons: [],
  events: {
    oauth: {},
    authAdmin: {},
    was: {},
  },
  collect: {
    enabled: true,
    powershell: null,
    server: null,
    timeoutMs: 120000,
    snapshotMs: 900000,
    eventsMs: 60000,
    workersMs: 60000,
    countersMs: 60000,
  },
  collectors: {
    enabled: ["keys", "snapshot", "events", "workers", "counters"],
  },
  keys: {
    enabled: true,
    everyMs: 3600000,
    timeoutMs: 30000,
    proxy: null,
  },
  gate: {
    graceMs: 2100000,
  },
  probe: null,
  web: {
    listenAddress: [":10401"],
    telemetryPath: "/metrics",
    configFile: null,
    maxRequests: 40,
    externalUrl: null,
    routePrefix: null,
    hosts: [],
    runbookUrl: null,
  },
  metrics: {
    disabled: [],
  },
  textfile: {
    folder: null,
    everyMs: 30000,
  },
  log: {
    level: "info",
    format: "json",
    output: "stdout",
    file: null,
    maxBytes: 10485760,
    maxFiles: 5,
  },
};
