/** The part of JSON Schema that the configuration's schema uses. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema | boolean>> | undefined;
  readonly items?: unknown;
}

/** The keys that a map may have at a path; empty when it may have any keys, or when the path is not a map. */
export function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return [];
    at = typeof key === "number" ? property(at, "items") : property(property(at, "properties"), String(key));
  }
  const properties = property(at, "properties");
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
