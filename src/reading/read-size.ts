/** Size of a full chunk, bytes. Fits into the second-level cache of the processor. */
export const CHUNK_BYTES = 262_144;
/** Size of the first chunk of a file that is followed: many logs of an hour are smaller, and the horizon is near. */
export const FIRST_BYTES = 32_768;
const SMALLEST_BYTES = 4_096;
/**
 * Distance of a buffer's start from where the allocator places memory, bytes. Processors of AMD (seen on EPYC) copy four to six times more
 * slowly when the destination begins 1 to 31 bytes after the source, both counted within their pages. Large memory begins 16 bytes
 * into a page, which is such a place for the start of a file; 80 bytes is none.
 */
const DISTANCE_BYTES = 64;

/** Result of reading a chunk: bytes offered to the reader, and bytes that it consumed. */
export interface ChunkOutcome {
  readonly offered: number;
  readonly consumed: number;
  /** The reader stopped at a row newer than the horizon. */
  readonly isAhead: boolean;
}

/**
 * Number of bytes to read next: few when the horizon stops the reader early, a full chunk when it does not, and more than a chunk for a
 * line that is longer than a chunk. `mostBytes` is the size of the buffer.
 */
export function nextReadBytes(outcome: ChunkOutcome, mostBytes: number): number {
  const { offered, consumed, isAhead } = outcome;
  // A step is about as long as the one before it.
  if (isAhead) return Math.min(Math.max(consumed + (consumed >> 2), SMALLEST_BYTES), CHUNK_BYTES);
  if (consumed === 0) return Math.min(Math.max(2 * offered, SMALLEST_BYTES), mostBytes);
  // The beginning of an incomplete line is read again with the next chunk.
  return Math.min(Math.max(2 * offered, SMALLEST_BYTES), Math.max(CHUNK_BYTES, 2 * (offered - consumed)), mostBytes);
}

/** Size of a buffer that holds any line of at most `maxLineBytes`, bytes. */
export function bufferBytes(maxLineBytes: number): number {
  return Math.max(CHUNK_BYTES, maxLineBytes + 4);
}

/** A buffer of `bytes` bytes for reading files, whose starts it takes fast. Not filled with zeros. */
export function createReadBuffer(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(DISTANCE_BYTES + bytes).subarray(DISTANCE_BYTES);
}
