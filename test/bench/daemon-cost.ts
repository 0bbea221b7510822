import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { cpuTicks, freePort, TICKS_PER_SECOND, until } from "./process-cost.ts";

/** What a daemon costs that watches a farm to which nothing is written. */
export interface DaemonCost {
  /** Processor time until all logs are read. */
  readonly readSeconds: number;
  /** Share of a core while nothing happens. */
  readonly idleShare: number;
  /** Processor time of a scrape of one server beyond what idling takes, and the slowest answer but one in a hundred; ms. */
  readonly scrapeMs: number;
  readonly p99Ms: number;
}

const IDLE_SECONDS = 30;
const SCRAPES = 100;

export async function measureDaemon(of: { main: string; farm: string; folder: string }): Promise<DaemonCost> {
  const state = join(of.folder, "daemon-state");
  rmSync(state, { recursive: true, force: true });
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const daemon = spawn(
    "taskset",
    ["-c", "1", process.execPath, of.main, "serve", "--farm", of.farm, "--state", state].concat([
      "--web.listen-address",
      address,
    ]),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  daemon.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)));
  const pid = daemon.pid ?? 0;
  const seconds = (): number => cpuTicks(pid) / TICKS_PER_SECOND;
  try {
    await until(() => Promise.resolve(log.includes("Caught up with the logs")), 600_000);
    const readSeconds = seconds();
    await wait(8_000);
    const before = seconds();
    await wait(IDLE_SECONDS * 1_000);
    const idleShare = (seconds() - before) / IDLE_SECONDS;
    return { readSeconds, idleShare, ...(await scrapes(`http://${address}`, { seconds, idleShare })) };
  } finally {
    daemon.kill("SIGTERM");
    await new Promise((resolve) => daemon.once("exit", resolve));
  }
}

async function scrapes(
  url: string,
  { seconds, idleShare }: { seconds: () => number; idleShare: number },
): Promise<Pick<DaemonCost, "scrapeMs" | "p99Ms">> {
  const took: number[] = [];
  const [before, startMs] = [seconds(), performance.now()];
  for (let turn = 0; turn < SCRAPES; turn++) {
    const askedMs = performance.now();
    const answer = await fetch(`${url}/metrics/servers/EX01`);
    if (!answer.ok) throw new Error(`Cannot scrape ${url}: status ${answer.status}`);
    await answer.text();
    took.push(performance.now() - askedMs);
    await wait(53);
  }
  const idleSeconds = (idleShare * (performance.now() - startMs)) / 1_000;
  took.sort((a, b) => a - b);
  return { scrapeMs: ((seconds() - before - idleSeconds) / SCRAPES) * 1_000, p99Ms: took[SCRAPES - 2] ?? NaN };
}
