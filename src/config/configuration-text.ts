import { stringify } from "yaml";
import { formatDuration } from "../model/durations.ts";
import { configJsonSchema } from "./config-json-schema.ts";
import type { Config } from "./config-schema.ts";

/** Replaces a secret. */
const HIDDEN = "<hidden>";

/** The configuration as YAML, with every key and its value. Secrets, and passwords in URLs, are hidden. */
export function configurationText(config: Config): string {
  return stringify(asWritten(config, configJsonSchema()), { lineWidth: 0 });
}

/** Follows the schema, so that the keys have its order and the names of the file. */
function asWritten(value: unknown, given: unknown): unknown {
  const schema = presentOf(given);
  const properties = memberOf(schema, "properties");
  if (typeof properties !== "object" || properties === null || typeof value !== "object" || value === null)
    return memberOf(schema, "secret") === true && value !== null && value !== undefined
      ? HIDDEN
      : withoutPassword(value);
  const entries = Object.entries(properties).flatMap(([key, inner]): [string, unknown][] => {
    const own = memberOf(value, key);
    if (own !== undefined) return [[key, asWritten(own, inner)]];
    // Durations are stored in milliseconds, under the key with `Ms`.
    const ms = memberOf(value, `${key}Ms`);
    return typeof ms === "number" ? [[key, formatDuration(ms)]] : [];
  });
  return Object.fromEntries(entries);
}

/** The non-null alternative of a schema that allows null; keeps the `secret` mark of the whole. */
function presentOf(schema: unknown): unknown {
  const choices = memberOf(schema, "anyOf");
  if (!Array.isArray(choices)) return schema;
  const present: unknown = choices.find((one: unknown) => memberOf(one, "type") !== "null");
  return memberOf(schema, "secret") === true ? { secret: true } : present;
}

function withoutPassword(value: unknown): unknown {
  // Sample: http://user:secret@proxy.example.com:8080
  return typeof value === "string" ? value.replace(/\/\/[^/@\s]*@/, `//${HIDDEN}@`) : value;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
