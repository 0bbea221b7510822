import type { AppPool } from "./app-pool.ts";
import type { Category, Protocol } from "./label-values.ts";
import type { LogKind, RequestRow, Schema, WorkerRow } from "./row.ts";
import type { ScannerMemory } from "./logs/scanner-memory.ts";
import type { KnownKinds } from "./logs/watched-clients.ts";

/**
 * Fast path: reads many lines at once. It counts noise and lines without effect, and lists requests as columns: only
 * the client key when this log alone settles the request, otherwise all fields that `parse` would return. It leaves any
 * line that it cannot classify with certainty to `Format.parse`, which gives the same result.
 */
export interface RowScanner {
  /** Copies the bytes that the next calls of `scan` read. */
  load(bytes: Uint8Array, start: number, end: number): void;
  /** Sets schema and rules for the following lines. Returns false when it cannot read lines of this schema. */
  begin(schema: Schema, rules: ScanRules): boolean;
  /**
   * Reads whole lines from `at`, an offset in the loaded bytes, which is `offset` in the file. Returns where it stopped:
   * before the first line that is left to the caller, when its list of rows is full, or at the start of a line without
   * an end. The results are valid until the next call.
   */
  scan(at: number, offset: number): number;
  /** Memory in which it can keep rows; null: it lists them all. */
  readonly memory: ScannerMemory | null;
  /**
   * Time of the next row (Unix ms) when the scanner stopped because the row is later than the horizon; null otherwise.
   */
  readonly aheadAtMs: number | null;
  /** True when the list of rows was full: call `scan` again. */
  readonly isFull: boolean;
  readonly tally: ScanTally;
  readonly scanned: ScannedRequests;
  /**
   * The worker process of the rows that the last call of `scan` counted (as noise, too), at the time of the newest of
   * them; null when the log shows none. An earlier row of the process was left to the caller.
   */
  readonly worker: WorkerRow | null;
  /**
   * Takes rows that another scanner of the format has listed, as if this one had scanned them: it keeps what it can. Begins with the row
   * `from`, which is 0 or where the last call stopped; returns where it stopped. `scanned` gives the result. Only for a scanner with
   * `memory`.
   */
  replay(rows: ListedRows, from: number, keeping: Keeping): number;
}

/** Rows of IIS that a scanner has listed, without views of its memory. */
export interface ListedRows {
  readonly schema: Schema;
  /** Offset in the file from which the rows' starts count. */
  readonly offset: number;
  readonly count: number;
  /**
   * Times and clients of the rows; starts (32 bits each) and URL codes (8 bits each), both filled up to whole numbers; then
   * FULL_ROW_NUMBERS numbers of each full row: status, substatus, Win32 status, keys of request, user agent and ids, 1 for a device.
   */
  readonly numbers: Float64Array;
  readonly oldestAtMs: number;
  readonly newestAtMs: number;
}
export const FULL_ROW_NUMBERS = 7;

/** Which lines a scanner may classify. */
export interface ScanRules {
  readonly log: LogKind;
  /** Only rows with `sinceMs <= time < untilMs` and not later than the horizon (Unix ms). */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly horizonMs: number;
  readonly maxLineBytes: number;
  /**
   * Protocols for which this log alone decides a served request; for a CSV log of the back end, those of which it
   * decides none, so that only rows that may carry a reason are left to the caller.
   */
  readonly protocolsSettledByOneLog: ReadonlySet<Protocol>;
  /** Keeps served rows that this log alone decides, instead of listing them; null: lists them. */
  readonly keeping: Keeping | null;
}

/** How a scanner keeps served rows. */
export interface Keeping {
  readonly fileKey: number;
  readonly server: KeepingServer;
}

/** The server whose rows are kept; the same object for all its files. */
export interface KeepingServer {
  /** Key of the app pool that serves a URL on the server: with the key of the client it makes the key of a success. */
  poolKeyOf(url: ScannedUrl): number;
  /** Packed fields of a success at that URL, as the engine keeps them of a client's attempts. */
  packedFieldsOf(url: ScannedUrl): number;
  /** Its number in the engine. */
  readonly index: number;
  /** Kinds of rows with that schema that the scanner may take although they were not served. The same object until kinds are forgotten. */
  kindsOf(schema: Schema): KnownKinds;
}

