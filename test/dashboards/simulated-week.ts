import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { COLLECTORS } from "../../src/catalogue/switches.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import { initialSeries, possibleSeries } from "../../src/catalogue/initial-series.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { evaluateChecks } from "../../src/checks/evaluate-checks.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { TOKEN_PROTOCOLS } from "../../src/model/probe/probe.ts";
import { CONTEXT, goodSnapshot } from "../checks/good-snapshot.ts";
import { simulatedStory, type Loop, type Story } from "./simulated-story.ts";

/**
 * A week of three servers and their daemon as series of the catalogue: simulated scrape results, used instead of a backfill of the
 * exporter. Times are Unix seconds.
 */
export interface Week {
  readonly from: number;
  readonly to: number;
}

/** The week ends during working hours, in the middle of an incident. */
export const WEEK: Week = { from: Date.UTC(2026, 10, 14, 14) / 1000, to: Date.UTC(2026, 10, 22, 14) / 1000 };

type Labels = Readonly<Record<string, string>>;
/** Value at a time; null if the series is absent. */
type Value = (at: number) => number | null;

interface Series {
  readonly labels: Labels;
  readonly value: Value;
}

const COARSE = 300;
const FINE = 30;
/** Before the week, only counters with a coarse step, for comparisons with the week before. */
const HISTORY_SECONDS = 8 * 86_400;
const HISTORY_STEP = 1800;
/** The last part has the resolution of a scrape: four hours for tests, more for pictures of dashboards that open with six hours. */
const FINE_SECONDS = Number(process.env["HMA_WEEK_FINE_HOURS"] ?? "4") * 3600;

const JOB = "hma";
const DAEMON = "exporter";

/** App pools and other label values of the week: a subset of the closed sets, so that the backfill takes only seconds. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  app_pool: [
    "MSExchangeServicesAppPool",
    "MSExchangeMapiFrontEndAppPool",
    "MSExchangeSyncAppPool",
    "MSExchangeOABAppPool",
  ],
  protocol: ["ews", "mapi", "eas", "oab"],
  scheme: ["bearer", "ntlm", "unknown"],
  format: ["iis", "http_proxy", "ews", "events"],
  fate: ["counted", "noise", "header", "unreadable"],
  endpoint: ["metrics", "status"],
  cause: ["stale_keys_after_recycle", "metadata_unreachable", "unexplained"],
  category: ["invalid_signature", "token_expired", "invalid_resource", "invalid_token"],
  reason: ["crash", "managed_availability", "on_demand", "memory", "no_schema", "field_count"],
};

/** Writes the week as OpenMetrics text for `promtool tsdb create-blocks-from openmetrics`. */
export async function writeWeek(path: string): Promise<void> {
  const story = simulatedStory(WEEK.to);
  const out = createWriteStream(path);
  for (const metric of METRICS as readonly Metric[]) {
    const name = metric.type === "counter" ? metric.name.replace(/_total$/, "") : metric.name;
    await write(out, `# TYPE ${name} ${metric.type}\n`);
    for (const series of seriesOf(metric, story)) await writeSeries(out, story, { metric, series });
  }
  for (const [name, value] of [
    ["up", 1],
    ["scrape_duration_seconds", 0.031],
  ] as const) {
    await write(out, `# TYPE ${name} gauge\n`);
    for (const instance of [...story.servers, DAEMON])
      await writeText(out, name, { labels: { instance }, value: () => value });
  }
  await write(out, "# TYPE ALERTS gauge\n");
  for (const server of story.servers) {
    await writeText(out, "ALERTS", {
      labels: {
        alertname: "HmaBearerLoopIncident",
        alertstate: "firing",
        severity: "critical",
        component: "bearer",
        instance: server,
      },
      value: (at) =>
        story.incidents.some((one) => one.server === server && one.start <= at && at < one.end + 600) ? 1 : null,
    });
  }
  await writeText(out, "ALERTS", {
    labels: { alertname: "HmaExposed", alertstate: "firing", severity: "warning", component: "keys" },
    value: (at) => (story.isExposed(at) ? 1 : null),
  });
  await write(out, "# EOF\n");
  out.end();
  await once(out, "finish");
}

function seriesOf(metric: Metric, story: Story): readonly Series[] {
  if (metric.scope === "server")
    return story.servers.flatMap((server) =>
      serverSeries(metric, story, server).map((series) => ({
        ...series,
        labels: { instance: server, ...series.labels },
      })),
    );
  return daemonSeries(metric, story).map((series) => ({ ...series, labels: { instance: DAEMON, ...series.labels } }));
}

