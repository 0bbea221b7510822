import { z } from "zod";
import { formatDuration, parseDuration } from "../model/durations.ts";
import { parseListenAddress } from "../model/web/listen-address.ts";

/**
 * Kinds of values of configuration keys. The message of every fault is the allowed value; docs and JSON Schema use the
 * same words.
 */

/** A duration between `from` and `to` in the notation of Prometheus; converted to milliseconds. */
export function duration(
  text: string,
  { from, to }: { readonly from: string; readonly to: string },
): z.ZodPrefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>> {
  const allowed = `a duration from ${from} to ${to}, such as ${text}`;
  const leastMs = parseDuration(from) ?? 0;
  const mostMs = parseDuration(to) ?? Infinity;
  return z
    .string({ error: allowed })
    .meta({ allowed, pattern: "^((\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?|0)$" })
    .transform((given, context) => {
      const ms = parseDuration(given);
      if (ms !== null && ms >= leastMs && ms <= mostMs) return ms;
      context.issues.push({ code: "custom", input: given, message: allowed });
      return z.NEVER;
    })
    .prefault(text);
}

export function wholeNumber(
  value: number,
  { from, to }: { readonly from: number; readonly to: number },
): z.ZodDefault<z.ZodNumber> {
  const allowed = `a whole number from ${from} to ${to}`;
  return z.number({ error: allowed }).int(allowed).min(from, allowed).max(to, allowed).meta({ allowed }).default(value);
}

export function choice<const Value extends string>(
  values: readonly Value[],
  value: Value,
): z.ZodDefault<z.ZodEnum<{ [Key in Value]: Key }>> {
  const allowed = `one of ${values.join(", ")}`;
  return z.enum(values, { error: allowed }).meta({ allowed }).default(value);
}

export function flag(value: boolean): z.ZodDefault<z.ZodBoolean> {
  const allowed = "true or false";
  return z.boolean({ error: allowed }).meta({ allowed }).default(value);
}

/** A list of distinct values, or one text separated by commas, as a flag gives it. Converted to a list. */
export function choices<const Value extends string>(
  values: readonly Value[],
  fallback: readonly Value[],
): z.ZodPrefault<
  z.ZodPipe<
    z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodEnum<{ [Key in Value]: Key }>>]>,
    z.ZodTransform<readonly Value[], string | Value[]>
  >
> {
  const allowed = `a list of ${values.join(", ")}`;
  const partsOf = (text: string): readonly string[] => text.split(",").map((part) => part.trim());
  const given = (parts: readonly string[]): readonly Value[] => values.filter((value) => parts.includes(value));
  const isKnown = (text: string): boolean =>
    text.trim() === "" || partsOf(text).every((part) => values.some((value) => value === part));
  return z
    .union(
      [
        z.string({ error: allowed }).refine(isKnown, allowed),
        z.array(z.enum(values, { error: `one of ${values.join(", ")}` }), { error: allowed }),
      ],
      { error: allowed },
    )
    .meta({ allowed })
    .transform((value) => given(typeof value === "string" ? partsOf(value) : value))
    .prefault([...fallback]);
}

/** A path, or null (the default): the program finds it by itself. */
export function path(): z.ZodDefault<z.ZodNullable<z.ZodString>> {
  const allowed = "a path";
  return z.string({ error: allowed }).min(1, allowed).meta({ allowed }).nullable().default(null);
}

/** A name, or null. */
export function nameOrNull(): z.ZodDefault<z.ZodNullable<z.ZodString>> {
  const allowed = "a name of letters, digits, dots, hyphens and underscores";
  return z
    .string({ error: allowed })
    .regex(/^[\w.-]{1,255}$/, allowed)
    .meta({ allowed })
    .nullable()
    .default(null);
}

export function names(): z.ZodDefault<z.ZodArray<z.ZodString>> {
  const allowed = "a name of letters, digits, dots, hyphens and underscores";
  return z
    .array(z.string({ error: allowed }).regex(/^[\w.-]{1,255}$/, allowed), { error: "a list of names" })
    .meta({ allowed: "a list of names" })
    .default([]);
}

/** An absolute URL, or null. */
export function url(schemes: readonly string[]): z.ZodDefault<z.ZodNullable<z.ZodString>> {
  const allowed = `an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`;
  const isAllowed = (text: string): boolean =>
    URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
  return z.string({ error: allowed }).refine(isAllowed, allowed).meta({ allowed }).nullable().default(null);
}

/** Path prefix of all pages, or null. Sample: `/hma`, or `/` for none. */
export function routePrefix(): z.ZodDefault<z.ZodNullable<z.ZodString>> {
  const allowed = "a path such as /hma, or /";
  return z
    .string({ error: allowed })
    .regex(/^(?:\/|(?:\/[\w.~-]+)+\/?)$/, allowed)
    .meta({ allowed })
    .nullable()
    .default(null);
}

/** Host names, without ports. */
export function hostNames(): z.ZodDefault<z.ZodArray<z.ZodString>> {
  const allowed = "a host name such as exporter.example.com, without a port";
  return z
    .array(z.string({ error: allowed }).regex(/^[\w.-]{1,253}$/, allowed), { error: "a list of host names" })
    .meta({ allowed: "a list of host names" })
    .default([]);
}

export function urlPath(text: string): z.ZodDefault<z.ZodString> {
  const allowed = "a path such as /metrics, other than those of the exporter's pages";
  // Sample: /metrics
  return z
    .string({ error: allowed })
    .regex(/^(?!\/(?:$|-\/|sd$|ready\/|incidents|config$|probe$|api\/))(?:\/[\w.~-]+)+$/, allowed)
    .meta({ allowed })
    .default(text);
}

/** One or several listen addresses; converted to a list. */
export function listenAddresses(
  text: string,
): z.ZodPrefault<
  z.ZodPipe<
    z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodString>]>,
    z.ZodTransform<readonly string[], string | string[]>
  >
> {
  const allowed = 'an address such as ":10401", "127.0.0.1:10401" or "[::1]:10401", or a list of them';
  const address = z.string({ error: allowed }).refine((given) => parseListenAddress(given) !== null, allowed);
  return z
    .union([address, z.array(address, { error: allowed }).min(1, allowed)], { error: allowed })
    .meta({ allowed })
    .transform((given): readonly string[] => (typeof given === "string" ? [given] : given))
    .prefault(text);
}

/** The duration as text, for messages. */
export function durationText(ms: number): string {
  return formatDuration(ms);
}
