import { CursorHeap, type Keyed } from "./cursor-heap.ts";
import { EventLoopYield } from "./event-loop-yield.ts";

/**
 * A file being read. `key` is its reading position in time (Unix ms): time of the next row if known, else of the last row, else from the
 * file's name.
 */
export interface Cursor extends Keyed {
  /**
   * Reads rows until one is newer than `horizonMs` (Unix ms); may stop earlier. True when there is more to read. Never rejects because of
   * an error of the file.
   */
  step(horizonMs: number): Promise<boolean>;
}

export interface OrderRules {
  /** How far a file may be read ahead of the file furthest behind, ms of event time. */
  readonly maxAheadMs: number;
  /** Called after a step when the file furthest behind has moved on, with its reading position (Unix ms). Never decreases. */
  readonly onWatermark: (watermarkMs: number) => void;
  /** Asked after each step; false ends the reading. */
  readonly goesOn: () => boolean;
}

/** Reads the cursors step by step, always the one furthest behind. True when all were read to their ends. */
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