function serverSeries(metric: Metric, story: Story, server: string): readonly Series[] {
  return labelSets(metric).map((labels) => ({ labels, value: serverValue(metric.name, labels, { story, server }) }));
}

function labelSets(metric: Metric): readonly Labels[] {
  const sets = metric.absentUntilKnown === true ? possibleSeries(metric) : initialSeries(metric);
  return sets.filter((labels) =>
    Object.entries(labels).every(([name, value]) => KEPT[name] === undefined || KEPT[name].includes(value)),
  );
}

function serverValue(
  name: string,
  labels: Labels,
  { story, server }: { readonly story: Story; readonly server: string },
): Value {
  const loops = story.loops.filter((loop) => loop.server === server && loop.pool === labels["app_pool"]);
  const incidents = story.incidents.filter((one) => one.server === server && one.pool === labels["app_pool"]);
  const open = (at: number) => incidents.find((one) => one.start + 60 <= at && at < one.end);
  const recycles = story.recycles.filter((one) => one.server === server && one.pool === labels["app_pool"]);
  switch (name) {
    case "hma_requests_total":
      return requests(labels, story, server);
    case "hma_bearer_rejections_total":
      return labels["category"] === "invalid_token"
        ? strangersBy(labels)
        : (at) =>
            sum(
              loops.filter((loop) => loop.category === labels["category"]),
              (loop) => rejectionsBy(loop, at),
            );
    case "hma_bearer_errors_total":
      return (at) =>
        labels["app_pool"] === EWS_POOL && labels["category"] === "invalid_resource" ? Math.floor(at / 900) : 0;
    case "hma_perfmon_bearer_rejections_total":
      return (at) => sum(loops, (loop) => rejectionsBy(loop, at));
    case "hma_perfmon_bearer_requests_total":
      return (at) => Math.floor(0.3 * story.load(at));
    case "hma_perfmon_rejections_divergence_ratio":
      return (at) => (loops.some((loop) => loop.start < at && at < loop.end + 3600) ? 0.02 : 0);
    case "hma_bearer_loops_open":
      return (at) => loops.filter((loop) => loop.start <= at && at < loop.end).length;
    case "hma_bearer_loops_total":
      return (at) => loops.filter((loop) => loop.end <= at && loop.outcome === labels["outcome"]).length;
    case "hma_incident_open":
      return (at) => (open(at)?.cause === labels["cause"] ? 1 : 0);
    case "hma_incidents_total":
      return (at) => incidents.filter((one) => one.end + 300 <= at && one.cause === labels["cause"]).length;
    case "hma_incident_clients":
      return (at) => {
        const one = open(at);
        return one === undefined
          ? 0
          : Math.max(
              3,
              loops.filter((loop) => loop.start >= one.start && loop.start <= at && loop.start < one.end).length,
            );
      };
    case "hma_log_columns_missing":
      return () => (server === "EX02" && labels["column"] === "sc-substatus" ? 1 : 0);
    case "hma_probe_success":
      return (at) => (labels["probe"] === "token" && isRefusing(story, server, at) ? 0 : 1);
    case "hma_probe_verdict":
      return (at) => (labels["verdict"] === probeVerdict(labels["protocol"], isRefusing(story, server, at)) ? 1 : 0);
    case "hma_probe_bearer_offered":
    case "hma_probe_authority_valid":
      return () => 1;
    case "hma_probe_http_status_code":
      return (at) => (isTokenProtocol(labels["protocol"]) && !isRefusing(story, server, at) ? 200 : 401);
    case "hma_probe_duration_seconds":
      return (at) => 0.02 + 0.01 * Math.sin(at / 2000);
    case "hma_probe_timestamp_seconds":
      return (at) => at - (at % 60);
    case "hma_probe_tls_not_after_timestamp_seconds":
      return () => WEEK.to + 63 * 86_400;
    case "hma_server_logs_found":
      return () => 1;
    case "hma_server_in_maintenance":
      return () => 0;
    case "hma_incident_proven":
      return (at) => (open(at) === undefined ? null : 1);
    case "hma_incident_start_timestamp_seconds":
      return (at) => open(at)?.start ?? null;
    case "hma_incident_expected_end_timestamp_seconds":
      return (at) => open(at)?.expectedEnd ?? null;
    case "hma_app_pool_recycles_total":
      return (at) => recycles.filter((one) => one.at <= at && one.reason === labels["reason"]).length;
    case "hma_app_pool_worker_start_timestamp_seconds":
      return (at) => recycles.findLast((one) => one.at <= at)?.at ?? story.boot;
    case "hma_app_pool_first_bearer_timestamp_seconds":
      return (at) => {
        const worker = recycles.findLast((one) => one.at <= at);
        const first = worker === undefined ? story.boot + 40 : worker.firstBearer;
        return first === null || first > at ? null : first;
      };
    case "hma_log_lines_total":
      return lines(labels, story);
    case "hma_log_unreadable_lines_total":
      return (at) =>
        labels["format"] === "ews" && labels["reason"] === "field_count" ? Math.floor((at - WEEK.from) / 7200) : 0;
    case "hma_log_bytes_read_total":
      return (at) => Math.floor(story.load(at) * (VOLUME[labels["format"] ?? ""] ?? 0) * 480);
    case "hma_log_last_event_timestamp_seconds":
      return (at) => at - (labels["format"] === "iis" ? 35 : labels["format"] === "events" ? 1_500 : 6);
    case "hma_log_lag_seconds":
      return (at) => (labels["format"] === "iis" ? 30 + 20 * Math.sin(at / 700) : 2 + Math.sin(at / 900));
    case "hma_log_files":
      return () => (labels["format"] === "iis" ? 4 : 12);
    default:
      return () => 0;
  }
}

