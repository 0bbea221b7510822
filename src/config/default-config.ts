import { DEFAULT_RULES } from "../model/rules.ts";
import type { Config } from "./config-schema.ts";

/**
 * What holds without a file and flags. Written out, so that a command that is given neither starts without the schema and its library; a test holds
 * it equal to what the schema makes of nothing.
 */
export const DEFAULT_CONFIG: Config = {
  farm: null,
  server: null,
  servers: [],
  retiredServers: [],
  state: null,
  snapshots: null,
  paths: { iis: null, httpErr: null, exchange: null },
  follow: { lookbackMs: 86_400_000, pollMs: 1_000 },
  loop: DEFAULT_RULES.loop,
  incident: DEFAULT_RULES.incident,
  limits: { openRequests: 200_000, clients: 50_000, pastIncidents: 1_000, pastLoops: 10_000 },
  noise: { addresses: [], agents: [] },
  reasons: [],
  events: { oauth: {}, authAdmin: {}, was: {} },
  collect: {
    enabled: true,
    powershell: null,
    server: null,
    timeoutMs: 120_000,
    snapshotMs: 900_000,
    eventsMs: 60_000,
    workersMs: 60_000,
    countersMs: 60_000,
  },
  keys: { enabled: true, everyMs: 3_600_000, timeoutMs: 30_000, proxy: null },
  gate: { graceMs: 2_100_000 },
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
  textfile: { folder: null, everyMs: 30_000 },
  log: { level: "info", format: "json", output: "stdout", file: null, maxBytes: 10_485_760, maxFiles: 5 },
};
