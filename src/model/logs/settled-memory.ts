/**
 * Memory for requests that were counted, of which one row is known. Shared by the engine and a scanner; the views are replaced when the
 * memory of the scanner grows.
 */
export interface SettledMemory {
  readonly records: Float64Array;
  /** Hash table with open addressing: number of a record, counted from 1; 0 is free. Twice as many are used as there can be records. */
  readonly slots: Uint32Array;
  /** See the constants below. */
  readonly numbers: Float64Array;
  /** For each value of the low 16 bits of a key: not 0 when the engine has such a request as an object. */
  readonly otherIds: Uint8Array;
  /** Removes the oldest records, up to the first one of a row that arrived after that (Unix ms); null: the engine does. */
  readonly expire: ((arrivedBeforeMs: number) => void) | null;
}

/** Length of a record: 128 bytes, two lines of a processor's cache. */
export const RECORD_NUMBERS = 16;
export const OTHER_ID_SLOTS = 65_536;
/** Indexes in `numbers`: numbers of the oldest record and of the next one, how many there are, and room for how many (a power of two). */
export const [FIRST, NEXT, SIZE, ROOM] = [0, 1, 2, 3] as const;
/** How many requests the engine has as objects, how many it may have of both, and 1 when it has ids of completed ones. */
export const [OTHERS, MOST, HAS_COMPLETED] = [4, 5, 6] as const;
export const SETTLED_NUMBERS = 7;