const EWS_POOL = "MSExchangeServicesAppPool";

/** Refused tokens that nobody issued for the organisation: a scanner, during the whole week. */
function strangersBy(labels: Labels): Value {
  return labels["app_pool"] === EWS_POOL ? (at) => Math.floor(at / 600) : () => 0;
}

/** True if the EWS worker refuses tokens because of old keys at this time. */
function isRefusing(story: Story, server: string, at: number): boolean {
  return story.incidents.some(
    (one) => one.server === server && one.pool === EWS_POOL && one.start - 120 <= at && at < one.end,
  );
}

function isTokenProtocol(protocol: string | undefined): boolean {
  return TOKEN_PROTOCOLS.some((one) => one === protocol);
}

function probeVerdict(protocol: string | undefined, refuses: boolean): string {
  if (!isTokenProtocol(protocol)) return "offered";
  return refuses && protocol === "ews" ? "refused_keys" : "accepted";
}

const VOLUME: Readonly<Record<string, number>> = {
  iis: 1.6,
  http_proxy: 1,
  ews: 0.4,
  mapi_http: 0.5,
  oauth_outbound: 0.02,
  http_err: 0.01,
  events: 0.005,
};

function lines(labels: Labels, story: Story): Value {
  const share =
    {
      counted: 0.14,
      noise: 0.86,
      header: 0.0004,
      blank: 0,
      unreadable: labels["format"] === "ews" ? 0.00001 : 0,
      too_long: 0,
      partial: 0,
      before_lookback: 0,
    }[labels["fate"] ?? ""] ?? 0;
  return (at) => Math.floor(story.load(at) * (VOLUME[labels["format"] ?? ""] ?? 0) * share * 6);
}

const PROTOCOL_SHARE: Readonly<Record<string, number>> = { ews: 0.38, mapi: 0.48, eas: 0.12, oab: 0.02 };
const PROTOCOL_POOL: Readonly<Record<string, string>> = {
  ews: "MSExchangeServicesAppPool",
  mapi: "MSExchangeMapiFrontEndAppPool",
  eas: "MSExchangeSyncAppPool",
  oab: "MSExchangeOABAppPool",
};

function requests(labels: Labels, story: Story, server: string): Value {
  const share = PROTOCOL_SHARE[labels["protocol"] ?? ""] ?? 0;
  const key = `${labels["scheme"]} ${labels["result"]}`;
  if (key === "bearer rejected") {
    const loops = story.loops.filter(
      (loop) => loop.server === server && loop.pool === PROTOCOL_POOL[labels["protocol"] ?? ""],
    );
    return (at) => sum(loops, (loop) => rejectionsBy(loop, at));
  }
  const part =
    {
      "bearer success": 0.9,
      "bearer challenge": 0.04,
      "bearer error": 0.004,
      "ntlm success": 0.05,
      "ntlm handshake": 0.1,
      "negotiate success": 0.08,
      "unknown suspected": 0.0002,
      "anonymous success": 0.01,
    }[key] ?? 0;
  return (at) => Math.floor(story.load(at) * share * part);
}

function rejectionsBy(loop: Loop, at: number): number {
  return at <= loop.start ? 0 : Math.floor((Math.min(at, loop.end) - loop.start) / loop.every) + 1;
}

