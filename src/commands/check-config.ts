import { readWebConfig } from "../config/read-web-config.ts";
import { configurationOf, type CommandFlags } from "../daemon/configuration.ts";
import { DONE, UsageError } from "../daemon/exit-codes.ts";

/** `hma-exporter check-config`: says that the configuration and its web configuration are good, or throws the UsageError that tells all faults. */
export async function checkConfig(file: string | undefined, flags: CommandFlags): Promise<number> {
  const { web } = await configurationOf(file === undefined ? flags : { ...flags, "config.file": file });
  const named = file ?? flags["config.file"];
  if (web.configFile !== null) {
    await readWebConfig(web.configFile).catch((cause: unknown) => {
      throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
    });
  }
  const checked = [
    typeof named === "string" ? named : "The defaults",
    ...(web.configFile === null ? [] : [web.configFile]),
  ];
  for (const what of checked) process.stdout.write(`${what}: no fault found\n`);
  return DONE;
}
