/**
 * Measures the whole job beside ripgrep and mtail on the same files in one run. `npm run bench -- --help` lists the flags. Needs Linux
 * with `taskset`, GNU `time`, `rg` and `mtail` on the path.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareWithBase } from "./against-base.ts";
import { httpProxyFarm, iisFarm, MAIN, wholeFarm, type BenchFarm } from "./farms.ts";
import { measureLive } from "./live.ts";
import { measure, type Measure } from "./measure.ts";
import { measureProbe } from "./probe.ts";

const HELP = `npm run bench -- [flags]
  --iis MB          size of the IIS farm (300)
  --http-proxy MB   size of the HttpProxy farm (300)
  --whole MB        size of the farm with all logs of two servers (0: none)
  --linear MB,MB    further IIS farms of these sizes, for time and memory against size (none)
  --threads MB      size of a farm of four servers that is read by 1, 2 and 4 threads on all cores (0: none)
  --mtail MB        how much of the IIS front-end log mtail reads (40)
  --runs N          runs of each, of which the one with the least processor time counts (3)
  --probe           nothing but this: what probing 200 servers for six protocols a minute costs (five minutes)
  --base COMMIT     nothing but this: processor time against a build of that commit: start, IIS logs, all logs, a storm, the daemon
  --storm MINUTES   with --base: length of the storm (120)
  --servers N       with --base: servers that the daemon watches (200)
  --daemon          with --base: the daemon alone (ten minutes)
  --live            also a row's way to /metrics, the idle daemon, a million clients
  --folder PATH     where the farms are kept (below the folder for temporary files)`;

const { values } = parseArgs({
  options: {
    iis: { type: "string", default: "300" },
    "http-proxy": { type: "string", default: "300" },
    whole: { type: "string", default: "0" },
    linear: { type: "string", default: "" },
    threads: { type: "string", default: "0" },
    mtail: { type: "string", default: "40" },
    runs: { type: "string", default: "3" },
    live: { type: "boolean", default: false },
    base: { type: "string" },
    storm: { type: "string", default: "120" },
    servers: { type: "string", default: "200" },
    daemon: { type: "boolean", default: false },
    probe: { type: "boolean", default: false },
    folder: { type: "string", default: join(tmpdir(), "hma-bench-farms") },
    help: { type: "boolean", default: false },
  },
});

interface Line {
  readonly what: string;
  readonly bytes: number;
  readonly measure: Measure;
  readonly beside: string;
}

const lines: Line[] = [];
const runs = Number(values.runs);
const report = join(values.folder, "report.json");

function analyze(farm: string): Measure {
  return measure([process.execPath, MAIN, "analyze", farm, "--format", "json", "--output", report], runs);
}

/** On all cores. On a busy machine, only the processor time is meaningful, not the wall-clock time. */
function analyzeInThreads(farm: BenchFarm, threads: number): void {
  const one = measure(
    [
      process.execPath,
      MAIN,
      "analyze",
      farm.folder,
      "--threads",
      String(threads),
      "--format",
      "html",
      "--output",
      report,
      "--openmetrics",
      `${report}.om`,
    ],
    runs,
    false,
  );
  add(`${farm.name}: report and history, threads: ${threads}`, {
    bytes: farm.bytes,
    measure: one,
    beside: `${(farm.bytes / 1e6 / one.wallSeconds).toFixed(0)} MB/s`,
  });
}

interface Measured {
  /** Size of what was read. */
  readonly bytes: number;
  readonly measure: Measure;
  /** Remark at the end of the line. */
  readonly beside?: string;
}

function add(what: string, { bytes, measure, beside = "" }: Measured): void {
  lines.push({ what, bytes, measure, beside });
  const { cpuSeconds, wallSeconds, rssBytes } = measure;
  console.log(
    `${what.padEnd(44)} ${(bytes / 1e6).toFixed(0).padStart(6)} MB  ${cpuSeconds.toFixed(2).padStart(7)} s ` +
      `cpu  ${wallSeconds.toFixed(2).padStart(7)} s wall  ${(bytes / 1e6 / cpuSeconds).toFixed(0).padStart(6)} ` +
      `MB/s of cpu  ${(rssBytes / 1e6).toFixed(0).padStart(4)} MB rss  ${beside}`,
  );
}