function daemonSeries(metric: Metric, story: Story): readonly Series[] {
  const one = (labels: Labels, value: Value): Series => ({ labels, value });
  const dayAgo = (at: number, seconds: number) => at - (at % seconds);
  switch (metric.name) {
    case "hma_signing_keys":
      return (["published", "trusted", "missing"] as const).map((state) =>
        one({ issuer: "entra_id", state }, (at) =>
          state === "published" ? (story.isExposed(at) ? 6 : 5) : state === "trusted" ? 5 : story.isExposed(at) ? 1 : 0,
        ),
      );
    case "hma_exposed":
      return [one({}, (at) => (story.isExposed(at) ? 1 : 0))];
    case "hma_key_changes_total":
      return initialSeries(metric).map((labels) =>
        one(
          labels,
          (at) => story.keyChanges.filter((change) => change.kind === labels["kind"] && change.at <= at).length,
        ),
      );
    case "hma_key_change_timestamp_seconds":
      return possibleSeries(metric).map((labels) =>
        one(
          labels,
          (at) => story.keyChanges.findLast((change) => change.kind === labels["kind"] && change.at <= at)?.at ?? null,
        ),
      );
    case "hma_auth_certificate_not_after_timestamp_seconds":
      return [
        one({ slot: "current" }, () => WEEK.to + 41 * 86_400),
        one({ slot: "previous" }, () => WEEK.from - 86_400 * 3),
      ];
    case "hma_auth_admin_last_run_timestamp_seconds":
      return [one({}, (at) => dayAgo(at, 43_200) - 300)];
    case "hma_config_compliant":
      return compliance(story);
    case "hma_config_check_success":
      return Object.entries(Object.groupBy(VERDICTS, ({ check }) => check)).map(([check, results]) =>
        one({ check }, () => (results?.some(({ verdict }) => verdict !== "unknown") === true ? 1 : 0)),
      );
    case "hma_collector_success":
      return COLLECTORS.map((collector) =>
        one({ collector }, (at) =>
          collector === "snapshot" && at > WEEK.to - 90_000 && at < WEEK.to - 80_000 ? 0 : 1,
        ),
      );
    case "hma_collector_stale":
      return COLLECTORS.map((collector) =>
        one({ collector }, (at) =>
          collector === "snapshot" && at > WEEK.to - 90_000 && at < WEEK.to - 80_000 ? 1 : 0,
        ),
      );
    case "hma_collector_duration_seconds":
      return COLLECTORS.map((collector, index) => one({ collector }, (at) => 1.5 + 4 * index + Math.sin(at / 4000)));
    case "hma_collector_last_success_timestamp_seconds":
      return COLLECTORS.map((collector) => one({ collector }, (at) => dayAgo(at, 900) - 20));
    case "hma_metadata_fetch_success":
      return possibleSeries(metric).map((labels) => one(labels, () => 1));
    case "hma_metadata_fetch_duration_seconds":
      return possibleSeries(metric).map((labels) => one(labels, (at) => 0.4 + 0.1 * Math.sin(at / 3000)));
    case "hma_metadata_fetch_last_success_timestamp_seconds":
      return possibleSeries(metric).map((labels) => one(labels, (at) => dayAgo(at, 3600) - 30));
    case "hma_clock_offset_seconds":
      return [one({}, (at) => 0.2 * Math.sin(at / 9000))];
    case "hma_exporter_build_info":
      return [one({ version: "0.1.0", revision: "0000000", node_version: "24.21.0" }, () => 1)];
    case "hma_exporter_caught_up":
    case "hma_exporter_config_last_reload_successful":
    case "hma_exporter_checkpoint_success":
      return [one({}, () => 1)];
    case "hma_probe_credential_not_after_timestamp_seconds":
      return [one({}, () => WEEK.to + 200 * 86_400)];
    case "hma_exporter_servers":
      return [one({}, () => story.servers.length)];
    case "hma_exporter_config_last_reload_success_timestamp_seconds":
      return [one({}, () => story.boot)];
    case "hma_exporter_checkpoint_last_success_timestamp_seconds":
      return [one({}, (at) => dayAgo(at, 10))];
    case "hma_exporter_clients_tracked":
      return [one({}, (at) => 900 + Math.floor(400 * Math.sin(at / 14_000)))];
    case "hma_exporter_http_requests_total":
      return initialSeries(metric).map((labels) =>
        one(labels, (at) =>
          labels["endpoint"] === "metrics" && labels["outcome"] === "success" ? Math.floor((at - story.boot) / 15) : 0,
        ),
      );
    default:
      return initialSeries(metric).map((labels) => one(labels, () => 0));
  }
}

/** The server of the good snapshot whose objects are used for all servers. */
const SAMPLE_SERVER = "EX01";

const VERDICTS = evaluateChecks(parseSnapshot(goodSnapshot()).snapshot, CONTEXT);

