import { isAbsent } from "../text/field-value.ts";
import { categoryOf } from "./oauth-reason-table.ts";
import type { Reason, ReasonFinder } from "./oauth-reason.ts";

/**
 * Reads the reason from a logged response header x-ms-diagnostics. Any value that begins with seven digits counts as a
 * refusal, even when the code is unknown or the value is cut off, because Exchange sends this header for no other
 * purpose. Returns null when the field is absent or holds something else.
 */
export function diagnosticsReason(bytes: Buffer, start: number, end: number, reasons: ReasonFinder): Reason | null {
  if (isAbsent(bytes, start, end)) return null;
  const found = reasons.search(bytes, start, end);
  if (found !== null && found.category !== "unknown") return found;
  // Sample: 2000010;reason="The+token+is+too+weak
  const code = /^"?(\d{7})(?!\d)/.exec(bytes.toString("latin1", start, Math.min(end, start + 16)))?.[1];
  if (code === undefined) return found;
  return { category: categoryOf(code) ?? "unknown", isBackEnd: found?.isBackEnd ?? false };
}
