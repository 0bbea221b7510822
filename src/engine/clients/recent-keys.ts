/** Remembers the last keys added, between one and two times `capacity` of them. 40 bytes each. */
export class RecentKeys {
  readonly #capacity: number;
  #newer = new Set<number>();
  #older = new Set<number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: number): boolean {
    return this.#newer.has(key) || this.#older.has(key);
  }

  add(key: number): void {
    this.#newer.add(key);
    if (this.#newer.size < this.#capacity) return;
    this.#older = this.#newer;
    this.#newer = new Set();
  }
}
