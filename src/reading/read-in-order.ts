import { CursorHeap, type Keyed } from "./cursor-heap.ts";
import { EventLoopYield } from "./event-loop-yield.ts";

/**
 * A file being read. `key` is the time it stands at (Unix ms): of its next row if that is known, else of its last, else what its name
 * tells.
 */
export interface Cursor extends Keyed {
  /**
   * Reads some rows, none beyond the first that is newer than `horizonMs`; it may stop sooner. True when there is more to read. Never
   * rejects for what a file does.
   */
  step(horizonMs: number): Promise<boolean>;
}

export interface OrderRules {
  /** How far a file may be read ahead of the file furthest behind (event time, ms). */
  readonly maxAheadMs: number;
  /** Called after each step with the time that the file furthest behind has reached. Never goes back. */
  readonly onWatermark: (watermarkMs: number) => void;
  /** Asked after each step; false ends the reading. */
  readonly goesOn: () => boolean;
}

/** Reads the cursors step by step, always the one furthest behind. True when all were read to their end. */
export async function readInOrder(cursors: Iterable<Cursor>, rules: OrderRules): Promise<boolean> {
  const heap = new CursorHeap<Cursor>();
  for (const cursor of cursors) heap.push(cursor);
  let watermarkMs = -Infinity;
  const eventLoop = new EventLoopYield();
  for (let cursor = heap.pop(); cursor !== undefined; cursor = heap.pop()) {
    const nextKey = heap.peek()?.key ?? Infinity;
    const hasMore = await cursor.step(nextKey + rules.maxAheadMs);
    if (hasMore) heap.push(cursor);
    const furthestBehind = heap.peek()?.key ?? -Infinity;
    if (furthestBehind > watermarkMs) {
      watermarkMs = furthestBehind;
      rules.onWatermark(watermarkMs);
    }
    if (!rules.goesOn()) return heap.size === 0;
    await eventLoop.ifDue();
  }
  return true;
}
