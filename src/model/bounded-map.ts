/** A map of at most `max` entries: setting one more drops the one that was inserted first. Setting a key again leaves it where it stood. */
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

  /** Sets the key as the newest, also when the map holds it. */
  renew(key: Key, value: Value): void {
    this.delete(key);
    this.set(key, value);
  }
}

/** A set of at most `max` members: adding one more drops the one that was added first. */
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
