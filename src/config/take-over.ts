import type { Config } from "./config-schema.ts";
import { TAKEN_OVER } from "./written/key-facts.ts";

export { TAKEN_OVER };

/**
 * The current configuration with those values of the next one that can be applied while the daemon runs. All other
 * changes need a restart.
 */
export function takeOver(inForce: Config, next: Config): Config {
  return TAKEN_OVER.reduce((config, path) => withTaken(config, next, path.split(".")), inForce);
}

/** A copy with the value of `next` at the given keys. A duration is stored under its key with `Ms`. */
function withTaken<Part extends object>(inForce: Part, next: Part, [key, ...rest]: readonly string[]): Part {
  const name = keysOf(inForce).find((one) => one === key || one === `${key}Ms`);
  if (name === undefined) throw new Error(`Cannot take over ${key ?? "nothing"}: there is no such key`);
  const [before, after] = [inForce[name], next[name]];
  const isDeeper = rest.length > 0 && isPart(before) && isPart(after);
  return { ...inForce, [name]: isDeeper ? withTaken(before, after, rest) : after };
}

function keysOf<Part extends object>(part: Part): Extract<keyof Part, string>[] {
  return Object.keys(part).filter((key): key is Extract<keyof Part, string> => key in part);
}

function isPart<Value>(value: Value): value is Value & object {
  return typeof value === "object" && value !== null;
}

/** Paths of the keys with different values, as the configuration file spells them. */
export function changedKeys(before: unknown, after: unknown, path = ""): string[] {
  if (!isMap(before) || !isMap(after)) {
    // Sample: follow.lookbackMs, which the file calls follow.lookback
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path.replace(/Ms$/, "")];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedKeys(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
