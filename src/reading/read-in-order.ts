import { CursorHeap, type IsBefore, type Keyed } from "./cursor-heap.ts";
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

/** Which of several files is read next: always the one furthest behind. */
export class ReadingOrder<One extends Keyed> {
  readonly #heap: CursorHeap<One>;
  readonly #maxAheadMs: number;
  #watermarkMs = -Infinity;

  /** `maxAheadMs`: how far a file may be read ahead of the file furthest behind, ms of event time. */
  constructor(files: Iterable<One>, maxAheadMs: number, isBefore?: IsBefore<One>) {
    this.#maxAheadMs = maxAheadMs;
    this.#heap = new CursorHeap(isBefore);
    for (const file of files) this.#heap.push(file);
  }

  /** Takes out the file furthest behind; undefined when there is none. */
  next(): One | undefined {
    return this.#heap.pop();
  }

  /** Time of a row (Unix ms) up to which the file that was taken out may be read. */
  get horizonMs(): number {
    return (this.#heap.peek()?.key ?? Infinity) + this.#maxAheadMs;
  }

  /** Puts a file back that has more to read. */
  putBack(file: One): void {
    this.#heap.push(file);
  }

  /** Reading position (Unix ms) of the file furthest behind, when it has moved on since it was last asked for; otherwise null. */
  newWatermarkMs(): number | null {
    const furthestBehind = this.#heap.peek()?.key ?? -Infinity;
    if (furthestBehind <= this.#watermarkMs) return null;
    this.#watermarkMs = furthestBehind;
    return furthestBehind;
  }

  /** True when no file has more to read. */
  get isEmpty(): boolean {
    return this.#heap.size === 0;
  }
}

/** Reads the cursors step by step, always the one furthest behind. True when all were read to their ends. */
export async function readInOrder(cursors: Iterable<Cursor>, rules: OrderRules): Promise<boolean> {
  const order = new ReadingOrder(cursors, rules.maxAheadMs);
  const eventLoop = new EventLoopYield();
  for (let cursor = order.next(); cursor !== undefined; cursor = order.next()) {
    if (await cursor.step(order.horizonMs)) order.putBack(cursor);
    const watermarkMs = order.newWatermarkMs();
    if (watermarkMs !== null) rules.onWatermark(watermarkMs);
    if (!rules.goesOn()) return order.isEmpty;
    await eventLoop.ifDue();
  }
  return true;
}
