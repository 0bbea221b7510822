/** A queue of items ordered by time. Items with equal times come out in the order in which they were added. */
export interface Schedule<T> {
  readonly add: (atMs: number, item: T) => void;
  /** Removes and returns the earliest item; null when the queue is empty. */
  readonly take: () => { readonly atMs: number; readonly item: T } | null;
  readonly size: () => number;
}

interface Entry<T> {
  readonly atMs: number;
  readonly order: number;
  readonly item: T;
}

/** Creates a binary heap. It holds only items that were added and not yet taken. */
export function createSchedule<T>(): Schedule<T> {
  const heap: Entry<T>[] = [];
  let added = 0;
  return {
    size: () => heap.length,
    add: (atMs, item) => {
      heap.push({ atMs, order: added++, item });
      siftUp(heap);
    },
    take: () => {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length > 0) {
        heap[0] = last;
        siftDown(heap);
      }
      return first;
    },
  };
}

function isBefore<T>(one: Entry<T>, other: Entry<T>): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

function siftUp<T>(heap: Entry<T>[]): void {
  let at = heap.length - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const entry = heap[at];
    const parent = heap[above];
    if (entry === undefined || parent === undefined || !isBefore(entry, parent)) return;
    heap[at] = parent;
    heap[above] = entry;
    at = above;
  }
}

function siftDown<T>(heap: Entry<T>[]): void {
  let at = 0;
  for (;;) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      const entry = heap[child];
      const smallest = heap[least];
      if (entry !== undefined && smallest !== undefined && isBefore(entry, smallest)) least = child;
    }
    const entry = heap[at];
    const smaller = heap[least];
    if (least === at || entry === undefined || smaller === undefined) return;
    heap[at] = smaller;
    heap[least] = entry;
    at = least;
  }
}
