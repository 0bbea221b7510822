import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { WebConfig } from "../model/web/web-config.ts";
import { formatFault } from "./config-fault.ts";
import { parseWebConfig } from "./parse-web-config.ts";
import { reasonOf } from "../model/reason-of.ts";

/**
 * Reads a web configuration file (`--web.config.file`). Rejects when it cannot be read or has faults; the error lists
 * all of them.
 */
export async function readWebConfig(path: string): Promise<WebConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(`Cannot read the web configuration "${path}": ${reasonOf(cause)}`, { cause });
  }
  const parsed = parseWebConfig(text, dirname(resolve(path)));
  if (!parsed.ok)
    throw new Error(`Cannot use the web configuration "${path}": ${parsed.faults.map(formatFault).join("; ")}`);
  return parsed.config;
}
