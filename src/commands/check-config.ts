import { reasonOf } from "../model/reason-of.ts";
import { configurationText } from "../config/configuration-text.ts";
import { readWebConfig } from "../config/read-web-config.ts";
import type { WebConfig } from "../model/web/web-config.ts";
import { configurationOf, type CommandFlags } from "../daemon/configuration.ts";
import { configFileOf } from "../config/config-file-path.ts";
import { DONE, UsageError } from "../daemon/exit-codes.ts";
import { refuseProbeFaults } from "../daemon/probe/probe-faults.ts";
import { configWarnings } from "./config-warnings.ts";

/**
 * `hma-exporter check-config`: reports that the configuration and its web configuration are valid, or throws a UsageError with all faults.
 * Settings without effect and missing files are warnings on stderr. With `--print`, stdout is the effective configuration as YAML.
 */
export async function checkConfig(file: string | undefined, flags: CommandFlags): Promise<number> {
  const config = await configurationOf(file === undefined ? flags : { ...flags, "config.file": file });
  await refuseProbeFaults(config);
  const web = await webConfigOf(config.web.configFile);
  for (const warning of await configWarnings(config, web)) process.stderr.write(`Warning: ${warning}\n`);
  if (flags["print"] === true) {
    process.stdout.write(configurationText(config));
    return DONE;
  }
  const checked = [
    configFileOf(file ?? flags["config.file"]) ?? "The defaults",
    ...(config.web.configFile === null ? [] : [config.web.configFile]),
  ];
  for (const what of checked) process.stdout.write(`${what}: no fault found\n`);
  return DONE;
}

async function webConfigOf(path: string | null): Promise<WebConfig | null> {
  if (path === null) return null;
  return readWebConfig(path).catch((cause: unknown) => {
    throw new UsageError(reasonOf(cause), { cause });
  });
}
