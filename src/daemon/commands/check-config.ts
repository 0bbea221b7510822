import { configurationOf } from "../configuration.ts";
import { DONE } from "../exit-codes.ts";

/** `hma-exporter check-config`: says that the configuration is good, or throws the UsageError that tells all of its faults. */
export async function checkConfig(file: string | undefined, flags: Readonly<Record<string, string>>): Promise<number> {
  await configurationOf(file === undefined ? flags : { ...flags, "config.file": file });
  process.stdout.write(`${file ?? flags["config.file"] ?? "The defaults"}: no fault found\n`);
  return DONE;
}
