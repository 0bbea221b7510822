/**
 * A map of at most `max` entries. Setting a new key beyond the limit drops the oldest entry. Setting an existing key
 * does not make it newer.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  override set(key: Key, value: Value): this {
    super.set(key, value);
    if (this.size > this.#max) dropOldest(this);
    return this;
  }

  /** Sets the key as the newest entry, even when the map already has it. */
  renew(key: Key, value: Value): void {
    this.delete(key);
    this.set(key, value);
  }
}

/** A set of at most `max` members. Adding one beyond the limit drops the oldest member. */
export class BoundedSet<Member> extends Set<Member> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  override add(member: Member): this {
    super.add(member);
    if (this.size > this.#max) dropOldest(this);
    return this;
  }
}

function dropOldest<Key>(collection: { keys(): Iterator<Key>; delete(key: Key): boolean }): void {
  const { value, done } = collection.keys().next();
  if (done !== true) collection.delete(value);
}
