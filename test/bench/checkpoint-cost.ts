import { appendFileSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "./process-cost.ts";
import type { MeasuredDaemon } from "./daemon-cost.ts";

/** Cost of writing the state while one server of the farm writes a row per second. */
export interface CheckpointCost {
  /** Size of the whole state, and bytes written per checkpoint. */
  readonly stateBytes: number;
  readonly checkpointBytes: number;
  readonly checkpoints: number;
  /** Longest time for which the event loop was blocked: processor time of the thread, and wall-clock time; ms. */
  readonly stallCpuMs: number;
  readonly stallMs: number;
}

const SECONDS = 60;
/** How often the state folder is checked for a new record, ms. */
const CHECK_MS = 200;

export async function measureCheckpoints(daemon: MeasuredDaemon): Promise<CheckpointCost> {
  const append = rowsOf(daemon.farm);
  const [writtenBefore, writes] = [bytesWritten(daemon.pid), countWrites(daemon.state)];
  process.kill(daemon.pid, "SIGUSR2");
  for (let second = 0; second < SECONDS; second++) {
    append();
    for (let checked = 0; checked < 1_000 / CHECK_MS; checked++) {
      await wait(CHECK_MS);
      writes.check();
    }
  }
  process.kill(daemon.pid, "SIGUSR2");
  // Sample: loop-delay 32.1 12.5
  const line = /loop-delay ([\d.]+) ([\d.]+)\n/;
  await until(() => Promise.resolve(line.test(daemon.output())), 10_000);
  const [, wall, cpu] = line.exec(daemon.output()) ?? [];
  return {
    stateBytes: stateBytes(daemon.state),
    checkpointBytes: (bytesWritten(daemon.pid) - writtenBefore) / Math.max(1, writes.count()),
    checkpoints: writes.count(),
    stallCpuMs: Number(cpu),
    stallMs: Number(wall),
  };
}

/** Appends a copy of the last row with the current time to the newest HttpProxy log of one server. */
function rowsOf(farm: string): () => void {
  const log = globSync(join(farm, "EX01/Logging/HttpProxy/Ews/*")).sort().at(-1);
  if (log === undefined) throw new Error(`Cannot append rows: ${farm} has no log of EX01 for Ews`);
  const last = readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? "";
  const rest = last.slice(last.indexOf(","));
  return () => {
    appendFileSync(log, `${new Date().toISOString()}${rest}\n`);
  };
}

/** Counts the changes of the state folder's newest record. */
function countWrites(state: string): { check: () => void; count: () => number } {
  let [count, newest] = [0, newestMs(state)];
  return {
    check: () => {
      const now = newestMs(state);
      if (now === newest) return;
      newest = now;
      count += 1;
    },
    count: () => count,
  };
}

function records(state: string): { size: number; mtimeMs: number }[] {
  return readdirSync(state)
    .filter((name) => name.startsWith("state.") && !name.endsWith(".new") && !name.endsWith(".previous"))
    .flatMap((name) => statSync(join(state, name), { throwIfNoEntry: false }) ?? []);
}

function newestMs(state: string): number {
  return Math.max(...records(state).map(({ mtimeMs }) => mtimeMs));
}

function stateBytes(state: string): number {
  return records(state).reduce((sum, { size }) => sum + size, 0);
}

/** Bytes that the process has passed to write(2) so far (Linux). */
function bytesWritten(pid: number): number {
  return Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? NaN);
}
