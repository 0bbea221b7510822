/** Lengths of time in milliseconds. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Durations in the notation of Prometheus: `1h30m`, `15s`, `250ms`. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Milliseconds of a Prometheus duration; null when the text is not a duration. Sample: `1h30m`. */
export function parseDuration(text: string): number | null {
  if (text === "0") return 0;
  // Sample: 1d2h30m15s250ms
  if (!/^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text) || text === "") return null;
  let sum = 0;
  for (const part of text.matchAll(/(\d+)(ms|[ywdhms])/g)) sum += Number(part[1]) * (UNIT_MS[part[2] ?? ""] ?? 0);
  return sum;
}

/** The shortest Prometheus notation of a number of milliseconds; negative numbers become `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  if (rest === 0) return "0s";
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
