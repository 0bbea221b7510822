import type { Scheme } from "../../model/label-values.ts";
import { hasLiteralAt, isLiteral, literal } from "./literals.ts";

/**
 * The scheme of an AuthenticationType field. Bearer stands there as `Bearer`, `OAuth` or something that begins so; the back end's `Logon`
 * says nothing of the client's scheme, and neither does a name not known here.
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
  /** More may follow. */
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
/** Of an empty field, and of a name not known here. */
export const SCHEME_OF_NOTHING: Scheme = "anonymous";
export const SCHEME_OF_OTHERS: Scheme = "unknown";

function named(name: string, scheme: Scheme, isPrefix = false): Named {
  return { name: literal(name), scheme, isPrefix };
}
