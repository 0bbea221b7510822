import { COLLECTORS, METRIC_GROUPS } from "../catalogue/switches.ts";
import { parseNetwork } from "../sources/noise/network.ts";
import { isAgentPattern } from "../sources/noise/agent-pattern.ts";
import { z } from "zod";
import { CATEGORIES, RECYCLE_REASONS } from "../model/label-values.ts";
import { AUTH_ADMIN_EVENTS, OAUTH_EVENTS } from "../model/row.ts";
import { DEFAULT_RULES } from "../model/rules.ts";
import {
  choice,
  choices,
  duration,
  durationText,
  flag,
  hostNames,
  listenAddresses,
  nameOrNull,
  names,
  path,
  routePrefix,
  url,
  urlPath,
  wholeNumber,
} from "./fields.ts";
import { PROBE_SCHEMA } from "./probe/probe-schema.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export const LOG_LAYOUTS = ["json", "logfmt"] as const;
export const LOG_OUTPUTS = ["stdout", "stderr"] as const;

const section = { error: "a map of keys" } as const;

const follow = z
  .strictObject(
    {
      lookback: duration("24h", { from: "0", to: "30d" }).describe("How far back the logs are read on the first start"),
      poll: duration("1s", { from: "100ms", to: "5m" })
        .describe("Time between two polls of the log folders")
        .meta({ reload: "at once" }),
    },
    section,
  )
  .transform(({ lookback, poll }) => ({ lookbackMs: lookback, pollMs: poll }));

const loop = z
  .strictObject(
    {
      threshold: wholeNumber(DEFAULT_RULES.loop.threshold, { from: 2, to: 1000 }).describe(
        "Number of refusals in a row that make a loop",
      ),
      minSpan: duration("15s", { from: "0", to: "1h" }).describe("Minimum time from the first to the last of them"),
      gap: duration("2m", { from: "1s", to: "1h" }).describe("Maximum time between two of them"),
      idle: duration("10m", { from: "1s", to: "24h" }).describe(
        "Time without a request after which a loop ends as unresolved",
      ),
      unanswered: wholeNumber(DEFAULT_RULES.loop.unanswered, { from: 2, to: 1000 }).describe(
        "Number of challenges or refusals without a success in between that make an unanswered loop",
      ),
      unansweredSpan: duration("5m", { from: "0", to: "24h" }).describe(
        "Minimum time from the first to the last of those",
      ),
    },
    section,
  )
  .superRefine(({ gap, idle }, context) => {
    if (idle < gap)
      context.addIssue({
        code: "custom",
        path: ["idle"],
        message: `a duration not below loop.gap (${durationText(gap)})`,
      });
  })
  .transform(({ threshold, minSpan, gap, idle, unanswered, unansweredSpan }) => ({
    threshold,
    minSpanMs: minSpan,
    gapMs: gap,
    idleMs: idle,
    unanswered,
    unansweredSpanMs: unansweredSpan,
  }));

const incident = z
  .strictObject(
    {
      minClients: wholeNumber(DEFAULT_RULES.incident.minClients, { from: 1, to: 100_000 }).describe(
        "Number of clients in open loops at the same time that make an incident",
      ),
      quiet: duration("5m", { from: "0", to: "24h" }).describe(
        "Time without an open loop after which an incident ends",
      ),
      chronic: duration("4h", { from: "1m", to: "8760h" }).describe(
        "Time after which an unproven loop of a client that was never served no longer counts towards an incident",
      ),
    },
    section,
  )
  .transform(({ minClients, quiet, chronic }) => ({ minClients, quietMs: quiet, chronicMs: chronic }));

const limits = z.strictObject(
  {
    openRequests: wholeNumber(200_000, { from: 1_000, to: 10_000_000 }).describe(
      "Maximum number of requests that wait for rows of other logs",
    ),
    clients: wholeNumber(50_000, { from: 1_000, to: 10_000_000 }).describe(
      "Maximum number of clients whose refusals are kept in memory",
    ),
    pastIncidents: wholeNumber(1_000, { from: 10, to: 1_000_000 }).describe(
      "Maximum number of ended incidents kept for the pages",
    ),
    pastLoops: wholeNumber(10_000, { from: 10, to: 1_000_000 }).describe(
      "Maximum number of ended loops kept for the pages",
    ),
  },
  section,
);

const web = z.strictObject(
  {
    listenAddress: listenAddresses(":10401")
      .describe("Addresses on which the web server listens")
      .meta({ flag: "web.listen-address" }),
    telemetryPath: urlPath("/metrics").describe("Path of the metrics").meta({ flag: "web.telemetry-path" }),
    configFile: path()
      .describe("Web configuration file of the exporter-toolkit: TLS, client certificates, passwords, headers")
      .meta({ flag: "web.config.file" }),
    maxRequests: wholeNumber(40, { from: 1, to: 10_000 })
      .describe("Maximum number of scrapes answered at the same time, and of pages")
      .meta({ flag: "web.max-requests", reload: "at once" }),
    externalUrl: url(["https", "http"])
      .describe("URL under which clients reach the pages behind a reverse proxy: for links and for /sd")
      .meta({ flag: "web.external-url" }),
    routePrefix: routePrefix()
      .describe("Path prefix of all pages; default: the path of externalUrl")
      .meta({ flag: "web.route-prefix" }),
    hosts: hostNames()
      .describe(
        "Names of this machine in addition to its host name: for targets in /sd, and for browsers when neither " +
          "TLS, passwords nor externalUrl are set",
      )
      .meta({ reload: "at once" }),
    runbookUrl: url(["https", "http"])
      .describe("Base URL of the runbooks, for links from the pages")
      .meta({ reload: "at once" }),
  },
  section,
);

