import { readdir } from "node:fs/promises";
import { restartAs } from "./replace-process.ts";

/**
 * Node.js asks files, compresses and resolves names in a pool of threads, four by default. An operation on a share that does not answer
 * holds its thread until the share answers, and each server can hold one: so there are more threads than servers. Waiting threads cost
 * next to nothing: 256 of them 2 MB and 0.05 s at the start, 1,024 (the most that there can be) 9 MB, measured with Node.js 24.
 */
const FIRST_SIZE = 64;
const MOST = 1_024;
/** For what is not asked of servers: state, snapshots, compression, names. */
const OWN_THREADS = 16;
const LIST_WAIT_MS = 3_000;
/** Where the farm cannot be listed in time. */
const SIZE_IF_UNKNOWN = 256;

/** Gives the pool its first size. To be called before anything uses the pool; does nothing where the size was set from outside. */
export function sizeThreadPool(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const isServing = args[0] === undefined || args[0].startsWith("-") || args[0] === "serve";
  if (isServing) env["UV_THREADPOOL_SIZE"] ??= String(FIRST_SIZE);
}

/** Threads for so many servers. */
export function threadsFor(servers: number): number {
  return Math.min(MOST, 2 * servers + OWN_THREADS);
}

/**
 * Starts the program anew with a larger pool when the farm has more servers than this one has threads for. Comes back otherwise, and
 * where a process cannot be replaced (Windows): there UV_THREADPOOL_SIZE has to be set by whoever starts the program.
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
