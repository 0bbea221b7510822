import type { Scheme } from "../model/label-values.ts";
import { hasLiteralAt, isLiteral, literal } from "./literals.ts";

/**
 * The scheme of an AuthenticationType field. Bearer stands there as `Bearer`, `OAuth` or something that begins so; the back end's `Logon`
 * says nothing of the client's scheme, and neither does a name not known here.
 */
export function readScheme(bytes: Uint8Array, start: number, end: number): Scheme {
  if (end <= start) return "anonymous";
  for (const { name, scheme } of PREFIXES) {
    if (hasLiteralAt(bytes, start, end, name)) return scheme;
  }
  for (const { name, scheme } of NAMES) {
    if (isLiteral(bytes, start, end, name)) return scheme;
  }
  return "unknown";
}

interface Named {
  readonly name: Uint8Array;
  readonly scheme: Scheme;
}

const PREFIXES: readonly Named[] = [named("Bearer", "bearer"), named("OAuth", "bearer")];
const NAMES: readonly Named[] = [
  named("Negotiate", "negotiate"), named("Kerberos", "negotiate"), named("NTLM", "ntlm"), named("Basic", "basic"),
  named("FBA", "forms"), named("Forms", "forms"), named("Anonymous", "anonymous"),
];

function named(name: string, scheme: Scheme): Named {
  return { name: literal(name), scheme };
}