const log = z.strictObject(
  {
    level: choice(LOG_LEVELS, "info")
      .describe("Lowest severity that is written")
      .meta({ flag: "log.level", reload: "at once" }),
    format: choice(LOG_LAYOUTS, "json").describe("Format of the log lines").meta({ flag: "log.format" }),
    output: choice(LOG_OUTPUTS, "stdout").describe("Stream for the log lines"),
    file: path()
      .describe("File that also gets the log lines, as JSON, for `hma-exporter logs`")
      .meta({ flag: "log.file" }),
    maxBytes: wholeNumber(10_485_760, { from: 10_000, to: 1_073_741_824 }).describe(
      "Size at which the file is rotated, bytes",
    ),
    maxFiles: wholeNumber(5, { from: 1, to: 100 }).describe("Number of files kept"),
  },
  section,
);

const paths = z.strictObject(
  {
    iis: path().describe("IIS logs (the folder of W3SVC1)"),
    httpErr: path().describe("HTTP.sys error logs"),
    exchange: path().describe("Exchange's Logging folder"),
  },
  section,
);

const collect = z
  .strictObject(
    {
      enabled: flag(true).describe(
        "Collect from Exchange and Windows with PowerShell, when the daemon runs on Windows",
      ),
      powershell: path().describe("PowerShell executable"),
      server: nameOrNull().describe("Exchange server for a remote session; default: the local snap-in"),
      timeout: duration("2m", { from: "5s", to: "1h" }).describe("Time-out of one collection"),
      snapshot: duration("15m", { from: "3m", to: "24h" }).describe("Time between two snapshots of the configuration"),
      events: duration("1m", { from: "10s", to: "1h" }).describe("Time between two reads of the Windows events"),
      workers: duration("1m", { from: "10s", to: "1h" }).describe("Time between two queries of the worker processes"),
      counters: duration("1m", { from: "10s", to: "1h" }).describe(
        "Time between two reads of the performance counters",
      ),
    },
    section,
  )
  .transform(({ timeout, snapshot, events, workers, counters, ...rest }) => ({
    ...rest,
    timeoutMs: timeout,
    snapshotMs: snapshot,
    eventsMs: events,
    workersMs: workers,
    countersMs: counters,
  }));

const collectors = z.strictObject(
  {
    enabled: choices(COLLECTORS, COLLECTORS)
      .describe("Collectors that run when `collect.enabled` and `keys.enabled` are true; all others are off")
      .meta({ flag: "collectors.enabled" }),
  },
  section,
);

const metrics = z.strictObject(
  {
    disabled: choices(METRIC_GROUPS, [])
      .describe(
        "Groups of metrics that are removed from the pages and the text file (docs/metrics.md lists the contents " +
          "of each, and the alerts and panels that need it)",
      )
      .meta({ flag: "metrics.disabled", reload: "at once" }),
  },
  section,
);

const keys = z
  .strictObject(
    {
      enabled: flag(true).describe("Fetch the published signing keys from Entra ID"),
      every: duration("1h", { from: "5m", to: "24h" }).describe("Time between two fetches"),
      timeout: duration("30s", { from: "1s", to: "5m" }).describe("Time-out of one fetch"),
      proxy: url(["http", "https"]).describe("HTTP proxy for the fetches"),
    },
    section,
  )
  .transform(({ enabled, every, timeout, proxy }) => ({ enabled, everyMs: every, timeoutMs: timeout, proxy }));

const eventId = z.string().regex(/^\d{1,5}$/, "an event id");
const eventNames = <const Value extends string>(values: readonly Value[]) => {
  const allowed = `event ids with one of ${values.join(", ")}`;
  return z
    .record(eventId, z.enum(values, { error: `one of ${values.join(", ")}` }), { error: allowed })
    .meta({ allowed: "event ids with their meanings" })
    .default({});
};
const events = z.strictObject(
  {
    oauth: eventNames(OAUTH_EVENTS).describe("Event ids of MSExchange OAuth in addition to the built-in ones"),
    authAdmin: eventNames(AUTH_ADMIN_EVENTS).describe(
      "Event ids of MSExchange AuthAdmin in addition to the built-in ones",
    ),
    was: eventNames(RECYCLE_REASONS).describe(
      "Event ids of WAS for a replaced worker process, in addition to the built-in ones",
    ),
  },
  section,
);

