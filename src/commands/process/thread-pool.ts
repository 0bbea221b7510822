import { readdir } from "node:fs/promises";
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
 * Restarts the program with a larger pool if the farm has more servers than the pool has threads for. Otherwise returns; also on systems
 * where a process cannot be replaced (Windows), where UV_THREADPOOL_SIZE has to be set from outside.
 */
export async function growThreadPool(farm: string, servers: readonly string[]): Promise<void> {
  const size = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  const wanted = servers.length > 0 ? threadsFor(servers.length) : await sizeFor(farm);
  if (wanted > size) restartAs(process.argv.slice(2), { ...process.env, UV_THREADPOOL_SIZE: String(wanted) });
}

async function sizeFor(farm: string): Promise<number> {
  const { promise: late, resolve } = Promise.withResolvers<number>();
  const timer = setTimeout(resolve, LIST_WAIT_MS, SIZE_IF_UNKNOWN);
  const listed = readdir(farm).then(
    (names) => threadsFor(names.length),
    () => FIRST_SIZE,
  );
  return Promise.race([listed, late]).finally(() => {
    clearTimeout(timer);
  });
}
