/** Time (Unix ms) and position of a client's success. */
export interface RecentSuccess {
  readonly atMs: number;
  readonly fileKey: number;
  readonly offset: number;
}

const COLUMNS = 4;

/**
 * The last `capacity` successes of all clients, in typed arrays. They show whether a client that is refused for the first time
 * was served shortly before, without a record per client. The oldest are overwritten. 36 bytes per success, and the buckets.
 */
export class RecentSuccesses {
  readonly #capacity: number;
  /** Of each success: client key, time, file key and offset, side by side, because nearly every request writes one. */
  readonly #successes: Float64Array;
  /** For each slot: number of the previous success in the same bucket, counted from 1; 0 ends the chain. */
  readonly #before: Uint32Array;
  readonly #buckets: Uint32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#successes = new Float64Array(capacity * COLUMNS);
    this.#before = new Uint32Array(capacity);
    this.#buckets = new Uint32Array(2 ** Math.ceil(Math.log2(capacity)));
  }

  /** `clientKey` identifies client, server and app pool. */
  add(clientKey: number, atMs: number, fileKey: number, offset: number): void {
    const slot = this.#count % this.#capacity;
    const bucket = this.#bucketOf(clientKey);
    const successes = this.#successes;
    successes[slot * COLUMNS] = clientKey;
    successes[slot * COLUMNS + 1] = atMs;
    successes[slot * COLUMNS + 2] = fileKey;
    successes[slot * COLUMNS + 3] = offset;
    // Chains hold running numbers, not slots: a number that is too old shows that its slot was overwritten.
    this.#before[slot] = this.#buckets[bucket] ?? 0;
    this.#count += 1;
    this.#buckets[bucket] = this.#count;
  }

  /**
   * Calls `take` for the newest successes of a client, at most `most`, oldest first. Stops at the first one older than `sinceMs` (Unix ms),
   * which is included: so there is one call if any success is known.
   */
  visit(
    clientKey: number,
    { most, sinceMs }: { readonly most: number; readonly sinceMs: number },
    take: (success: RecentSuccess) => void,
  ): void {
    const slots: number[] = [];
    let number = this.#buckets[this.#bucketOf(clientKey)] ?? 0;
    while (number > 0 && number > this.#count - this.#capacity && slots.length < most) {
      const slot = (number - 1) % this.#capacity;
      if (this.#successes[slot * COLUMNS] === clientKey) {
        slots.push(slot);
        if ((this.#successes[slot * COLUMNS + 1] ?? 0) < sinceMs) break;
      }
      const before = this.#before[slot] ?? 0;
      if (before >= number) break;
      number = before;
    }
    for (const slot of slots.reverse()) take(this.#success(slot));
  }

  /** The newest successes, at most `most`, oldest first, as [clientKey, atMs, fileKey, offset]. */
  dump(most: number): number[][] {
    const rows: number[][] = [];
    for (let number = Math.max(1, this.#count - Math.min(most, this.#capacity) + 1); number <= this.#count; number++) {
      const slot = (number - 1) % this.#capacity;
      const { atMs, fileKey, offset } = this.#success(slot);
      rows.push([this.#successes[slot * COLUMNS] ?? 0, atMs, fileKey, offset]);
    }
    return rows;
  }

  #success(slot: number): RecentSuccess {
    const at = slot * COLUMNS;
    return {
      atMs: this.#successes[at + 1] ?? 0,
      fileKey: this.#successes[at + 2] ?? 0,
      offset: this.#successes[at + 3] ?? 0,
    };
  }

  #bucketOf(clientKey: number): number {
    // The client key is a hash already, and the number of buckets is a power of two.
    return clientKey & (this.#buckets.length - 1);
  }
}