const reason = z.strictObject(
  {
    pattern: z
      .string({ error: "a regular expression" })
      .min(1, "a regular expression")
      .refine(isPattern, "a regular expression"),
    category: z.enum([...CATEGORIES, "named", "named_if_known"], {
      error: `one of ${[...CATEGORIES, "named", "named_if_known"].join(", ")}`,
    }),
    backEnd: z.boolean({ error: "true or false" }).default(false),
  },
  { error: "a map with pattern and category" },
);

const NETWORK = "a network in CIDR notation, such as 10.0.0.0/28";
const AGENT_PATTERN = "a regular expression in RE2 syntax, such as ^kube-probe/";

const noise = z.strictObject(
  {
    addresses: z
      .array(
        z.string({ error: NETWORK }).refine((text) => parseNetwork(text) !== null, NETWORK),
        {
          error: `a list, each ${NETWORK}`,
        },
      )
      .max(100, "at most 100 networks")
      .meta({ allowed: `a list, each ${NETWORK}` })
      .default([])
      .describe(
        "Callers whose rows are noise, such as a load balancer's monitors; every address in the row must be in one of the networks",
      ),
    agents: z
      .array(z.string({ error: AGENT_PATTERN }).min(1, AGENT_PATTERN).refine(isAgentPattern, AGENT_PATTERN), {
        error: `a list, each ${AGENT_PATTERN}`,
      })
      .max(100, "at most 100 expressions")
      .meta({ allowed: `a list, each ${AGENT_PATTERN}` })
      .default([])
      .describe(
        "User agents whose rows are noise; matched anywhere, ignoring case, with blanks where a log writes + or a comma",
      ),
  },
  section,
);

const gate = z
  .strictObject(
    {
      grace: duration("35m", { from: "0", to: "24h" }).describe(
        "Maximum time for which /ready/<protocol> holds traffic back",
      ),
    },
    section,
  )
  .transform(({ grace }) => ({ graceMs: grace }));

const textfile = z
  .strictObject(
    {
      folder: path()
        .describe(
          "Folder of the textfile collector of node_exporter or windows_exporter, for hosts where no port can be opened",
        )
        .meta({ flag: "textfile" }),
      every: duration("30s", { from: "5s", to: "1h" }).describe("Time between two writes"),
    },
    section,
  )
  .transform(({ folder, every }) => ({ folder, everyMs: every }));

/**
 * Every key of the configuration file: default, range and description, and in its meta the flag that sets it (`flag`)
 * and whether a reload applies it (`reload: "at once"`; otherwise a restart does). Durations are converted to
 * milliseconds, as the names in the result show. `default-config.ts`, `written/key-facts.ts`, docs/configuration.md and
 * docs/config.schema.json are generated from it.
 */
export const CONFIG_SCHEMA = z.strictObject(
  {
    farm: path()
      .describe("Central mode: folder with one sub-folder for each server; default: watch this server only")
      .meta({ flag: "farm" }),
    server: nameOrNull().describe("Name of this server; default: the host name").meta({ flag: "server" }),
    servers: names().describe("Central mode: the servers to watch; all when empty"),
    retiredServers: names().describe(
      "Central mode: servers out of service. They are neither watched nor targets any more; a server that was " +
        "once known otherwise stays a target",
    ),
    state: path().describe("Folder of the exporter's state").meta({ flag: "state" }),
    snapshots: path().describe("Folder of snapshots written by `collect`; default: `snapshots` in the farm"),
    paths: paths
      .prefault({})
      .describe("Log folders of this server, when they are not where IIS and Exchange are configured to write"),
    follow: follow.prefault({}).describe("Reading of the logs"),
    loop: loop.prefault({}).describe("What makes a loop").meta({ reload: "at once" }),
    incident: incident.prefault({}).describe("What makes an incident").meta({ reload: "at once" }),
    limits: limits.prefault({}).describe("Limits of memory use"),
    noise: noise.prefault({}).describe("Rows that are noise, in addition to health probes and loopback callers"),
    reasons: z
      .array(reason, { error: "a list of patterns with their categories" })
      .meta({ allowed: "a list of maps with pattern, category and backEnd" })
      .default([])
      .describe("Patterns for the reason of a refusal, in addition to the built-in ones"),
    events: events.prefault({}).describe("Meanings of Windows events, in addition to the built-in ones"),
    collect: collect.prefault({}).describe("Collection by PowerShell"),
    collectors: collectors.prefault({}).describe("Which collectors run"),
    keys: keys.prefault({}).describe("Signing keys"),
    gate: gate.prefault({}).describe("Load-balancer gate").meta({ reload: "at once" }),
    probe: PROBE_SCHEMA.nullable()
      .default(null)
      .describe("Probe of the servers; off when absent")
      .meta({ reload: "at once" }),
    web: web.prefault({}).describe("Web server"),
    metrics: metrics.prefault({}).describe("Groups of metrics on the pages"),
    textfile: textfile.prefault({}).describe("Metrics in a text file"),
    log: log.prefault({}).describe("The exporter's own log"),
  },
  section,
);

export type Config = z.output<typeof CONFIG_SCHEMA>;

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "i");
    return true;
  } catch {
    return false;
  }
}
