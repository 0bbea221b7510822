import { existsSync } from "node:fs";

/** Does not exist in every container. */
const SHELL = "/bin/sh";
/** Environment variable with the exit code. A process that is started with it ends at once with that code. */
const END_VARIABLE = "HMA_EXPORTER_END";

/** Ends the process at once if it was started only for that (see `endAtOnce()`). Call it before anything else. */
export function endIfStartedToEnd(env: NodeJS.ProcessEnv): void {
  const code = env[END_VARIABLE];
  if (code !== undefined) process.exit(Number(code));
}

/**
 * Ends the process with the exit code without waiting for its threads. A normal exit waits for all threads, and one that is blocked by a
 * hanging share may never return. So the process is replaced by one that ends at once, or kills itself if that is not possible.
 */
export function endAtOnce(code: number): never {
  // The shell starts much faster than Node.js, which takes seconds on a busy machine.
  if (process.platform !== "win32" && process.execve !== undefined && existsSync(SHELL)) {
    process.removeAllListeners("warning");
    process.execve(SHELL, [SHELL, "-c", `exit ${String(code)}`], {});
  }
  restartAs([], { [END_VARIABLE]: String(code) });
  process.kill(process.pid, "SIGKILL");
  throw new Error("Cannot end the process");
}

/**
 * Replaces this process by the same program with other arguments; the process id stays. Returns only if the system does not support this.
 */
export function restartAs(args: readonly string[], env: NodeJS.ProcessEnv): void {
  if (process.platform === "win32" || process.execve === undefined) return;
  const isExecutable = process.getBuiltinModule("node:sea").isSea();
  const program = isExecutable ? [] : [...process.execArgv, ...process.argv.slice(1, 2)];
  // Node.js prints on standard error that the function is experimental; users need not see that.
  process.removeAllListeners("warning");
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  process.execve(process.execPath, [process.execPath, ...program, ...args], Object.fromEntries(defined));
}
