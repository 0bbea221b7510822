import { formatFault, type ConfigFault } from "../config/config-fault.ts";
import { DEFAULT_CONFIG } from "../config/default-config.ts";
import { FLAG_KEYS, type Flags } from "../config/flags.ts";
import type { Config } from "../config/config-schema.ts";
import type { ReadText } from "../config/load-config.ts";
import { configFileOf } from "../config/config-file-path.ts";
import { UsageError } from "./exit-codes.ts";
import { reasonOf } from "../model/reason-of.ts";

/** The flags of a command line as commander returns them: a string, or a list of strings for a flag that may be repeated. */
export type CommandFlags = Readonly<Record<string, unknown>>;

/**
 * Reads the configuration for a command line: the file from `--config.file` or from the default path, if any, overridden by flags. Throws
 * a UsageError that lists all faults, one per line. `readText`: another way to read the file.
 */
export async function configurationOf(flags: CommandFlags, readText?: ReadText): Promise<Config> {
  const path = configFileOf(flags["config.file"]);
  const keys = configFlags(flags);
  if (path === null && Object.keys(keys).length === 0) return DEFAULT_CONFIG;
  const { readConfigFile } = await import("../config/load-config.ts");
  const loaded = await readConfigFile(path, keys, readText).catch((error: unknown) => {
    throw new UsageError(reasonOf(error), { cause: error });
  });
  if (loaded.ok) return loaded.config;
  throw faultsError(loaded.faults);
}

/** Error that lists all faults of a configuration, one per line. */
export function faultsError(faults: readonly ConfigFault[]): UsageError {
  const lines = faults.map((fault) => `  ${formatFault(fault)}`);
  return new UsageError(
    `Cannot use the configuration: ${faults.length} ${faults.length === 1 ? "fault" : "faults"}\n${lines.join("\n")}`,
  );
}

/** The flags that set keys of the configuration. */
export function configFlags(flags: CommandFlags): Flags {
  const found: Record<string, string | readonly string[]> = {};
  for (const name of Object.keys(FLAG_KEYS)) {
    // Commander returns --web.listen-address as "web.listenAddress".
    const value = flags[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    const values = [value].flat().filter((one) => typeof one === "string");
    const [first] = values;
    if (first !== undefined) found[name] = values.length === 1 ? first : values;
  }
  return found;
}
