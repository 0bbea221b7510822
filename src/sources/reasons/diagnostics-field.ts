import { isAbsent } from "../text/field-value.ts";
import { categoryOf } from "./oauth-reason-table.ts";
import type { Reason, ReasonFinder } from "./oauth-reason.ts";

/**
 * The reason in a logged response header x-ms-diagnostics. Whatever begins with seven digits is one, known here or not, whole or cut short:
 * the header is sent for no other purpose. Null when the field is absent or holds something else.
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
