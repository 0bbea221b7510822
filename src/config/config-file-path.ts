import { existsSync } from "node:fs";
import { join } from "node:path";

/** Default path of the configuration file: `/etc/hma-exporter/hma-exporter.yml`, on Windows below ProgramData. */
export function defaultConfigFile(
  platform: string = process.platform,
  programData = process.env["ProgramData"],
): string {
  return platform === "win32"
    ? join(programData ?? "C:\\ProgramData", "hma-exporter", "hma-exporter.yml")
    : "/etc/hma-exporter/hma-exporter.yml";
}

/** The file to read: the given one, else the default one if it exists, else null. */
export function configFileOf(named: unknown, fallback: string = defaultConfigFile()): string | null {
  if (typeof named === "string") return named;
  return existsSync(fallback) ? fallback : null;
}