/** Verdicts of the real checks, with their severities and objects, for a good snapshot; the story sets the failures. */
function compliance(story: Story): readonly Series[] {
  return VERDICTS.filter(({ verdict }) => verdict !== "unknown").flatMap(({ check, severity, object }) =>
    objectsOf(object, story.servers).map((each) => ({
      labels: { check, severity, object: each },
      value: (at: number) => (isFailing(check, each, { story, at }) ? 0 : 1),
    })),
  );
}

/** `EX01\\EWS (Default Web Site)` is used for the same object of each server; objects of other servers are not used. */
function objectsOf(object: string, servers: readonly string[]): readonly string[] {
  const [owner, ...rest] = object.split("\\");
  if (owner === SAMPLE_SERVER) return servers.map((server) => [server, ...rest].join("\\"));
  return /^EX\d+$/.test(owner ?? "") ? [] : [object];
}

function isFailing(check: string, object: string, { story, at }: { story: Story; at: number }): boolean {
  if (check === "auth_admin_read_session") return true;
  if (check === "oauth_on_virtual_directories")
    return object === "EX03\\EWS (Default Web Site)" && at > WEEK.to - 3 * 86_400;
  if (check === "key_drift") return object.startsWith("EvoSts") && story.isExposed(at);
  return check === "outbound_path" && object === "EX03" && at > WEEK.to - 2 * 86_400 && at < WEEK.to - 86_400;
}

const TIMES = timesOf(WEEK);
/** Sample times of a series that never changes, as coarse as queries allow. */
const COARSE_TIMES: ReadonlySet<number> = new Set(
  TIMES.filter((at) => at % (COARSE - FINE * 2) === 0 || at < WEEK.to - FINE_SECONDS || at === WEEK.to),
);

function timesOf({ from, to }: Week): readonly number[] {
  const times: number[] = [];
  for (let at = from - HISTORY_SECONDS; at < from; at += HISTORY_STEP) times.push(at);
  for (let at = from; at < to - FINE_SECONDS; at += COARSE) times.push(at);
  for (let at = to - FINE_SECONDS; at <= to; at += FINE) times.push(at);
  return times;
}

async function writeSeries(
  out: NodeJS.WritableStream,
  story: Story,
  { metric, series }: { readonly metric: Metric; readonly series: Series },
): Promise<void> {
  if (metric.type !== "histogram") return writeText(out, metric.name, series);
  const { labels } = series;
  const instance = labels["instance"];
  const lengths =
    metric.name === "hma_incident_duration_seconds"
      ? story.incidents
          .filter((one) => one.server === instance && one.cause === labels["cause"])
          .map((one) => ({ at: one.end + 300, length: one.end - one.start }))
      : story.loops
          .filter((loop) => loop.server === instance && loop.pool === labels["app_pool"])
          .map((loop) => ({ at: loop.end, length: loop.end - loop.start }));
  const ended = (at: number) => lengths.filter((one) => one.at <= at);
  for (const bound of metric.buckets ?? [])
    await writeText(out, `${metric.name}_bucket`, {
      labels: { ...labels, le: String(bound) },
      value: (at) => ended(at).filter((one) => one.length <= bound).length,
    });
  const value = (at: number) => ended(at).length;
  await writeText(out, `${metric.name}_bucket`, { labels: { ...labels, le: "+Inf" }, value });
  await writeText(out, `${metric.name}_count`, { labels, value });
  await writeText(out, `${metric.name}_sum`, { labels, value: (at) => sum(ended(at), (one) => one.length) });
}

/** Samples of one series. A series that never changes and has no rate is written as coarsely as queries allow. */
async function writeText(out: NodeJS.WritableStream, name: string, { labels, value }: Series): Promise<void> {
  const text = `${name}{${Object.entries({ job: JOB, ...labels })
    .map(([label, of]) => `${label}="${of.replaceAll("\\", "\\\\")}"`)
    .join(",")}} `;
  const values = TIMES.map(value);
  const hasRate = /_(total|bucket|sum|count)$/.test(name);
  const isConstant = !name.endsWith("_total") && values.every((one) => one === values[0]);
  let chunk = "";
  for (const [index, at] of TIMES.entries()) {
    const one = values[index];
    if (one === null || one === undefined || (at < WEEK.from && !hasRate) || (isConstant && !COARSE_TIMES.has(at)))
      continue;
    chunk += `${text}${one} ${at}\n`;
  }
  await write(out, chunk);
}

async function write(out: NodeJS.WritableStream, text: string): Promise<void> {
  if (!out.write(text)) await once(out, "drain");
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
