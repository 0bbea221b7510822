import { z } from "zod";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import type { JsonSchema } from "./known-keys.ts";

/** The JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): JsonSchema {
  const schema: JsonSchema = z.toJSONSchema(CONFIG_SCHEMA, { io: "input" });
  return { ...schema, title: "Configuration of hma-exporter" };
}
