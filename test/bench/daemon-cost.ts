import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { measureCheckpoints, type CheckpointCost } from "./checkpoint-cost.ts";
import { cpuTicks, freePort, residentBytes, TICKS_PER_SECOND, until } from "./process-cost.ts";

/** Cost of a daemon that watches a farm without new rows, except for those of `measureCheckpoints()`. */
export interface DaemonCost extends CheckpointCost {
  /** Processor time until all logs are read, seconds. */
  readonly readSeconds: number;
  /** Share of a core used when nothing has been written for more than a minute. */
  readonly idleShare: number;
  readonly residentBytes: number;
  /** Processor time of a scrape of one server in addition to the idle time, and the 99th percentile of answer times, ms. */
  readonly scrapeMs: number;
  readonly p99Ms: number;
}

/** A measured daemon. `output`: the end of its log. */
export interface MeasuredDaemon {
  readonly pid: number;
  readonly url: string;
  readonly farm: string;
  readonly state: string;
  readonly output: () => string;
}

/** A file counts as idle after a minute without growth. */
const REST_MS = 70_000;
const IDLE_SECONDS = 30;
const SCRAPES = 400;
/** Signals that switch the measurement of the event loop on and off. */
const LOOP_DELAY = join(import.meta.dirname, "loop-delay.mjs");

export async function measureDaemon(of: { main: string; farm: string; folder: string }): Promise<DaemonCost> {
  const state = join(of.folder, "daemon-state");
  rmSync(state, { recursive: true, force: true });
  const address = `127.0.0.1:${await freePort()}`;
  const daemon = spawn(
    "taskset",
    ["-c", "1", process.execPath, "--import", LOOP_DELAY, of.main, "serve", "--farm", of.farm, "--state", state].concat(
      ["--web.listen-address", address],
    ),
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const output = outputOf(daemon);
  const pid = daemon.pid ?? 0;
  const seconds = (): number => cpuTicks(pid) / TICKS_PER_SECOND;
  try {
    await until(() => Promise.resolve(hasCaughtUp(daemon, output())), 600_000);
    const readSeconds = seconds();
    await wait(REST_MS);
    const before = seconds();
    await wait(IDLE_SECONDS * 1_000);
    const idleShare = (seconds() - before) / IDLE_SECONDS;
    const measured = { pid, url: `http://${address}`, farm: of.farm, state, output };
    const scraped = await measureScrapes(measured, idleShare);
    const written = await measureCheckpoints(measured);
    return { readSeconds, idleShare, residentBytes: residentBytes(pid), ...scraped, ...written };
  } finally {
    daemon.kill("SIGTERM");
    if (daemon.exitCode === null) await new Promise((resolve) => daemon.once("exit", resolve));
  }
}

/** Returns a function that returns the last 10,000 characters of the program's output. */
function outputOf(daemon: ChildProcess): () => string {
  let output = "";
  for (const stream of [daemon.stdout, daemon.stderr])
    stream?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
  return () => output;
}

/** Throws when the daemon has ended. */
function hasCaughtUp(daemon: ChildProcess, output: string): boolean {
  if (daemon.exitCode !== null) throw new Error(`Cannot measure the daemon, it has ended: ${output.slice(-1_000)}`);
  return output.includes("Caught up with the logs");
}

async function measureScrapes(
  { pid, url }: MeasuredDaemon,
  idleShare: number,
): Promise<Pick<DaemonCost, "scrapeMs" | "p99Ms">> {
  const took: number[] = [];
  const agent = new Agent({ keepAlive: true });
  const [before, startMs] = [cpuTicks(pid), performance.now()];
  for (let turn = 0; turn < SCRAPES; turn++) {
    const askedMs = performance.now();
    await scrape(`${url}/metrics/servers/EX01`, agent);
    took.push(performance.now() - askedMs);
    await wait(53);
  }
  agent.destroy();
  const idleSeconds = (idleShare * (performance.now() - startMs)) / 1_000;
  const seconds = (cpuTicks(pid) - before) / TICKS_PER_SECOND - idleSeconds;
  return {
    scrapeMs: (seconds / SCRAPES) * 1_000,
    p99Ms: took.toSorted((a, b) => a - b)[Math.ceil(SCRAPES * 0.99) - 1] ?? NaN,
  };
}

/**
 * Scrapes like Prometheus, over a connection that is kept, and leaves the page compressed. `fetch()` would be measured with it: beside a
 * daemon that had answered in 3 ms it took 20 to 50 ms for one page in fifty.
 */
function scrape(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { "accept-encoding": "gzip" } }, (answer) => {
      answer.resume();
      answer.once("error", reject);
      answer.once("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`Cannot scrape ${url}: status ${answer.statusCode}`));
      });
    }).once("error", reject);
  });
}
