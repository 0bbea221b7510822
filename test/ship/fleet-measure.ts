/**
 * Measures a fleet: a simulated farm of 200 servers that goes on in real time, one exporter in central mode, and a real Prometheus that
 * finds the servers by `/sd`, scrapes every 15 s and evaluates every rule of `alerts/`. Prints the numbers of docs/fleet.md.
 *
 *     npx node test/ship/fleet-measure.ts [SERVERS [MINUTES]]
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROGRAM } from "../program.ts";

const servers = Number(process.argv[2] ?? 200);
const minutes = Number(process.argv[3] ?? 8);
const folder = mkdtempSync(join(tmpdir(), "hma-fleet-"));
const farm = join(folder, "farm");
const exporter = `127.0.0.1:${await freePort()}`;
const prometheus = `127.0.0.1:${await freePort()}`;
const children: ChildProcess[] = [];
/** As recommended in docs/fleet.md for many servers. */
const config = join(folder, "config.yml");
writeFileSync(config, `follow: { poll: 5s }\nweb: { maxRequests: ${servers} }\n`);

try {
  mkdirSync(farm);
  const writer = start([
    PROGRAM,
    "simulate",
    farm,
    "--live",
    "--servers",
    String(servers),
    "--clients",
    "40",
    "--rate",
    "0.2",
    "--noise",
    "0.3",
    "--start",
    new Date(Date.now() - 1_800_000).toISOString(),
    "--duration",
    "24h",
    "--scenario",
    "stale-keys-crash",
  ]);
  await until(() => readFileSync(join(farm, "truth.json")).length > 0, "the history of the farm");
  const daemon = start([
    PROGRAM,
    "serve",
    "--farm",
    farm,
    "--state",
    join(folder, "state"),
    "--web.listen-address",
    exporter,
    "--log.level",
    "warn",
    "--config.file",
    config,
  ]);
  await until(async () => (await fetch(`http://${exporter}/-/ready`)).ok, "the exporter to be ready");
  const caughtUpSeconds = process.uptime();
  writeFileSync(join(folder, "prometheus.yml"), configuration());
  const prom = start(
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${prometheus}`,
      "--log.level=error",
    ],
    "prometheus",
  );
  await until(async () => (await fetch(`http://${prometheus}/-/ready`)).ok, "Prometheus to be ready");
  const before = { atMs: Date.now(), daemon: cpuSeconds(daemon), prom: cpuSeconds(prom) };
  await sleep(minutes * 60_000);
  const elapsed = (Date.now() - before.atMs) / 1000;
  const window = `${Math.max(1, minutes - 2)}m`;
  const page = await (await fetch(`http://${exporter}/metrics/servers/EX01`)).arrayBuffer();
  const pageGzip = await bytesSent(`http://${exporter}/metrics/servers/EX01`);
  const rows: readonly (readonly [string, string | number])[] = [
    ["servers", servers],
    ["cores", cpus().length],
    ["seconds from the first byte written to all history read", caughtUpSeconds.toFixed(0)],
    ["targets up", await query('sum(up{job="hma"})')],
    ["series of one server, at most", await query('max(scrape_samples_scraped{job="hma",instance!="exporter"})')],
    ["series of one server, at least", await query('min(scrape_samples_scraped{job="hma",instance!="exporter"})')],
    ["series of the exporter's page", await query('scrape_samples_scraped{instance="exporter"}')],
    ["series in Prometheus, rules included", await query("prometheus_tsdb_head_series")],
    ["samples a second", await query(`rate(prometheus_tsdb_head_samples_appended_total[${window}])`)],
    ["bytes of one server's page, plain", page.byteLength],
    ["bytes of one server's page, gzipped", pageGzip],
    [
      "scrape seconds, median of all servers",
      await query('quantile(0.5, scrape_duration_seconds{job="hma",instance!="exporter"})'),
    ],
    [
      "scrape seconds, slowest of all servers",
      await query(`max(max_over_time(scrape_duration_seconds{job="hma",instance!="exporter"}[${window}]))`),
    ],
    [
      "seconds of a round of all alert rules",
      await query('sum(prometheus_rule_group_last_duration_seconds{rule_group=~".*hma.*"})'),
    ],
    ["lines read a second", await query(`sum(rate(hma_log_lines_total[${window}]))`)],
    [
      "exporter: CPU milliseconds a scrape, all else included",
      (((cpuSeconds(daemon) - before.daemon) / elapsed / (servers / 15)) * 1000).toFixed(1),
    ],
    ["exporter: share of a core", ((cpuSeconds(daemon) - before.daemon) / elapsed).toFixed(3)],
    ["exporter: resident MiB", residentMiB(daemon)],
    ["Prometheus: share of a core", ((cpuSeconds(prom) - before.prom) / elapsed).toFixed(3)],
    ["Prometheus: resident MiB", residentMiB(prom)],
    ["open files of the exporter", await query('process_open_fds{instance="exporter"}')],
    ["refused scrapes", await query('sum(hma_exporter_http_requests_total{outcome="refused"}) or vector(0)')],
    ["bytes not accounted for", await query("hma_log_unaccounted_bytes")],
  ];
  for (const [name, value] of rows) console.log(`| ${name} | ${value} |`);
  writer.kill("SIGTERM");
} finally {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    }),
  );
  rmSync(folder, { recursive: true, force: true });
}

function configuration(): string {
  return JSON.stringify({
    global: { scrape_interval: "15s", evaluation_interval: "30s" },
    rule_files: [resolve("alerts/*.rules.yml")],
    scrape_configs: [
      {
        job_name: "hma",
        http_sd_configs: [{ url: `http://${exporter}/sd`, refresh_interval: "30s" }],
        static_configs: [{ targets: [exporter], labels: { instance: "exporter" } }],
      },
      { job_name: "prometheus", static_configs: [{ targets: [prometheus] }] },
    ],
  });
}

function start(args: readonly string[], program = process.execPath): ChildProcess {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  return child;
}

async function query(expression: string): Promise<string> {
  const answer = (await (
    await fetch(`http://${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`)
  ).json()) as { data?: { result?: { value: [number, string] }[] } };
  return answer.data?.result?.[0]?.value[1] ?? "none";
}

async function bytesSent(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { "accept-encoding": "gzip" } });
  await answer.arrayBuffer();
  return Number(answer.headers.get("content-length"));
}

async function until(ask: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (
      await Promise.resolve()
        .then(ask)
        .catch(() => false)
    )
      return;
    await sleep(500);
  }
  throw new Error(`Not in time: ${what}`);
}

/** User and system time of a process, from Linux in hundredths of a second. */
function cpuSeconds({ pid }: ChildProcess): number {
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMiB({ pid }: ChildProcess): number {
  // Sample: VmRSS:    123456 kB
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1]) / 1024);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
