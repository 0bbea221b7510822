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
    if (typeof value !== "object" || value === null || !("allowed" in value)) return value;
    const { allowed, ...rest } = value;
    return "description" in rest
      ? { ...rest, description: `${String(rest.description)}: ${String(allowed)}` }
      : { ...rest, description: String(allowed) };
  };
  return `${JSON.stringify(configJsonSchema(), publish, 2)}\n`;
}
