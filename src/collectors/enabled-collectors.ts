import type { CollectorName } from "../catalogue/switches.ts";
import type { Config } from "../config/config-schema.ts";

/**
 * The collectors that the configuration permits: listed in `collectors.enabled`, and not switched off by `enabled` of their own section.
 */
export function enabledCollectors({ collectors, collect, keys }: Config): ReadonlySet<CollectorName> {
  return new Set(collectors.enabled.filter((name) => (name === "keys" ? keys.enabled : collect.enabled)));
}
