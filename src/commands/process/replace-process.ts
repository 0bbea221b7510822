import { existsSync } from "node:fs";

/** Not in every container. */
const SHELL = "/bin/sh";
/** The exit code that the program started last is to end with at once, in place of this one. */
const END_VARIABLE = "HMA_EXPORTER_END";

/**
 * Ends the process at once where it was started for nothing else (see `endAtOnce()`). To be called first of all.
 */
export function endIfToldTo(env: NodeJS.ProcessEnv): void {
  const code = env[END_VARIABLE];
  if (code !== undefined) process.exit(Number(code));
}

/**
 * Ends the process with the exit code, whatever its threads wait for. An ordinary exit waits for all of them, and one that asks a share
 * that does not answer may never come back: so the process is replaced by one that ends by itself, or ends itself by force where that
 * cannot be done.
 */
export function endAtOnce(code: number): never {
  // Much sooner there than Node.js, which takes seconds on a busy machine.
  if (process.platform !== "win32" && process.execve !== undefined && existsSync(SHELL)) {
    process.removeAllListeners("warning");
    process.execve(SHELL, [SHELL, "-c", `exit ${String(code)}`], {});
  }
  restartAs([], { [END_VARIABLE]: String(code) });
  process.kill(process.pid, "SIGKILL");
  throw new Error("Cannot end the process");
}

/** Replaces this process by the same program with other arguments, keeping its id. Comes back where the system cannot do that. */
export function restartAs(args: readonly string[], env: NodeJS.ProcessEnv): void {
  if (process.platform === "win32" || process.execve === undefined) return;
  const isExecutable = process.getBuiltinModule("node:sea").isSea();
  const program = isExecutable ? [] : [...process.execArgv, ...process.argv.slice(1, 2)];
  // It says on standard error that it is experimental, and that is nobody's business.
  process.removeAllListeners("warning");
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  process.execve(process.execPath, [process.execPath, ...program, ...args], Object.fromEntries(defined));
}
