/** Sorted by `key` (a point in time), then by `rank`; the smaller comes first. */
export interface Keyed {
  readonly key: number;
  /** Breaks ties, so that the order does not depend on the order of insertion. */
  readonly rank: string;
}

/** Whether one cursor comes before another. */
export type IsBefore<Cursor> = (a: Cursor, b: Cursor) => boolean;

/** A binary heap of cursors. What their order follows from must not change while they are in the heap. */
export class CursorHeap<Cursor extends Keyed> {
  readonly #cursors: Cursor[] = [];
  readonly #isBefore: IsBefore<Cursor>;

  /** `isBefore`: another order than that of keys and ranks; it must not contradict that of the keys. */
  constructor(isBefore: IsBefore<Cursor> = isEarlier) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#cursors.length;
  }

  /** Returns the cursor furthest behind. */
  peek(): Cursor | undefined {
    return this.#cursors[0];
  }

  push(cursor: Cursor): void {
    const cursors = this.#cursors;
    let at = cursors.push(cursor) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = cursors[parentAt];
      if (parent === undefined || !this.#isBefore(cursor, parent)) break;
      cursors[at] = parent;
      at = parentAt;
    }
    cursors[at] = cursor;
  }

  /** Removes and returns the cursor furthest behind. */
  pop(): Cursor | undefined {
    const first = this.#cursors[0];
    const last = this.#cursors.pop();
    if (last !== undefined && this.#cursors.length > 0) this.#sink(last);
    return first;
  }

  /** Puts `cursor` at the top and moves it down until the heap is in order. */
  #sink(cursor: Cursor): void {
    const cursors = this.#cursors;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = cursors[childAt];
      if (child === undefined) break;
      const right = cursors[childAt + 1];
      if (right !== undefined && this.#isBefore(right, child)) {
        child = right;
        childAt += 1;
      }
      if (!this.#isBefore(child, cursor)) break;
      cursors[at] = child;
      at = childAt;
    }
    cursors[at] = cursor;
  }
}

function isEarlier(a: Keyed, b: Keyed): boolean {
  return a.key < b.key || (a.key === b.key && a.rank < b.rank);
}
