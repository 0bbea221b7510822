import { COLLECTORS, METRIC_GROUPS } from "../catalogue/switches.ts";
import { parseNetwork } from "../sources/noise/network.ts";
import { isAgentPattern } from "../sources/noise/noise-rules.ts";
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
        .describe("Time between two looks at the logs")
        .meta({ reload: "at once" }),
    },
    section,
  )
  .transform(({ lookback, poll }) => ({ lookbackMs: lookback, pollMs: poll }));

const loop = z
  .strictObject(
    {
      threshold: wholeNumber(DEFAULT_RULES.loop.threshold, { from: 2, to: 1000 }).describe(
        "Refusals in a row that make a loop",
      ),
      minSpan: duration("15s", { from: "0", to: "1h" }).describe("Least time from the first to the last of them"),
      gap: duration("2m", { from: "1s", to: "1h" }).describe("Longest time between two of them"),
      idle: duration("10m", { from: "1s", to: "24h" }).describe(
        "Time without a request after which a loop has ended unresolved",
      ),
      unanswered: wholeNumber(DEFAULT_RULES.loop.unanswered, { from: 2, to: 1000 }).describe(
        "Challenges or refusals without a success between that make an unanswered loop",
      ),
      unansweredSpan: duration("5m", { from: "0", to: "24h" }).describe(
        "Least time from the first to the last of those",
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
        "Clients in open loops at once that make an incident",
      ),
      quiet: duration("5m", { from: "0", to: "24h" }).describe(
        "Time without an open loop after which an incident has ended",
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
      "Requests that wait for rows of other logs",
    ),
    clients: wholeNumber(50_000, { from: 1_000, to: 10_000_000 }).describe(
      "Clients whose runs of refusals are remembered",
    ),
    pastIncidents: wholeNumber(1_000, { from: 10, to: 1_000_000 }).describe("Ended incidents kept for the pages"),
    pastLoops: wholeNumber(10_000, { from: 10, to: 1_000_000 }).describe("Ended loops kept for the pages"),
  },
  section,
);

const web = z.strictObject(
  {
    listenAddress: listenAddresses(":10401")
      .describe("Where the pages are served")
      .meta({ flag: "web.listen-address" }),
    telemetryPath: urlPath("/metrics").describe("Path of the metrics").meta({ flag: "web.telemetry-path" }),
    configFile: path()
      .describe("Web configuration file of the exporter-toolkit: TLS, client certificates, passwords, headers")
      .meta({ flag: "web.config.file" }),
    maxRequests: wholeNumber(40, { from: 1, to: 10_000 })
      .describe("Scrapes answered at once, and as many pages")
      .meta({ flag: "web.max-requests", reload: "at once" }),
    externalUrl: url(["https", "http"])
      .describe(
        "Address under which clients reach the pages, where a reverse proxy stands before them: for links and for /sd",
      )
      .meta({ flag: "web.external-url" }),
    routePrefix: routePrefix()
      .describe("Path below which the pages are served; without it, the path of externalUrl")
      .meta({ flag: "web.route-prefix" }),
    hosts: hostNames()
      .describe(
        "Names of this machine besides its host name: for targets in /sd, and for browsers where neither TLS, passwords nor externalUrl are set",
      )
      .meta({ reload: "at once" }),
    runbookUrl: url(["https", "http"])
      .describe("Where the runbooks stand, for links from the pages")
      .meta({ reload: "at once" }),
  },
  section,
);

