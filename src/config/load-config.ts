import { readFile } from "node:fs/promises";
import { faultsOf } from "./schema-faults.ts";
import type { ConfigFault } from "./config-fault.ts";
import { configJsonSchema } from "./config-json-schema.ts";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import type { Config } from "./config-schema.ts";
import { flagOfKey, mergeFlags } from "./flags.ts";
import type { Flags } from "./flags.ts";
import { keysAt } from "./known-keys.ts";
import { readYaml } from "./source-map.ts";
import { reasonOf } from "../model/reason-of.ts";

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** Parses the configuration from YAML (empty text: all defaults), overridden by flags. Returns all faults at once. */
export function loadConfig(text: string, flags: Flags = {}): LoadedConfig {
  const read = readYaml(text);
  if (read.faults.length > 0) return { ok: false, faults: read.faults };
  const value = mergeFlags(read.value ?? {}, flags);
  const parsed = CONFIG_SCHEMA.safeParse(value);
  if (parsed.success) return { ok: true, config: parsed.data };
  const faults = faultsOf(parsed.error.issues, {
    value,
    source: read.source,
    keysAt: (path) => keysAt(configJsonSchema(), path),
    flagOf: (key) => flagOfKey(flags, key),
  });
  return { ok: false, faults };
}

/** Returns the text of the file at a path; rejects when it cannot be read. */
export type ReadText = (path: string) => Promise<string>;

/**
 * Reads a configuration file. For null it reads none and returns the defaults with the flags. Rejects when the file
 * cannot be read.
 */
export async function readConfigFile(
  path: string | null,
  flags: Flags = {},
  readText: ReadText = (from) => readFile(from, "utf8"),
): Promise<LoadedConfig> {
  if (path === null) return loadConfig("", flags);
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new Error(`Cannot read the configuration "${path}": ${reasonOf(cause)}`, { cause });
  }
  return loadConfig(text, flags);
}
