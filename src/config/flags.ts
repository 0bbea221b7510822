import { FLAG_KEYS } from "./written/key-facts.ts";

export { FLAG_KEYS };
export type FlagName = keyof typeof FLAG_KEYS;

/** Values of the command line. A flag that may be repeated has a list. */
export type Flags = Readonly<Partial<Record<FlagName, string | readonly string[] | undefined>>>;

/** The flag that set a key, with `--`; null when no flag did. */
export function flagOfKey(flags: Flags, key: string): string | null {
  const found = Object.entries(FLAG_KEYS).find(
    ([flag, path]) => (key === path || key.startsWith(`${path}[`)) && flagValue(flags, flag) !== undefined,
  );
  return found === undefined ? null : `--${found[0]}`;
}

/** The values of a configuration file, overridden by the flags. Neither is validated. */
export function mergeFlags(value: unknown, flags: Flags): unknown {
  let merged = value;
  for (const [flag, key] of Object.entries(FLAG_KEYS)) {
    const given = flagValue(flags, flag);
    if (given !== undefined) merged = withValue(merged, key.split("."), numberOrText(given));
  }
  return merged;
}

function flagValue(flags: Flags, flag: string): string | readonly string[] | undefined {
  const values: Readonly<Record<string, string | readonly string[] | undefined>> = flags;
  return values[flag];
}

/**
 * A copy with the value at the given keys. A value that should be a map but is not stays unchanged, so that validation
 * reports it.
 */
function withValue(value: unknown, keys: readonly string[], given: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return given;
  if (value !== undefined && value !== null && (typeof value !== "object" || Array.isArray(value))) return value;
  const copy = new Map(Object.entries(value ?? {}));
  copy.set(key, withValue(copy.get(key), rest, given));
  return Object.fromEntries(copy);
}

function numberOrText(given: string | readonly string[]): unknown {
  // Sample: 40
  return typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : given;
}
