import type { Scheme } from "../../model/label-values.ts";
import { hasLiteralAt, isLiteral, literal } from "./literals.ts";

/**
 * Reads the scheme from an AuthenticationType field. Bearer is logged as `Bearer`, `OAuth` or a longer name with this
 * prefix. The back end's `Logon` does not show the scheme of the client, so it counts as `unknown`, like any other
 * name.
 */
export function readScheme(bytes: Uint8Array, start: number, end: number): Scheme {
  if (end <= start) return SCHEME_OF_NOTHING;
  for (const { name, scheme, isPrefix } of SCHEME_NAMES) {
    if (isPrefix ? hasLiteralAt(bytes, start, end, name) : isLiteral(bytes, start, end, name)) return scheme;
  }
  return SCHEME_OF_OTHERS;
}

interface Named {
  readonly name: Uint8Array;
  readonly scheme: Scheme;
  /** The field may continue after the name. */
  readonly isPrefix: boolean;
}

export const SCHEME_NAMES: readonly Named[] = [
  named("Bearer", "bearer", true),
  named("OAuth", "bearer", true),
  named("Negotiate", "negotiate"),
  named("Kerberos", "negotiate"),
  named("NTLM", "ntlm"),
  named("Basic", "basic"),
  named("FBA", "forms"),
  named("Forms", "forms"),
  named("Anonymous", "anonymous"),
];
/** Scheme of an empty field, and of an unrecognised name. */
export const SCHEME_OF_NOTHING: Scheme = "anonymous";
export const SCHEME_OF_OTHERS: Scheme = "unknown";

function named(name: string, scheme: Scheme, isPrefix = false): Named {
  return { name: literal(name), scheme, isPrefix };
}
