import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Flags } from "./flags.ts";
import { loadConfig } from "./load-config.ts";
import type { LoadedConfig } from "./load-config.ts";
import { reasonOf } from "../model/reason-of.ts";

/**
 * Reads a configuration file. For null it reads none and returns the defaults with the flags. Rejects when the file
 * cannot be read.
 */
export async function readConfigFile(path: string | null, flags: Flags = {}): Promise<LoadedConfig> {
  if (path === null) return loadConfig("", flags);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(`Cannot read the configuration "${path}": ${reasonOf(cause)}`, { cause });
  }
  return loadConfig(text, flags);
}

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
