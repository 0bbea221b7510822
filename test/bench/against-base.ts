import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { measureDaemon, type DaemonCost } from "./daemon-cost.ts";
import { frontEndFarm, iisFarm, MAIN, recentFarm, wholeFarm } from "./farms.ts";
import { measureOnce, type Measure } from "./measure.ts";
import { stormFarm } from "./storm-farm.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface BaseOptions {
  /** Commit for the comparison. */
  readonly commit: string;
  readonly folder: string;
  readonly runs: number;
  /** Sizes in MB: IIS logs of one server (of the front end, and of both sites), all logs of two servers. 0 skips the measurement. */
  readonly iisMegabytes: number;
  readonly wholeMegabytes: number;
  readonly stormMinutes: number;
  /** Measure only the daemon. */
  readonly isDaemonAlone: boolean;
  /** Number of servers that the daemon watches; 0 skips its measurements. */
  readonly servers: number;
}

/**
 * Compares the processor time of this build with that of a commit on the same inputs. Both run alternately, pinned to one core; the result
 * is the median of the ratios, with minimum and maximum.
 */
export async function compareWithBase(options: BaseOptions): Promise<void> {
  const base = buildOf(options.commit, options.folder);
  if (options.isDaemonAlone) return compareDaemon(base, options);
  const empty = join(options.folder, "empty");
  mkdirSync(join(empty, "EX01/LogFiles/W3SVC1"), { recursive: true });
  compareAnalyze("start (empty farm)", empty, { ...options, base });
  const { iisMegabytes, wholeMegabytes, stormMinutes, servers } = options;
  if (iisMegabytes > 0) {
    const bytes = iisMegabytes * 1e6;
    for (const [what, farm] of [
      ["front-end IIS log", frontEndFarm(options.folder, bytes)],
      ["IIS logs of both sites", iisFarm(options.folder, bytes)],
    ] as const)
      compareAnalyze(`${what}, ${Math.round(farm.bytes / 1e6)} MB`, farm.folder, { ...options, base });
  }
  if (wholeMegabytes > 0)
    compareAnalyze(
      `all logs of a farm, ${wholeMegabytes} MB`,
      wholeFarm(options.folder, wholeMegabytes * 1e6, 2).folder,
      { ...options, base },
    );
  if (stormMinutes > 0)
    for (const minutes of [stormMinutes / 4, stormMinutes])
      compareAnalyze(`storm of ${minutes} minutes`, stormFarm(options.folder, minutes), { ...options, base });
  if (servers > 0) await compareDaemon(base, options);
}

/** The program of the commit, built once in `folder`. */
function buildOf(commit: string, folder: string): string {
  const id = execFileSync("git", ["-C", ROOT, "rev-parse", "--short", commit], { encoding: "utf8" }).trim();
  const checkout = join(folder, `base-${id}`);
  const main = join(checkout, "dist/main.js");
  if (existsSync(main)) return main;
  console.log(`Building ${id} …`);
  if (!existsSync(checkout)) {
    mkdirSync(checkout, { recursive: true });
    execFileSync("sh", ["-c", 'git -C "$0" archive "$1" | tar -x -C "$2"', ROOT, id, checkout]);
    cpSync(join(ROOT, "node_modules"), join(checkout, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
  execFileSync("npm", ["run", "-s", "build"], { cwd: checkout, stdio: "inherit" });
  return main;
}

function compareAnalyze(
  what: string,
  farm: string,
  { runs, folder, base }: BaseOptions & { readonly base: string },
): void {
  const report = join(folder, "report.json");
  const run = (main: string): Measure =>
    measureOnce(
      ["taskset", "-c", "1", process.execPath, main, "analyze", farm, "--threads", "1"].concat([
        "--format",
        "json",
        "--output",
        report,
      ]),
    );
  const pairs = Array.from({ length: runs }, () => ({ before: run(base), now: run(MAIN) }));
  const ratios = pairs.map(({ before, now }) => now.cpuSeconds / before.cpuSeconds);
  const rss = Math.max(...pairs.map(({ now }) => now.rssBytes));
  const seconds = pairs.map(({ now }) => now.cpuSeconds);
  printRow(what, `${median(seconds).toFixed(2)} s, ${(rss / 1e6).toFixed(0)} MB resident`, ratios);
}

async function compareDaemon(base: string, { folder, servers }: BaseOptions): Promise<void> {
  const farm = recentFarm(folder, servers);
  const before = await measureDaemon({ main: base, farm, folder });
  const now = await measureDaemon({ main: MAIN, farm, folder });
  const row = (what: string, key: keyof DaemonCost, textOf: (cost: DaemonCost) => string): void => {
    printRow(what, `${textOf(now)}, was ${textOf(before)}`, [now[key] / before[key]]);
  };
  row(`daemon, first reading of ${servers} servers`, "readSeconds", (cost) => `${cost.readSeconds.toFixed(1)} s`);
  row(`daemon, ${servers} servers, idle`, "idleShare", (cost) => `${(cost.idleShare * 100).toFixed(1)} % of a core`);
  row("resident memory", "residentBytes", (cost) => `${(cost.residentBytes / 1e6).toFixed(0)} MB`);
  row("scrape of one server", "scrapeMs", (cost) => `${cost.scrapeMs.toFixed(1)} ms`);
  row("scrape of one server, p99", "p99Ms", (cost) => `${cost.p99Ms.toFixed(0)} ms`);
  row("checkpoint, bytes written each", "checkpointBytes", megabytesOf);
  row("checkpoint, event loop busy, cpu", "stallCpuMs", (cost) => `${cost.stallCpuMs.toFixed(0)} ms`);
  row("checkpoint, event loop busy, clock", "stallMs", (cost) => `${cost.stallMs.toFixed(0)} ms`);
}

function megabytesOf({ checkpointBytes, stateBytes, checkpoints }: DaemonCost): string {
  return `${(checkpointBytes / 1e6).toFixed(2)} of ${(stateBytes / 1e6).toFixed(1)} MB, ${checkpoints} in a minute`;
}

function printRow(what: string, figure: string, ratios: readonly number[]): void {
  const spread = ratios.length > 1 ? ` (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})` : "";
  console.log(`${what.padEnd(40)} ${figure.padEnd(36)} ${median(ratios).toFixed(2)} × of the base${spread}`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