function compare(farm: BenchFarm, startSeconds: number): void {
  const ripgrep = measure(["rg", "-j1", "--no-mmap", "-c", " 401 ", ...farm.files], runs);
  const whole = analyze(farm.folder);
  const readSeconds = Math.max(whole.cpuSeconds - startSeconds, 0.01);
  add(`${farm.name}: rg -j1 -c ' 401 '`, { bytes: farm.bytes, measure: ripgrep });
  add(`${farm.name}: analyze`, {
    bytes: farm.bytes,
    measure: whole,
    beside:
      `${(ripgrep.cpuSeconds / whole.cpuSeconds).toFixed(2)} of rg's speed; less start-up ` +
      `${(farm.bytes / 1e6 / readSeconds).toFixed(0)} MB/s, ${(ripgrep.cpuSeconds / readSeconds).toFixed(2)} of ` +
      "rg's",
  });
}

function compareMtail(farm: BenchFarm, startSeconds: number): void {
  const front = farm.files.find((path) => path.includes("W3SVC1"));
  if (front === undefined || Number(values.mtail) === 0) return;
  const sample = join(values.folder, "mtail/EX01/LogFiles/W3SVC1/u_ex261122.log");
  copyHead(front, sample, Number(values.mtail) * 1e6);
  const bytes = Number(values.mtail) * 1e6;
  const mtail = measure(
    [
      "mtail",
      "-one_shot",
      "-progs",
      join(import.meta.dirname, "requests.mtail"),
      "-logs",
      sample,
      "-logtostderr=false",
      "-address",
      "127.0.0.1",
      "-port",
      "0",
    ],
    1,
  );
  const whole = analyze(join(values.folder, "mtail"));
  const readSeconds = Math.max(whole.cpuSeconds - startSeconds, 0.01);
  add("front-end IIS log: mtail -one_shot", { bytes, measure: mtail });
  add("front-end IIS log: analyze", {
    bytes,
    measure: whole,
    beside:
      `${(mtail.cpuSeconds / whole.cpuSeconds).toFixed(1)} times mtail's speed; less start-up ` +
      `${(mtail.cpuSeconds / readSeconds).toFixed(1)} times`,
  });
}

function copyHead(from: string, to: string, bytes: number): void {
  mkdirSync(join(to, ".."), { recursive: true });
  const head = Buffer.alloc(bytes);
  const descriptor = openSync(from, "r");
  const length = readSync(descriptor, head, 0, bytes, 0);
  closeSync(descriptor);
  writeFileSync(to, head.subarray(0, head.lastIndexOf(10, length - 1) + 1));
}

if (values.help) {
  console.log(HELP);
} else if (values.base !== undefined) {
  await compareWithBase({
    commit: values.base,
    folder: values.folder,
    runs,
    iisMegabytes: Number(values.iis),
    wholeMegabytes: Number(values.whole),
    stormMinutes: Number(values.storm),
    servers: Number(values.servers),
    isDaemonAlone: values.daemon,
  });
} else if (values.probe) {
  await measureProbe(values.folder);
} else {
  mkdirSync(join(values.folder, "empty/EX01/LogFiles/W3SVC1"), { recursive: true });
  console.log(
    `${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, ${(totalmem() / 1e9).toFixed(0)} GB; node ` +
      `${process.version}; ${spawnSync("rg", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0] ?? ""}`,
  );
  const start = analyze(join(values.folder, "empty"));
  add("start-up: analyze of an empty farm", { bytes: 0, measure: start });
  const iis = iisFarm(values.folder, Number(values.iis) * 1e6);
  compare(iis, start.cpuSeconds);
  compareMtail(iis, start.cpuSeconds);
  if (Number(values["http-proxy"]) > 0)
    compare(httpProxyFarm(values.folder, Number(values["http-proxy"]) * 1e6), start.cpuSeconds);
  if (Number(values.whole) > 0) compare(wholeFarm(values.folder, Number(values.whole) * 1e6, 2), start.cpuSeconds);
  for (const size of values.linear.split(",").filter((text) => text !== "")) {
    const farm = iisFarm(values.folder, Number(size) * 1e6);
    add(`${farm.name}: analyze`, { bytes: farm.bytes, measure: analyze(farm.folder) });
  }
  if (Number(values.threads) > 0) {
    const farm = wholeFarm(values.folder, Number(values.threads) * 1e6, 4);
    for (const threads of [1, 2, 4]) analyzeInThreads(farm, threads);
  }
  if (values.live) await measureLive(values.folder);
  writeFileSync(join(values.folder, "results.json"), `${JSON.stringify(lines, null, 2)}\n`);
}
