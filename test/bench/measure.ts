import { spawnSync } from "node:child_process";

/** One run of a command: processor time and wall-clock time in seconds, and the maximum resident memory in bytes. */
export interface Measure {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rssBytes: number;
}

/**
 * Runs the command `runs` times on one core (the last one, or all if `isPinned` is false) and returns the run with the least processor
 * time.
 */
export function measure(command: readonly string[], runs: number, isPinned = true): Measure {
  let best: Measure | null = null;
  for (let run = 0; run < runs; run++) {
    const one = measureOnce(isPinned ? ["taskset", "-c", "1", ...command] : command);
    if (best === null || one.cpuSeconds < best.cpuSeconds) best = one;
  }
  if (best === null) throw new Error(`Cannot measure ${command[0] ?? "nothing"}: no runs asked for`);
  return best;
}

/** One run of the command. */
export function measureOnce(command: readonly string[]): Measure {
  const done = spawnSync("/usr/bin/time", ["-f", "hma-bench %U %S %e %M", ...command], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    maxBuffer: 1e8,
  });
  // Sample: hma-bench 1.72 0.11 2.01 157196
  const figures = /hma-bench ([\d.]+) ([\d.]+) ([\d.]+) (\d+)/.exec(done.stderr);
  if (figures === null)
    throw new Error(`Cannot measure "${command.join(" ")}": ${done.error?.message ?? done.stderr.slice(-300)}`);
  return {
    cpuSeconds: Number(figures[1]) + Number(figures[2]),
    wallSeconds: Number(figures[3]),
    rssBytes: Number(figures[4]) * 1024,
  };
}
