import type { EventBookmarks } from "../exchange/powershell/collect-events.ts";
import { NO_PERF_COUNTS, type PerfCounts } from "./perf-divergence.ts";

/** State of the collectors that survives a restart. Each collector replaces its own part. */
export interface CollectorMemory {
  bookmarks: EventBookmarks;
  /** Number of events that logs overwrote before they were read. */
  lostEvents: number;
  perf: PerfCounts;
  /** Start times of snapshots that still count against their limit (wall clock, Unix ms). */
  snapshotStartsMs: readonly number[];
}

/** Larger than the number of starts that any limit permits. */
const MAX_STARTS = 1_000;

/**
 * Reads the collectors' part of the state record. The record's checksum is already verified. Parts that are missing, or of an older shape,
 * start empty.
 */
export function collectorMemory(kept: unknown): CollectorMemory {
  const fields = isRecord(kept) ? kept : {};
  const { bookmarks, lostEvents, perf, snapshotStartsMs } = fields;
  return {
    bookmarks: Object.fromEntries(
      Object.entries(isRecord(bookmarks) ? bookmarks : {}).filter((entry): entry is [string, EventBookmarks[string]] =>
        isBookmark(entry[1]),
      ),
    ),
    lostEvents: typeof lostEvents === "number" ? lostEvents : 0,
    perf: isPerfCounts(perf) ? perf : NO_PERF_COUNTS,
    snapshotStartsMs: (Array.isArray(snapshotStartsMs) ? snapshotStartsMs : [])
      .filter((atMs): atMs is number => typeof atMs === "number" && Number.isFinite(atMs))
      .slice(-MAX_STARTS),
  };
}

function isBookmark(value: unknown): value is EventBookmarks[string] {
  return isRecord(value) && typeof value["recordId"] === "number" && typeof value["atMs"] === "number";
}

function isPerfCounts(value: unknown): value is PerfCounts {
  return isRecord(value) && isRecord(value["pools"]) && (value["instances"] === null || isRecord(value["instances"]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
