import { configJsonSchema } from "../../src/config/config-json-schema.ts";
import { CONFIG_SCHEMA } from "../../src/config/config-schema.ts";
import type { JsonSchema } from "../../src/config/known-keys.ts";

const HEADING = "// Written from config-schema.ts by its test with UPDATE_DOCS=1; not by hand.\n";

/** `src/config/default-config.ts`: what the schema makes of nothing, written out, so that a start without a file needs no schema. */
export function defaultConfigModule(): string {
  return `${HEADING}import type { Config } from "./config-schema.ts";

/** The configuration without a file and flags. Generated, so that a command without them does not load the schema and its library. */
export const DEFAULT_CONFIG: Config = ${literal(CONFIG_SCHEMA.parse({}), "")};
`;
}

/** `src/config/written/key-facts.ts`: flags and what a reload takes over, of every key that has them. */
export function keyFactsModule(): string {
  const keys = keysOf(configJsonSchema(), "");
  const flags = Object.fromEntries(keys.flatMap(({ path, flag }) => (flag === null ? [] : [[flag, path]])));
  const takenOver = keys.flatMap(({ path, isTakenOver }) => (isTakenOver ? [path] : []));
  return `${HEADING}
/** Command-line flags and the keys that they set. A flag overrides the file. */
export const FLAG_KEYS = ${literal(flags, "")} as const;

/** Keys and whole sections that a reload applies to a running daemon. All others need a restart. */
export const TAKEN_OVER = [
${takenOver.map((path) => `  ${JSON.stringify(path)},\n`).join("")}] as const;
`;
}

interface KeyFacts {
  readonly path: string;
  readonly flag: string | null;
  readonly isTakenOver: boolean;
}

function keysOf({ properties }: JsonSchema, above: string): KeyFacts[] {
  return Object.entries(properties ?? {}).flatMap(([name, schema]) => {
    if (typeof schema === "boolean") return [];
    const path = `${above}${name}`;
    const { flag, reload } = schema;
    const own = { path, flag: typeof flag === "string" ? flag : null, isTakenOver: reload === "at once" };
    return [own, ...keysOf(schema, `${path}.`)];
  });
}

/** A value as the formatter writes it: maps a line for each key, lists in one line. */
function literal(value: unknown, indent: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, indent)).join(", ")}]`;
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, content]) => `${indent}  ${nameOf(key)}: ${literal(content, `${indent}  `)},\n`);
  return `{\n${lines.join("")}${indent}}`;
}

// Sample: web.listen-address needs quotes, maxRequests none
function nameOf(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key);
}
