import { z } from "zod";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import type { JsonSchema } from "./known-keys.ts";

/** The JSON Schema of the configuration file. Beside its keywords, `allowed` says of a key in words what it may be. */
export function configJsonSchema(): JsonSchema {
  const schema: JsonSchema = z.toJSONSchema(CONFIG_SCHEMA, { io: "input" });
  return { ...schema, title: "Configuration of hma-exporter" };
}

/** The same as published, `docs/config.schema.json`: an editor shows a key's description, so that says what is allowed too. */
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

/** Without the facts of a key that are no keywords of JSON Schema. A list, and the map of a section's keys, stay as they are. */
function withoutFacts(value: object): object {
  if (Array.isArray(value)) return value;
  const facts = Object.entries(value).filter(([name, fact]) => isFact(name, fact));
  return facts.length === 0
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name, fact]) => !isFact(name, fact)));
}

/** `flag` and `reload` as the schema's meta has them: a key of that name would be a map. */
function isFact(name: string, value: unknown): boolean {
  return (name === "flag" || name === "reload") && typeof value === "string";
}
