import { mkdir, readFile, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { AppPool } from "../model/app-pool.ts";
import type { SimulatedLine } from "../simulator/lines/log-book.ts";
import type { SimulationPlan } from "../simulator/plan.ts";
import { type Simulation, startSimulation } from "../simulator/simulate.ts";
import type { SimulatedSnapshot } from "../simulator/organisation/snapshots.ts";
import type { SimulatedTruth } from "../simulator/truth/truth-keeper.ts";
import { type FarmWriter, createFarmWriter } from "./farm-writer.ts";

/** Number of lines between two checks of the abort signal. */
const LINES_PER_TURN = 1_000;
/** Interval at which live mode writes the lines that are due. */
const LIVE_TICK_MS = 200;

/** A folder into which simulate may not write. */
export class FarmFolderError extends Error {
  override readonly name = "FarmFolderError";
}

/**
 * Writes the farm of a plan into `folder`, with `snapshots/` and `truth.json` beside the server folders, and returns the truth. The folder
 * is created, is empty, or contains an older simulated farm, which is replaced; for any other folder, throws a FarmFolderError. Memory use
 * does not grow with the farm. When `signal` aborts, the lines written so far stay, with their truth.
 */
export async function writeFarm(folder: string, plan: SimulationPlan, signal?: AbortSignal): Promise<SimulatedTruth> {
  await clearFarm(folder);
  const simulation = startSimulation(plan);
  const writer = createFarmWriter(folder);
  const snapshots = createSnapshotWriter(simulation.snapshots, writer);
  try {
    let count = 0;
    for (const line of simulation.lines) {
      snapshots.writeUntil(line.atMs);
      writer.add(line);
      if (++count % LINES_PER_TURN === 0) {
        await setImmediate();
        if (signal?.aborted === true) break;
      }
    }
    if (signal?.aborted !== true) snapshots.writeUntil(Infinity);
  } finally {
    writer.close();
  }
  return writeTruth(folder, simulation);
}

export interface LiveOptions {
  /** Seconds of farm time per second of the clock. */
  readonly speed: number;
  readonly signal: AbortSignal;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** How long rows of IIS are delayed, as in its log buffer. Default: 1 s. */
  readonly iisFlushMs?: number;
  /** Called once, when the history is written. */
  readonly onHistoryWritten?: () => void;
  /** Called once, before the first line is written. */
  readonly onBegun?: (simulation: Simulation) => void;
  /** Called at each recycle when its line is created, shortly before it is due. */
  readonly onRecycle?: (server: string, appPool: AppPool) => void;
}

/**
 * Writes the past part of the plan at once, then continues in real time, `speed` times as fast as the clock, until the plan ends or
 * `signal` aborts. The folder is treated as in `writeFarm()`. `truth.json` is written after the history and again at the end.
 */
export async function runLive(folder: string, plan: SimulationPlan, options: LiveOptions): Promise<SimulatedTruth> {
  await clearFarm(folder);
  const simulation = startSimulation(plan, options.onRecycle);
  options.onBegun?.(simulation);
  const writer = createFarmWriter(folder);
  const snapshots = createSnapshotWriter(simulation.snapshots, writer);
  const begunMs = options.now();
  try {
    snapshots.writeUntil(begunMs);
    const rest = await writeHistory(simulation, writer, begunMs);
    await writeTruth(folder, simulation);
    options.onHistoryWritten?.();
    await writeInTime(rest, { writer, snapshots }, { ...options, begunMs });
  } finally {
    writer.close();
  }
  return writeTruth(folder, simulation);
}

async function writeHistory(
  simulation: Simulation,
  writer: FarmWriter,
  untilMs: number,
): Promise<Iterator<SimulatedLine>> {
  const lines = simulation.lines[Symbol.iterator]();
  for (let count = 1; ; count++) {
    const next = lines.next();
    if (next.done === true) break;
    writer.add(next.value);
    if (next.value.atMs >= untilMs) break;
    if (count % LINES_PER_TURN === 0) await setImmediate();
  }
  writer.flush();
  return lines;
}

async function writeInTime(
  lines: Iterator<SimulatedLine>,
  { writer, snapshots }: { readonly writer: FarmWriter; readonly snapshots: SnapshotWriter },
  options: LiveOptions & { readonly begunMs: number },
): Promise<void> {
  const { speed, signal, now, begunMs, iisFlushMs = 1_000 } = options;
  let iisFlushedMs = now();
  let next = lines.next();
  while (next.done !== true && !signal.aborted) {
    const dueMs = begunMs + (now() - begunMs) * speed;
    while (next.done !== true && next.value.atMs <= dueMs) {
      writer.add(next.value);
      next = lines.next();
    }
    snapshots.writeUntil(next.done === true ? Infinity : dueMs);
    const isIisDue = now() - iisFlushedMs >= iisFlushMs;
    if (isIisDue) iisFlushedMs = now();
    writer.flush(isIisDue ? undefined : (path) => !path.includes("/W3SVC"));
    await setTimeout(LIVE_TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Writes snapshots when they are due. */
interface SnapshotWriter {
  /** Writes the snapshots up to that time that are not written yet. */
  readonly writeUntil: (atMs: number) => void;
}

function createSnapshotWriter(snapshots: Iterable<SimulatedSnapshot>, writer: FarmWriter): SnapshotWriter {
  const rest = snapshots[Symbol.iterator]();
  let next = rest.next();
  return {
    writeUntil: (atMs) => {
      while (next.done !== true && next.value.atMs <= atMs) {
        writer.addSnapshot(next.value);
        next = rest.next();
      }
    },
  };
}

async function writeTruth(folder: string, simulation: Simulation): Promise<SimulatedTruth> {
  const truth = simulation.truth();
  await writeFile(join(folder, "truth.json"), `${JSON.stringify(truth, null, 2)}\n`);
  return truth;
}

/** Prepares the folder: removes only files that an older truth.json names. */
async function clearFarm(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length === 0) return;
  const servers = await serversOfTruth(folder);
  const snapshots = names.includes(SNAPSHOTS) ? await readdir(join(folder, SNAPSHOTS)).catch(() => ["no folder"]) : [];
  const strangers = [
    ...names.filter((name) => name !== "truth.json" && name !== SNAPSHOTS && !servers.includes(name)),
    ...snapshots.filter((name) => !isSnapshotName(name)),
  ];
  if (servers.length === 0 || strangers.length > 0) {
    throw new FarmFolderError(`Cannot simulate into "${folder}": it contains other files than a simulated farm`);
  }
  for (const name of servers) await rm(join(folder, name), { recursive: true, force: true });
  for (const name of snapshots) await rm(join(folder, SNAPSHOTS, name), { force: true });
  if (names.includes(SNAPSHOTS)) await rmdir(join(folder, SNAPSHOTS));
}

const SNAPSHOTS = "snapshots";

function isSnapshotName(name: string): boolean {
  // Sample: snapshot-2026-11-23T071500Z.json
  return /^snapshot-\d{4,6}-\d{2}-\d{2}T\d{6}Z\.json(\.tmp)?$/.test(name);
}

async function serversOfTruth(folder: string): Promise<readonly string[]> {
  try {
    const truth: unknown = JSON.parse(await readFile(join(folder, "truth.json"), "utf8"));
    if (typeof truth !== "object" || truth === null || !("servers" in truth) || !Array.isArray(truth.servers))
      return [];
    // Sample: EX01
    return truth.servers.filter((name): name is string => typeof name === "string" && /^EX\d{2,}$/.test(name));
  } catch {
    return [];
  }
}