const log = z.strictObject(
  {
    level: choice(LOG_LEVELS, "info").describe("Least severity written").meta({ flag: "log.level", reload: "at once" }),
    format: choice(LOG_LAYOUTS, "json").describe("How a line is written").meta({ flag: "log.format" }),
    output: choice(LOG_OUTPUTS, "stdout").describe("Stream of the lines"),
    file: path()
      .describe("File that gets the lines as JSON besides, for `hma-exporter logs`")
      .meta({ flag: "log.file" }),
    maxBytes: wholeNumber(10_485_760, { from: 10_000, to: 1_073_741_824 }).describe(
      "Size at which the file is rotated, bytes",
    ),
    maxFiles: wholeNumber(5, { from: 1, to: 100 }).describe("Files kept"),
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
      enabled: flag(true).describe("Ask Exchange and Windows by PowerShell, where the daemon runs on Windows"),
      powershell: path().describe("PowerShell to run"),
      server: nameOrNull().describe("Exchange server for a remote session; without it, the local snap-in"),
      timeout: duration("2m", { from: "5s", to: "1h" }).describe("Longest time for one collection"),
      snapshot: duration("15m", { from: "3m", to: "24h" }).describe("Time between two snapshots of the configuration"),
      events: duration("1m", { from: "10s", to: "1h" }).describe("Time between two readings of the Windows events"),
      workers: duration("1m", { from: "10s", to: "1h" }).describe("Time between two looks at the worker processes"),
      counters: duration("1m", { from: "10s", to: "1h" }).describe(
        "Time between two readings of the performance counters",
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
      .describe("Collectors that run, where `collect.enabled` and `keys.enabled` are true; the others never do")
      .meta({ flag: "collectors.enabled" }),
  },
  section,
);

const metrics = z.strictObject(
  {
    disabled: choices(METRIC_GROUPS, [])
      .describe(
        "Groups of metrics that are left off the pages and the text file (docs/metrics.md says what each holds, and which alerts and panels need it)",
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
      timeout: duration("30s", { from: "1s", to: "5m" }).describe("Longest time for one fetch"),
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
    oauth: eventNames(OAUTH_EVENTS).describe("Ids of MSExchange OAuth besides the known ones"),
    authAdmin: eventNames(AUTH_ADMIN_EVENTS).describe("Ids of MSExchange AuthAdmin besides the known ones"),
    was: eventNames(RECYCLE_REASONS).describe("Ids of WAS that say that a worker was replaced, besides the known ones"),
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
      .describe("Callers whose rows are noise when every address of the row is one: a balancer's monitors"),
    agents: z
      .array(z.string({ error: AGENT_PATTERN }).min(1, AGENT_PATTERN).refine(isAgentPattern, AGENT_PATTERN), {
        error: `a list, each ${AGENT_PATTERN}`,
      })
      .max(100, "at most 100 expressions")
      .meta({ allowed: `a list, each ${AGENT_PATTERN}` })
      .default([])
      .describe(
        "User agents whose rows are noise: found anywhere, in any case, with blanks where a log writes + or a comma",
      ),
  },
  section,
);

const gate = z
  .strictObject(
    {
      grace: duration("35m", { from: "0", to: "24h" }).describe(
        "Longest time for which /ready/<protocol> holds traffic back; then it lets it through",
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
          "Folder of the textfile collector of node_exporter or windows_exporter, for hosts where no port may be opened",
        )
        .meta({ flag: "textfile" }),
      every: duration("30s", { from: "5s", to: "1h" }).describe("Time between two writings"),
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
    farm: path().describe("Central mode: a folder per server; without it, this server").meta({ flag: "farm" }),
    server: nameOrNull().describe("Name of this server; without it, the host's").meta({ flag: "server" }),
    servers: names().describe("Central mode: the servers to watch; all when empty"),
    retiredServers: names().describe(
      "Central mode: servers that were taken out of service. They are not watched and are no targets any more; without this, a server that was known once stays a target",
    ),
    state: path().describe("Where the state lives").meta({ flag: "state" }),
    snapshots: path().describe("Folder of snapshots that `collect` wrote; without it, `snapshots` in the farm"),
    paths: paths.prefault({}).describe("Logs of this server that stand elsewhere than IIS and Exchange say"),
    follow: follow.prefault({}).describe("Reading of the logs"),
    loop: loop.prefault({}).describe("What makes a loop").meta({ reload: "at once" }),
    incident: incident.prefault({}).describe("What makes an incident").meta({ reload: "at once" }),
    limits: limits.prefault({}).describe("Bounds of memory"),
    noise: noise.prefault({}).describe("Rows that are noise besides health probes and loopback callers"),
    reasons: z
      .array(reason, { error: "a list of patterns with their categories" })
      .meta({ allowed: "a list of maps with pattern, category and backEnd" })
      .default([])
      .describe("Spellings of the reason for a refusal besides the known ones"),
    events: events.prefault({}).describe("Meanings of Windows events besides the known ones"),
    collect: collect.prefault({}).describe("Collection by PowerShell"),
    collectors: collectors.prefault({}).describe("Which collectors run"),
    keys: keys.prefault({}).describe("Signing keys"),
    gate: gate.prefault({}).describe("Load-balancer gate").meta({ reload: "at once" }),
    probe: PROBE_SCHEMA.nullable()
      .default(null)
      .describe("Probe of the servers; without it, none")
      .meta({ reload: "at once" }),
    web: web.prefault({}).describe("Web server"),
    metrics: metrics.prefault({}).describe("Which metrics are shown"),
    textfile: textfile.prefault({}).describe("Metrics as a file"),
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
