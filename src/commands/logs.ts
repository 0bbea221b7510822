import { followOwnLog } from "../logging/follow-own-log.ts";
import { configurationOf } from "../daemon/configuration.ts";
import { DONE, UsageError } from "../daemon/exit-codes.ts";
import { wholeNumberOf } from "./flag-values.ts";

/** `hma-exporter logs`: prints the exporter's own log in readable form; with --follow, until interrupted. */
export async function showLogs(flags: Readonly<Record<string, string | boolean>>): Promise<number> {
  const config = await configurationOf(flags);
  if (config.log.file === null)
    throw new UsageError("Cannot show the log: no log file is configured (log.file, or --log.file)");
  const interrupt = new AbortController();
  process.once("SIGINT", () => {
    interrupt.abort();
  });
  process.once("SIGTERM", () => {
    interrupt.abort();
  });
  await followOwnLog(config.log.file, {
    follow: flags["follow"] === true,
    lines: wholeNumberOf("--lines", String(flags["lines"] ?? "50"), { from: 0, to: 100_000 }),
    signal: interrupt.signal,
    write: (line) => {
      process.stdout.write(`${line}\n`);
    },
  });
  return DONE;
}
