import { readdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { namesInLocalFolder } from "../../follow/local-disks.ts";
import { restartAs } from "./replace-process.ts";

/**
 * Node.js uses a pool of threads for file operations, compression and name resolution, four by default. An operation on a hanging share
 * blocks its thread until the share answers, at most one per server. So the pool gets more threads than there are servers. Waiting threads
 * cost little: 256 take 2 MB and 0.05 s at the start, 1,024 (the maximum) take 9 MB, measured with Node.js 24.
 */
const FIRST_SIZE = 64;
const MOST = 1_024;
/** Threads for other work: state, snapshots, compression, names. */
const OWN_THREADS = 16;
const LIST_WAIT_MS = 3_000;
/** Threads if the farm cannot be listed in time. */
const SIZE_IF_UNKNOWN = 256;

/** Sets the first size of the pool. Call it before anything uses the pool. Does nothing if the size was set from outside. */
export function sizeThreadPool(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const isServing = args[0] === undefined || args[0].startsWith("-") || args[0] === "serve";
  if (isServing) env["UV_THREADPOOL_SIZE"] ??= String(FIRST_SIZE);
}

/** Number of threads for a number of servers. */
export function threadsFor(servers: number): number {
  return Math.min(MOST, 2 * servers + OWN_THREADS);
}

/**
 * Gives the pool more threads if the farm has more servers than the pool has threads for. Before the pool is used for the first time, that
 * is a setting; afterwards the program must be restarted, which is not possible on Windows: there, UV_THREADPOOL_SIZE has to be set from
 * outside.
 */
export async function growThreadPool(farm: string, servers: readonly string[]): Promise<void> {
  const size = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  const wanted = servers.length > 0 ? threadsFor(servers.length) : await sizeFor(farm);
  if (wanted <= size) return;
  if (isPoolUnused(size)) process.env["UV_THREADPOOL_SIZE"] = String(wanted);
  else restartAs(process.argv.slice(2), { ...process.env, UV_THREADPOOL_SIZE: String(wanted) });
}

/** True when the pool has certainly not been used: the process has fewer threads than a pool of `size` threads. Known on Linux only. */
function isPoolUnused(size: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    return readdirSync("/proc/self/task").length < size;
  } catch {
    return false;
  }
}

/** A farm on a local disk is listed without the pool. */
async function sizeFor(farm: string): Promise<number> {
  const names = namesInLocalFolder(farm);
  if (names !== null) return threadsFor(names.length);
  const { promise: late, resolve } = Promise.withResolvers<number>();
  const timer = setTimeout(resolve, LIST_WAIT_MS, SIZE_IF_UNKNOWN);
  const listed = readdir(farm).then(
    (listing) => threadsFor(listing.length),
    () => FIRST_SIZE,
  );
  return Promise.race([listed, late]).finally(() => {
    clearTimeout(timer);
  });
}