/** Counts of one call of `scan`. `lastAtMs` is NaN and `newestAtMs` -Infinity without a row. Unix ms. */
export interface ScanTally {
  readonly countedLines: number;
  readonly countedBytes: number;
  readonly noiseLines: number;
  readonly noiseBytes: number;
  /** Time of the last row, and the newest time of all rows. */
  readonly lastAtMs: number;
  readonly newestAtMs: number;
}

/**
 * Requests of a front-end log, in the order of their lines. A served request (status 200 to 399) that this log alone
 * settles carries only its client key. Any other has HAS_FULL_ROW and `fullRow(index)`.
 */
export interface ScannedRequests {
  readonly source: "iis_front" | "http_proxy";
  readonly count: number;
  /** Unix ms. */
  readonly atMs: Float64Array;
  /** Key of the client as `requestFacts()` computes it; for a full row, the key of its address. */
  readonly clients: Float64Array;
  /** Offset of the line's first byte, counted from where the call of `scan` began. */
  readonly starts: Uint32Array;
  /** Index in `urls`, plus HAS_USER when the row has a user name, plus HAS_FULL_ROW for a full row. */
  readonly urlCodes: Uint8Array;
  readonly urls: readonly ScannedUrl[];
  /** Index in SCHEMES. */
  readonly schemes: Uint8Array;
  /**
   * The rows that are kept: counted here, with the successes in `RowScanner.memory`. Of served rows only those whose client may be followed
   * are listed as well, with the key of the success in `clients`. Null: every row is listed.
   */
  readonly kept: KeptRows | null;
  /** Fields of the full rows; null where they are at hand only through `fullRow()`. */
  readonly fullRows: FullRowColumns | null;
  /** Returns the row as `parse` would. Only for a full row. */
  fullRow(index: number): RequestRow;
  /** Times of the oldest and newest row counted in the call, listed or not. */
  readonly oldestAtMs: number;
  readonly newestAtMs: number;
}

/**
 * Runs of kept rows: served rows of one URL code, or rows of one known kind, within ten seconds. Those at a full minute are in runs of
 * their own.
 */
export interface KeptRows {
  readonly count: number;
  /** Of each run: URL code with HAS_USER, or FIRST_KIND_CODE and index of the kind; number of rows; first and last time (Unix ms). */
  readonly runs: Float64Array;
  /** Of each full row: number of successes kept before it. */
  readonly successesBefore: Float64Array;
}
export const KEPT_COLUMNS = 4;

/** Why a row of HttpProxy says that a token was refused. */
export interface FullRowReason {
  readonly category: Category;
  readonly isBackEnd: boolean;
}

/**
 * Fields of full rows, one entry per row of the batch; those of other rows have no meaning. `subStatuses` and `win32Statuses`, of IIS
 * alone: -1 for a row without one. `devices`: 1 when the row names a device. The others are keys, 0 for a row without one.
 */
export interface FullRowColumns {
  /** The schema of the rows: they have the same columns as other rows with it. */
  readonly schema: Schema;
  readonly statuses: Uint16Array;
  readonly subStatuses: Float64Array;
  readonly win32Statuses: Float64Array;
  readonly requestKeys: Float64Array;
  readonly userAgentKeys: Float64Array;
  readonly idsKeys: Float64Array;
  readonly devices: Uint8Array;
  /** Of HttpProxy alone. */
  readonly backEndStatuses: Uint16Array;
  /** The reason in a row of HttpProxy, as its text says. */
  reasonOf(index: number): FullRowReason | null;
}

/** What a URL shows about its request. */
export interface ScannedUrl {
  readonly protocol: Protocol;
  readonly appPool: AppPool;
}

export const HAS_USER = 128;
export const HAS_FULL_ROW = 64;
