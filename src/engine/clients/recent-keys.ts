/**
 * The keys added last, between one and two times `capacity` of them, 16 to 32 bytes each. Older ones are forgotten. A key is that of
 * `textKey()` or `combineKeys()`: a whole number of 52 bits, never 0.
 */
export class RecentKeys {
  readonly #capacity: number;
  /**
   * Hash tables with open addressing, at least twice as long as they have keys; 0 is a free slot. Faster and smaller than a Set of such
   * numbers. They begin small, because 4 MB cost milliseconds to clear.
   */
  #newer: Float64Array = new Float64Array(FIRST_SLOTS);
  #older: Float64Array = new Float64Array(FIRST_SLOTS);
  #count = 0;
  #isEmpty = true;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: number): boolean {
    if (this.#isEmpty || key === 0) return false;
    return this.#newer[slotOf(this.#newer, key)] === key || this.#older[slotOf(this.#older, key)] === key;
  }

  add(key: number): void {
    const slot = slotOf(this.#newer, key);
    if (this.#newer[slot] === key) return;
    this.#newer[slot] = key;
    this.#isEmpty = false;
    this.#count += 1;
    if (2 * this.#count > this.#newer.length) this.#newer = twiceAsLong(this.#newer);
    if (this.#count < this.#capacity) return;
    [this.#newer, this.#older] = [this.#older, this.#newer];
    this.#newer.fill(0);
    this.#count = 0;
  }
}

const FIRST_SLOTS = 1_024;

function twiceAsLong(table: Float64Array): Float64Array {
  const longer = new Float64Array(2 * table.length);
  for (const key of table) if (key !== 0) longer[slotOf(longer, key)] = key;
  return longer;
}

/** A key stands at most so many slots behind its first one. Ids that were chosen to want the same slot push each other out instead. */
const MAX_STEPS = 128;

/** The slot in which the key stands, or the one that it would get. */
function slotOf(table: Float64Array, key: number): number {
  const mask = table.length - 1;
  let slot = (key >>> 0) & mask;
  for (let step = 0; step < MAX_STEPS && table[slot] !== 0 && table[slot] !== key; step++) slot = (slot + 1) & mask;
  return slot;
}
