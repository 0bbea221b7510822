import { DAY_MS } from "../../model/durations.ts";

/**
 * Formats times as the logs write them, in UTC. `atMs`: Unix milliseconds, years 1970 to 9999. Uses lookup tables,
 * because every row has several times.
 */

const TWO: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, "0"));
const THREE: readonly string[] = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, "0"));

/** Exchange logs: `2026-11-22T08:00:05.345Z`. */
export function exchangeTime(atMs: number): string {
  const wholeMs = Math.floor(atMs);
  return `${dayText(wholeMs)}T${clockText(wholeMs)}.${THREE[wholeMs % 1_000] ?? ""}Z`;
}

/** IIS, HTTPERR: `2026-11-22 08:00:05`. */
export function iisTime(atMs: number): string {
  const wholeMs = Math.floor(atMs);
  return `${dayText(wholeMs)} ${clockText(wholeMs)}`;
}

/** Hourly file names of Exchange: `2026112208`. */
export function hourStamp(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, "");
}

/** Daily file names of IIS: `261122`. */
export function dayStamp(atMs: number): string {
  return new Date(atMs).toISOString().slice(2, 10).replaceAll("-", "");
}

function clockText(wholeMs: number): string {
  const seconds = Math.floor((wholeMs % DAY_MS) / 1_000);
  return `${TWO[Math.floor(seconds / 3_600)] ?? ""}:${TWO[Math.floor(seconds / 60) % 60] ?? ""}:${TWO[seconds % 60] ?? ""}`;
}

/** The Gregorian date. Counts in 400-year eras that begin on 1 March, so that the leap day comes last. */
function dayText(wholeMs: number): string {
  const days = Math.floor(wholeMs / DAY_MS) + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${year}-${TWO[month] ?? ""}-${TWO[dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1] ?? ""}`;
}
