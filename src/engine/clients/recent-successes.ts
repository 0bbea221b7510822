import {
  bucketsOf,
  createSuccessMemory,
  lengthOf,
  SUCCESS_COLUMNS,
  successesIn,
  type SuccessMemory,
} from "../../model/logs/success-memory.ts";

/** Time (Unix ms) and position of a client's success. */
export interface RecentSuccess {
  readonly atMs: number;
  readonly fileKey: number;
  readonly offset: number;
}

/** Which successes of a client `visit()` finds: at most `most`, down to the first one that is older than `sinceMs` (Unix ms). */
export interface SuccessSearch {
  readonly most: number;
  readonly sinceMs: number;
}

/**
 * The last `capacity` successes of all clients, in typed arrays. They show whether a client that is refused for the first time
 * was served shortly before, without a record per client. The oldest are overwritten. 36 bytes per success, and the buckets.
 */
export class RecentSuccesses {
  readonly #capacity: number;
  /** null until the first success: its 10 MB cost milliseconds to clear, and a scanner may bring memory of its own. */
  #memory: SuccessMemory | null = null;
  /** Successes that were kept before the row that is being taken; null: all. */
  #asOf: number | null = null;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Uses this memory from now on, which is new. False when it is of another size. */
  moveInto(memory: SuccessMemory): boolean {
    const own = this.#memory;
    if (memory === own) return true;
    if (lengthOf(memory) !== successesIn(this.#capacity) || memory.buckets.length !== bucketsOf(this.#capacity))
      return false;
    // Without successes all are zero; to copy them would use memory that may never be needed.
    if (own !== null && (own.count[0] ?? 0) > 0) {
      memory.successes.set(own.successes);
      memory.before.set(own.before);
      memory.buckets.set(own.buckets);
      memory.count.set(own.count);
    }
    this.#memory = memory;
    return true;
  }

  /**
   * A scanner keeps the successes of a batch before the engine takes the batch. `count`: number of successes before the row that is being
   * taken, so that `visit()` finds what it would find without a scanner; null after the batch.
   */
  setTime(count: number | null): void {
    this.#asOf = count;
  }

  /** `clientKey` identifies client, server and app pool. */
  add(clientKey: number, atMs: number, fileKey: number, offset: number): void {
    this.#memory ??= createSuccessMemory(this.#capacity);
    const { successes, before, buckets, count } = this.#memory;
    const number = count[0] ?? 0;
    const slot = number % before.length;
    const bucket = clientKey & (buckets.length - 1);
    const at = slot * SUCCESS_COLUMNS;
    successes[at] = clientKey;
    successes[at + 1] = atMs;
    successes[at + 2] = fileKey;
    successes[at + 3] = offset;
    // Chains hold running numbers, not slots: a number that is too old shows that its slot was overwritten.
    before[slot] = buckets[bucket] ?? 0;
    buckets[bucket] = number + 1;
    count[0] = number + 1;
  }

  /**
   * Calls `take` for the newest successes of a client, oldest first. Of those older than `sinceMs` one is included: so there is one call if
   * any success is known. Those after `setTime()` are included, too, with `isLater`.
   */
  visit(clientKey: number, search: SuccessSearch, take: (success: RecentSuccess, isLater: boolean) => void): void {
    if (this.#memory === null) return;
    const { successes, before, buckets, count } = this.#memory;
    const asOf = this.#asOf ?? count[0] ?? 0;
    const slots: number[] = [];
    let later = 0;
    let number = buckets[clientKey & (buckets.length - 1)] ?? 0;
    while (number > 0 && number > asOf - this.#capacity && slots.length - later < search.most) {
      const slot = (number - 1) % before.length;
      if (successes[slot * SUCCESS_COLUMNS] === clientKey) {
        slots.push(slot);
        if (number > asOf) later += 1;
        else if ((successes[slot * SUCCESS_COLUMNS + 1] ?? 0) < search.sinceMs) break;
      }
      const previous = before[slot] ?? 0;
      if (previous >= number) break;
      number = previous;
    }
    const firstLater = slots.length - later;
    for (const [index, slot] of slots.reverse().entries()) take(successAt(successes, slot), index >= firstLater);
  }

  /** The newest successes, at most `most`, oldest first, as [clientKey, atMs, fileKey, offset]. */
  dump(most: number): number[][] {
    const rows: number[][] = [];
    if (this.#memory === null) return rows;
    const { successes, before } = this.#memory;
    const count = this.#memory.count[0] ?? 0;
    for (let number = Math.max(1, count - Math.min(most, this.#capacity) + 1); number <= count; number++) {
      const slot = (number - 1) % before.length;
      const { atMs, fileKey, offset } = successAt(successes, slot);
      rows.push([successes[slot * SUCCESS_COLUMNS] ?? 0, atMs, fileKey, offset]);
    }
    return rows;
  }
}

function successAt(successes: Float64Array, slot: number): RecentSuccess {
  const at = slot * SUCCESS_COLUMNS;
  return { atMs: successes[at + 1] ?? 0, fileKey: successes[at + 2] ?? 0, offset: successes[at + 3] ?? 0 };
}
