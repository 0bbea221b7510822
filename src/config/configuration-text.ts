import { stringify } from "yaml";
import { formatDuration } from "../model/durations.ts";
import { configJsonSchema } from "./config-json-schema.ts";
import type { Config } from "./config-schema.ts";

/** Stands where a secret is set. */
const HIDDEN = "<hidden>";

/** A configuration as a file would say it, every key with its value. Secrets, and passwords in addresses, are left out. */
export function configurationText(config: Config): string {
  return stringify(asWritten(config, configJsonSchema()), { lineWidth: 0 });
}

/** Follows the schema, so that the keys stand in its order and under the names of the file. */
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
    // Durations are read to milliseconds, as the names of the result say.
    const ms = memberOf(value, `${key}Ms`);
    return typeof ms === "number" ? [[key, formatDuration(ms)]] : [];
  });
  return Object.fromEntries(entries);
}

/** Of a schema that allows null too, the other one, with what the whole says of secrets. */
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
