import { parseDuration } from "../model/durations.ts";
import { UsageError } from "../daemon/exit-codes.ts";

/** Unix milliseconds of a flag's value: ISO 8601 (UTC without a zone), or a Prometheus duration before `nowMs`. */
export function instantOf(flag: string, text: string, nowMs: number): number {
  const backMs = parseDuration(text);
  if (backMs !== null) return nowMs - backMs;
  // Sample: 2026-11-22T08:00, 2026-11-22, 2026-11-22T08:00:00Z
  const hasZone = /(?:z|[+-]\d{2}:?\d{2})$/i.test(text) || /^\d{4}-\d{2}-\d{2}$/.test(text);
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(hasZone ? text : `${text}Z`) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new UsageError(
      `Cannot read ${flag} "${text}": an instant such as 2026-11-22T08:00Z or a duration such as 24h is expected`,
    );
  return atMs;
}

/** A flag's value as a whole number within bounds. */
export function wholeNumberOf(
  flag: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < from || value > to)
    throw new UsageError(`Cannot read ${flag} "${text}": a whole number from ${from} to ${to} is expected`);
  return value;
}

/** A flag's value as a number within bounds. */
export function numberOf(
  flag: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < from || value > to)
    throw new UsageError(`Cannot read ${flag} "${text}": a number from ${from} to ${to} is expected`);
  return value;
}
