import { readFile } from "node:fs/promises";
import type { Flags } from "./flags.ts";
import { loadConfig } from "./load-config.ts";
import type { LoadedConfig } from "./load-config.ts";

/** Reads a configuration file; null reads none, and the defaults hold. Rejects when the file cannot be read. */
export async function readConfigFile(path: string | null, flags: Flags = {}): Promise<LoadedConfig> {
  if (path === null) return loadConfig("", flags);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(
      `Cannot read the configuration "${path}": ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  return loadConfig(text, flags);
}
