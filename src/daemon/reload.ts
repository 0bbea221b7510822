import type { Config } from "../config/config-schema.ts";
import { readWebConfig } from "../config/read-web-config.ts";
import type { ReloadResult } from "../exposition/web-port.ts";
import type { Logger } from "../logging/open-logger.ts";
import { configurationOf } from "./configuration.ts";

/** Changed keys that a running daemon takes over at once; the others wait for a restart. */
const APPLIED_AT_ONCE: readonly string[] = ["log.level"];

/**
 * Reads the configuration of a command line again, and the web configuration with it. What can be applied while the daemon runs is;
 * the result names it and what waits for a restart. With a fault nothing is applied.
 */
export function createReload(flags: Readonly<Record<string, string>>, config: Config, logger: Logger): () => Promise<ReloadResult> {
  let level = config.log.level;
  return async () => {
    try {
      const next = await configurationOf(flags);
      if (next.web.configFile !== null) await readWebConfig(next.web.configFile);
      const changed = changedKeys({ ...config, log: { ...config.log, level } }, next);
      level = next.log.level;
      logger.setLevel(level);
      const applied = changed.filter((key) => APPLIED_AT_ONCE.includes(key));
      return { ok: true, applied, waiting: changed.filter((key) => !applied.includes(key)) };
    } catch (error) {
      return { ok: false, faults: [error instanceof Error ? error.message : String(error)] };
    }
  };
}

/** Paths of the keys whose values differ, as the configuration file spells them. */
export function changedKeys(before: unknown, after: unknown, path = ""): string[] {
  if (!isMap(before) || !isMap(after)) {
    // Sample: follow.lookbackMs, which the file calls follow.lookback
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path.replace(/Ms$/, "")];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedKeys(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
