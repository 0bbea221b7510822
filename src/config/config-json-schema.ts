import { z } from "zod";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import type { JsonSchema } from "./known-keys.ts";

/**
 * The JSON Schema of the configuration file. In addition to the standard keywords, `allowed` describes the allowed
 * values of a key in words.
 */
export function configJsonSchema(): JsonSchema {
  const schema: JsonSchema = z.toJSONSchema(CONFIG_SCHEMA, { io: "input" });
  return { ...schema, title: "Configuration of hma-exporter" };
}

/**
 * The schema as published in `docs/config.schema.json`. Editors show the description of a key, so it includes the
 * allowed values.
 */
export function publishedJsonSchema(): string {
  const publish = (_key: string, value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const known = withoutFacts(value);
    if (!("allowed" in known)) return known;
    const { allowed, ...rest } = known;
    return "description" in rest
      ? { ...rest, description: `${String(rest.description)}: ${String(allowed)}` }
      : { ...rest, description: String(allowed) };
  };
  return `${JSON.stringify(configJsonSchema(), publish, 2)}\n`;
}

/**
 * Removes the facts of a key that are not JSON Schema keywords. Lists, and the map of a section's keys, stay unchanged.
 */
function withoutFacts(value: object): object {
  if (Array.isArray(value)) return value;
  const facts = Object.entries(value).filter(([name, fact]) => isFact(name, fact));
  return facts.length === 0
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name, fact]) => !isFact(name, fact)));
}

/** True for `flag` and `reload` of the schema's meta. A configuration key with such a name would be a map instead. */
function isFact(name: string, value: unknown): boolean {
  return (name === "flag" || name === "reload") && typeof value === "string";
}
