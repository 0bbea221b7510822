/**
 * Memory for the last successes of all clients and for which clients are followed, shared by the engine and a scanner. The views are
 * replaced when the memory of the scanner grows.
 */
export interface SuccessMemory {
  /** Of each success: client key, time (Unix ms), file key and offset, side by side, because nearly every request writes one. */
  readonly successes: Float64Array;
  /** For each success: number of the one before in the same bucket, counted from 1; 0 ends the chain. */
  readonly before: Uint32Array;
  /** For each value of a client key's low bits: number of its last success. Length: a power of two. */
  readonly buckets: Uint32Array;
  /** One number: how many successes were written. */
  readonly count: Float64Array;
  /** For each value of a client key's low 16 bits: not 0 when such a client is followed. */
  readonly followed: Uint8Array;
}

export const SUCCESS_COLUMNS = 4;
export const FOLLOWED_SLOTS = 65_536;

/** Most rows that a scanner keeps before the engine takes their batch: so many successes are kept longer than they are asked for. */
export const MAX_KEPT_ROWS = 16_384;

/** Memory of its own for `capacity` successes and those of one batch. */
export function createSuccessMemory(capacity: number): SuccessMemory {
  const length = successesIn(capacity);
  return {
    successes: new Float64Array(length * SUCCESS_COLUMNS),
    before: new Uint32Array(length),
    buckets: new Uint32Array(bucketsOf(capacity)),
    count: new Float64Array(1),
    followed: new Uint8Array(FOLLOWED_SLOTS),
  };
}

/** Number of successes in a memory for `capacity` successes and those of one batch. */
export function successesIn(capacity: number): number {
  return capacity + MAX_KEPT_ROWS;
}

/** Number of buckets in a memory for `capacity` successes: a power of two. */
export function bucketsOf(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity));
}

/** Number of successes that the memory holds. */
export function lengthOf({ before }: SuccessMemory): number {
  return before.length;
}
