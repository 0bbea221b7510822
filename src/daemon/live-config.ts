import type { Config } from "../config/config-schema.ts";
import { readWebConfig } from "../config/read-web-config.ts";
import { changedKeys, takeOver } from "../config/take-over.ts";
import type { ReloadResult } from "../web/web-queries.ts";
import type { Logger } from "../logging/open-logger.ts";
import { configurationOf, type CommandFlags } from "./configuration.ts";
import { reasonOf } from "../model/reason-of.ts";

/** Prepares the change to a new configuration; call the result to make the change. Rejects when the configuration cannot be used. */
export type Prepare = (next: Config) => Promise<() => Promise<void>>;

/** The configuration of a running daemon. */
export interface LiveConfig {
  /** The current configuration: that of the start, with all changes that reloads have applied. */
  readonly inForce: () => Config;
  /** Reads the configuration and the web configuration again. Never rejects: with any fault, nothing is applied. */
  readonly reload: (prepare?: Prepare) => Promise<ReloadResult>;
}

/** The configuration for a command line, with reload. */
export function openLiveConfig(flags: CommandFlags, config: Config, logger: Logger): LiveConfig {
  let inForce = config;
  return {
    inForce: () => inForce,
    reload: async (prepare) => {
      try {
        const next = await configurationOf(flags);
        if (next.web.configFile !== null) await readWebConfig(next.web.configFile);
        const putInForce = await prepare?.(next);
        const changed = changedKeys(inForce, next);
        inForce = takeOver(inForce, next);
        await putInForce?.();
        logger.setLevel(inForce.log.level);
        const waiting = changedKeys(inForce, next);
        return { ok: true, applied: changed.filter((key) => !waiting.includes(key)), waiting };
      } catch (error) {
        return { ok: false, faults: [reasonOf(error)] };
      }
    },
  };
}

/** A configuration that never changes. */
export function fixedConfig(config: Config): LiveConfig {
  return { inForce: () => config, reload: () => Promise.resolve({ ok: true, applied: [], waiting: [] }) };
}
