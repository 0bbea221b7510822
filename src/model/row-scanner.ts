import type { AppPool } from "./app-pool.ts";
import type { Protocol } from "./label-values.ts";
import type { LogKind, RequestRow, Schema } from "./row.ts";

/**
 * The short way of rows: a scanner goes through many lines at once, counts what is noise or of no consequence, and lists requests by
 * their numbers: of those that need no second look the client alone, of the others what `parse` would have made of their lines. Every
 * line that it does not judge with certainty it leaves to `Format.parse`, whose judgement is the same.
 */
export interface RowScanner {
  /** Takes the bytes that the next calls of `scan` go through. They are copied. */
  load(bytes: Uint8Array, start: number, end: number): void;
  /** Sets what holds for the lines that follow; false when it cannot read lines of that schema. */
  begin(schema: Schema, rules: ScanRules): boolean;
  /**
   * Goes through whole lines from `at` on (a place in the bytes loaded). Returns where it stopped: before the first line that is left to
   * the caller, after `mostRows` rows, or at the start of a line without end. The results hold until the next call.
   */
  scan(at: number): number;
  /** Time of the row before which it stopped because that is beyond the horizon (Unix ms); null when it was for another reason. */
  readonly aheadAtMs: number | null;
  /** The list was full: call again. */
  readonly isFull: boolean;
  readonly tally: ScanTally;
  readonly scanned: ScannedRequests;
}

/** Which lines a scanner may judge. */
export interface ScanRules {
  readonly log: LogKind;
  /** Rows with `sinceMs <= time < untilMs`, and none after the horizon (Unix ms). */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly horizonMs: number;
  readonly maxLineBytes: number;
  /** Protocols of which a served request is complete by its row in this log. */
  readonly protocolsSettledByOneLog: ReadonlySet<Protocol>;
}

/** What one call of `scan` went through. Times are Unix ms, NaN without a line. */
export interface ScanTally {
  readonly countedLines: number;
  readonly countedBytes: number;
  readonly noiseLines: number;
  readonly noiseBytes: number;
  /** Of the last line, and the newest of all. */
  readonly lastAtMs: number;
  readonly newestAtMs: number;
}

/**
 * Requests of a front-end log, in the order of their lines: served ones (status 200 to 399) of plain protocols, and the others as
 * IS_TOLD.
 */
export interface ScannedRequests {
  readonly source: "iis_front" | "http_proxy";
  readonly count: number;
  /** Unix ms. */
  readonly atMs: Float64Array;
  /** Key of the client, as `requestFacts()` makes it; something else for a full row. */
  readonly clients: Float64Array;
  /** Of the line's first byte, from where the call began. */
  readonly starts: Uint32Array;
  /** Index in `urls`, plus HAS_USER when a user name stands in the row, plus IS_TOLD. */
  readonly urlCodes: Uint8Array;
  readonly urls: readonly ScannedUrl[];
  /** Index in SCHEMES. */
  readonly schemes: Uint8Array;
  /** For a full row: what `parse` makes of its line. */
  fullRow(index: number): RequestRow;
  /** Times of the oldest and newest of all rows counted in the call, listed or not. */
  readonly oldestAtMs: number;
  readonly newestAtMs: number;
}

/** What a URL tells of its request. */
export interface ScannedUrl {
  readonly protocol: Protocol;
  readonly appPool: AppPool;
}

export const HAS_USER = 128;
export const HAS_FULL_ROW = 64;
