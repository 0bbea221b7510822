/**
 * Clients that a scanner watches for the engine. They were refused too seldom for a loop, so the engine does not follow them. Their
 * attempts are kept as the engine would keep them: it takes a client over when its refusals begin to matter, or when it is asked for it.
 */
export interface WatchedClients {
  readonly count: number;
  /** Watches clients by these rules, and takes rows whose kind the engine knows (`KeepingServer.kindsOf()`). */
  begin(rules: WatchRules): void;
  /** At most so many clients may be watched now. */
  setMost(most: number): void;
  /** Number in the order in which clients were first refused, for a client that the engine follows from now on. */
  nextOrder(): number;
  /** Index of the client with that key; -1 when it is not watched. Valid until a client is removed. */
  indexOf(key: number): number;
  /** Its columns are valid until the next call. */
  client(index: number): WatchedClient;
  /** Stops watching a client. */
  remove(index: number): void;
  /**
   * Makes attempts that arrived by `arrivedBeforeMs` final, ends runs of clients silent up to `silentToMs` (Unix ms), and stops watching
   * those without a refusal. Returns the keys of the clients that the engine must follow from now on.
   */
  finalise(arrivedBeforeMs: number, silentToMs: number): readonly number[];
  /** Time (Unix ms) of the first refusal of a pool's clients that may still be part of a loop; Infinity without one. */
  earliestRefusalMs(poolKey: number): number;
}

export interface WatchRules {
  /** A client that was refused or challenged so often is no longer only watched. */
  readonly mostRefusals: number;
  /** A run ends when a client sends nothing for so long, ms. */
  readonly idleMs: number;
  /** Successes before the first refusal are looked for so far back, ms. */
  readonly lookBackMs: number;
}

export interface WatchedClient {
  readonly key: number;
  readonly identity: number;
  readonly pool: number;
  readonly order: number;
  readonly wasServed: boolean;
  /** The client was served before the first attempt. */
  readonly servedBefore: boolean;
  /** Attempts in order of time. The first `finalCount` are final and are those of the open run. */
  readonly count: number;
  readonly finalCount: number;
  /** Of each attempt: time (Unix ms), file key, offset, when it arrived, and its fields as the engine packs them, side by side. */
  readonly attempts: Float64Array;
}

/** Numbers of an attempt in `WatchedClient.attempts`. */
export const WATCHED_ATTEMPT_NUMBERS = 5;

/** Kinds of rows that were not served and that the scanner may take, 64 at most. */
export interface KnownKinds {
  /** `KIND_COLUMNS` numbers for each kind. */
  readonly columns: Float64Array;
  readonly count: number;
}

export const MAX_KNOWN_KINDS = 64;
/**
 * Of a kind: status * 256 + URL code with HAS_USER; sub-status, Win32 status (-1 for none); 1 for a row that names a device; key of the
 * pool; packed fields of its attempts, and of successes of its clients; 1 when its clients are watched, 1 when a further row with its
 * request id is a copy; code of the row in the record of its request.
 */
export const KIND_COLUMNS = 10;
/** In `KeptRows.runs`, rows of known kinds have codes from here on. */
export const FIRST_KIND_CODE = 256;
