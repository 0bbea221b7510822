import type { CollectorName } from "../catalogue/switches.ts";
import type { Config } from "../config/config-schema.ts";

/** The collectors that the configuration allows: named in `collectors.enabled`, and not turned off by their section's own `enabled`. */
export function enabledCollectors({ collectors, collect, keys }: Config): ReadonlySet<CollectorName> {
  return new Set(collectors.enabled.filter((name) => (name === "keys" ? keys.enabled : collect.enabled)));
}
