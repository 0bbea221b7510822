// Written from config-schema.ts by its test with UPDATE_DOCS=1; not by hand.

/** Command-line flags and the keys that they set. A flag overrides the file. */
export const FLAG_KEYS = {
  farm: "farm",
  server: "server",
  state: "state",
  "collectors.enabled": "collectors.enabled",
  "web.listen-address": "web.listenAddress",
  "web.telemetry-path": "web.telemetryPath",
  "web.config.file": "web.configFile",
  "web.max-requests": "web.maxRequests",
  "web.external-url": "web.externalUrl",
  "web.route-prefix": "web.routePrefix",
  "metrics.disabled": "metrics.disabled",
  textfile: "textfile.folder",
  "log.level": "log.level",
  "log.format": "log.format",
  "log.file": "log.file",
} as const;

/** Keys and whole sections that a reload applies to a running daemon. All others need a restart. */
export const TAKEN_OVER = [
  "follow.poll",
  "loop",
  "incident",
  "gate",
  "probe",
  "web.maxRequests",
  "web.hosts",
  "web.runbookUrl",
  "metrics.disabled",
  "log.level",
] as const;
