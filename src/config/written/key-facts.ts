// Written from config-schema.ts by its test with UPDATE_DOCS=1; not by hand.

/** Flags of the command line and the keys that they set; a flag wins over the file. */
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

/** What a running daemon takes over when the configuration is read again: keys, and sections as a whole. The rest waits for a restart. */
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
