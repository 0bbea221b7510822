import type { History, HistorySeries } from "../engine/history/history-series.ts";
import { MINUTE_MS } from "../model/durations.ts";
import { isOfStrangers } from "../model/label-values.ts";

/** Refusals of the busiest minute of a slice of the time axis. */
export interface Peak {
  /** Proven refusals, except those of strangers. */
  readonly rejected: number;
  readonly suspected: number;
  /** Refusals of callers without any access. */
  readonly strangers: number;
}

export interface Slices {
  readonly fromMs: number;
  readonly sliceMs: number;
  readonly slices: number;
}

const NOTHING: Peak = { rejected: 0, suspected: 0, strangers: 0 };

/** Busiest minute per slice on one server, from the history's counters: by users' refusals, or by strangers' if there are no others. */
export function peaksOf(history: History | null, server: string, { fromMs, sliceMs, slices }: Slices): Peak[] {
  const peaks = new Array<Peak>(slices).fill(NOTHING);
  // A counter has its value at the end of its minute.
  for (const [atMs, minute] of minutesOf(history, server)) {
    const slice = Math.min(slices - 1, Math.max(0, Math.floor((atMs - MINUTE_MS - fromMs) / sliceMs)));
    const peak = { ...minute, rejected: Math.max(0, minute.rejected - minute.strangers) };
    if (isBusier(peak, peaks[slice] ?? NOTHING)) peaks[slice] = peak;
  }
  return peaks;
}

/** Refusals that may affect users. */
export function usersOf({ rejected, suspected }: Peak): number {
  return Math.round(rejected + suspected);
}

export function totalOf(peak: Peak): number {
  return usersOf(peak) + Math.round(peak.strangers);
}

function isBusier(one: Peak, other: Peak): boolean {
  return usersOf(one) === usersOf(other) ? one.strangers > other.strangers : usersOf(one) > usersOf(other);
}

function minutesOf(history: History | null, server: string): ReadonlyMap<number, Peak> {
  const minutes = new Map<number, { rejected: number; suspected: number; strangers: number }>();
  const perMinute = MINUTE_MS / (history?.resolutionMs ?? MINUTE_MS);
  for (const series of history?.series ?? []) {
    const part = series.server === server ? partOf(series) : null;
    if (part === null) continue;
    let before = 0;
    for (const { atMs, value } of series.steps()) {
      const minute = minutes.get(atMs) ?? { ...NOTHING };
      minute[part] += (value - before) * perMinute;
      minutes.set(atMs, minute);
      before = value;
    }
  }
  return minutes;
}

/** The field of `Peak` that the series counts; null for other series. */
function partOf({ metric, labels }: HistorySeries): keyof Peak | null {
  if (metric === "hma_bearer_rejections_total") return isOfStrangers(labels["category"]) ? "strangers" : null;
  if (metric !== "hma_requests_total") return null;
  const { result } = labels;
  return result === "rejected" || result === "suspected" ? result : null;
}
