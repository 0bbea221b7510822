/** Largest read of a chunk. Fits into the processor's second cache. */
export const CHUNK_BYTES = 262_144;
const SMALLEST_BYTES = 4_096;

/** How a chunk went. */
export interface ChunkOutcome {
  readonly offered: number;
  readonly consumed: number;
  /** The reader stopped at the horizon. */
  readonly isAhead: boolean;
}

/**
 * How much to read next: little where the horizon stops the reader early, a chunk where it does not, and more than a chunk for a line
 * that is longer. `mostBytes` is the buffer's size.
 */
export function nextReadBytes(outcome: ChunkOutcome, mostBytes: number): number {
  const { offered, consumed, isAhead } = outcome;
  if (isAhead) return Math.min(Math.max(2 * consumed, SMALLEST_BYTES), CHUNK_BYTES);
  if (consumed === 0) return Math.min(Math.max(2 * offered, SMALLEST_BYTES), mostBytes);
  // The beginning of a line that was not found whole is read again.
  return Math.min(Math.max(2 * offered, SMALLEST_BYTES), Math.max(CHUNK_BYTES, 2 * (offered - consumed)), mostBytes);
}

/** Size of a buffer in which any line that is not too long is found whole. */
export function bufferBytes(maxLineBytes: number): number {
  return Math.max(CHUNK_BYTES, maxLineBytes + 4);
}
