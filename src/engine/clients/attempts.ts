import { CATEGORIES, PROTOCOLS } from "../../model/label-values.ts";
import type { LoopEntry } from "../../detectors/loop.ts";
import { WATCHED_ATTEMPT_NUMBERS } from "../../model/logs/watched-clients.ts";

/** An attempt of a client, and when it arrived (engine's clock, Unix ms). */
export interface Attempt extends LoopEntry {
  readonly arrivedAtMs: number;
}

/** The attempts of one client in order of time, as linked slots of `Attempts`; NO_ENTRY: none. */
export interface EntryList {
  first: number;
  last: number;
  count: number;
  /** Attempts that a loop counts: refusals and challenges. */
  refusals: number;
}

/** In place of a slot: there is none. */
export const NO_ENTRY = -1;

/** The kinds that a loop counts must come first. */
const KINDS = ["refused", "asked", "success", "other"] as const;
const COUNTED_KINDS = 2;
const REFUSED = KINDS.indexOf("refused");
const SUCCESS = KINDS.indexOf("success");
const FIRST_CAPACITY = 1_024;

/**
 * The attempts of all clients, in columns of numbers. Millions are created and dropped; as objects they would be most of the garbage
 * collector's work. 42 bytes each. Grows as needed; limited by the number of clients and of attempts per client.
 */
export class Attempts {
  #atMs = new Float64Array(FIRST_CAPACITY);
  #fileKey = new Float64Array(FIRST_CAPACITY);
  #offset = new Float64Array(FIRST_CAPACITY);
  #arrivedAtMs = new Float64Array(FIRST_CAPACITY);
  /** Kind, category, protocol and isBackEnd in one number; see `packFields`. */
  #packedFields = new Uint16Array(FIRST_CAPACITY);
  #next = new Int32Array(FIRST_CAPACITY);
  #before = new Int32Array(FIRST_CAPACITY);
  /** Slots from here on were never used; freed slots are linked from `#free`. */
  #used = 0;
  #free = NO_ENTRY;
  #size = 0;

  /** Number of attempts of all clients. */
  get size(): number {
    return this.#size;
  }

  /** Inserts an attempt in order of time, then file key, then offset. */
  insert(list: EntryList, attempt: Attempt): void {
    this.insertPacked(list, attempt, packFields(attempt), attempt.arrivedAtMs);
  }

  /** Like `insert()`, with fields already packed by `packFields`. */
  insertPacked(
    list: EntryList,
    { atMs, fileKey, offset }: Pick<Attempt, "atMs" | "fileKey" | "offset">,
    packedFields: number,
    arrivedAtMs: number,
  ): void {
    this.#insert(list, this.#take(atMs, fileKey, offset, arrivedAtMs, packedFields));
    if (packedFields % KINDS.length < COUNTED_KINDS) list.refusals += 1;
  }

  /** Adds attempts to a list without any. `columns`: as in `WatchedClient.attempts`. */
  appendColumns(list: EntryList, columns: Float64Array, count: number): void {
    let before = list.last;
    for (let index = 0; index < count; index++) {
      const at = index * WATCHED_ATTEMPT_NUMBERS;
      const packedFields = columns[at + 4] ?? 0;
      const slot = this.#take(
        columns[at] ?? 0,
        columns[at + 1] ?? 0,
        columns[at + 2] ?? 0,
        columns[at + 3] ?? 0,
        packedFields,
      );
      this.#before[slot] = before;
      if (before === NO_ENTRY) list.first = slot;
      else this.#next[before] = slot;
      if (packedFields % KINDS.length < COUNTED_KINDS) list.refusals += 1;
      before = slot;
    }
    if (before !== NO_ENTRY) this.#next[before] = NO_ENTRY;
    list.last = before;
    list.count += count;
  }

  remove(list: EntryList, slot: number): void {
    const before = this.#before[slot] ?? NO_ENTRY;
    const next = this.#next[slot] ?? NO_ENTRY;
    if (before === NO_ENTRY) list.first = next;
    else this.#next[before] = next;
    if (next === NO_ENTRY) list.last = before;
    else this.#before[next] = before;
    list.count -= 1;
    if (this.isRefused(slot)) list.refusals -= 1;
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.#size -= 1;
  }

  /** Removes all attempts of the list. */
  clear(list: EntryList): void {
    while (list.first !== NO_ENTRY) this.remove(list, list.first);
  }

  /** Slot of the attempt with that position; NO_ENTRY when the list has none. */
  find(list: EntryList, position: { readonly fileKey: number; readonly offset: number }): number {
    // From the end: a request is corrected soon after it was recorded.
    let slot = list.last;
    while (slot !== NO_ENTRY && (this.#offset[slot] !== position.offset || this.#fileKey[slot] !== position.fileKey))
      slot = this.#before[slot] ?? NO_ENTRY;
    return slot;
  }

  next(slot: number): number {
    return this.#next[slot] ?? NO_ENTRY;
  }

  /** Fields of the attempt as `packFields` packs them. */
  packedFields(slot: number): number {
    return this.#packedFields[slot] ?? 0;
  }

  atMs(slot: number): number {
    return this.#atMs[slot] ?? 0;
  }

  arrivedAtMs(slot: number): number {
    return this.#arrivedAtMs[slot] ?? 0;
  }

  /** True for the kinds that a loop counts: refusals and challenges. */
  isRefused(slot: number): boolean {
    return (this.#packedFields[slot] ?? 0) % KINDS.length < COUNTED_KINDS;
  }

  isSuccess(slot: number): boolean {
    return (this.#packedFields[slot] ?? 0) % KINDS.length === SUCCESS;
  }

  /** The attempt of a slot, as an object. */
  entry(slot: number): Attempt {
    const packedFields = this.#packedFields[slot] ?? 0;
    const rest = Math.floor(packedFields / KINDS.length);
    const category = (rest >> 1) % (CATEGORIES.length + 1);
    return {
      atMs: this.#atMs[slot] ?? 0,
      fileKey: this.#fileKey[slot] ?? 0,
      offset: this.#offset[slot] ?? 0,
      kind: KINDS[packedFields % KINDS.length] ?? "other",
      category: CATEGORIES[category - 1] ?? null,
      isBackEnd: (rest & 1) === 1,
      protocol: PROTOCOLS[Math.floor((rest >> 1) / (CATEGORIES.length + 1))] ?? "other",
      arrivedAtMs: this.#arrivedAtMs[slot] ?? 0,
    };
  }

  #take(atMs: number, fileKey: number, offset: number, arrivedAtMs: number, packedFields: number): number {
    this.#size += 1;
    let slot = this.#free;
    if (slot === NO_ENTRY) {
      slot = this.#used;
      this.#used += 1;
      if (slot === this.#atMs.length) this.#grow();
    } else {
      this.#free = this.#next[slot] ?? NO_ENTRY;
    }
    this.#atMs[slot] = atMs;
    this.#fileKey[slot] = fileKey;
    this.#offset[slot] = offset;
    this.#arrivedAtMs[slot] = arrivedAtMs;
    this.#packedFields[slot] = packedFields;
    return slot;
  }

  #insert(list: EntryList, slot: number): void {
    let before = list.last;
    while (before !== NO_ENTRY && this.#isAfter(before, slot)) before = this.#before[before] ?? NO_ENTRY;
    const next = before === NO_ENTRY ? list.first : (this.#next[before] ?? NO_ENTRY);
    this.#before[slot] = before;
    this.#next[slot] = next;
    if (before === NO_ENTRY) list.first = slot;
    else this.#next[before] = slot;
    if (next === NO_ENTRY) list.last = slot;
    else this.#before[next] = slot;
    list.count += 1;
  }

  /** The same order as `compareEntries`. */
  #isAfter(one: number, other: number): boolean {
    const byTime = (this.#atMs[one] ?? 0) - (this.#atMs[other] ?? 0);
    if (byTime !== 0) return byTime > 0;
    const byFile = (this.#fileKey[one] ?? 0) - (this.#fileKey[other] ?? 0);
    return byFile !== 0 ? byFile > 0 : (this.#offset[one] ?? 0) > (this.#offset[other] ?? 0);
  }

  #grow(): void {
    const capacity = 2 * this.#atMs.length;
    this.#atMs = copied(this.#atMs, new Float64Array(capacity));
    this.#fileKey = copied(this.#fileKey, new Float64Array(capacity));
    this.#offset = copied(this.#offset, new Float64Array(capacity));
    this.#arrivedAtMs = copied(this.#arrivedAtMs, new Float64Array(capacity));
    this.#packedFields = copied(this.#packedFields, new Uint16Array(capacity));
    this.#next = copied(this.#next, new Int32Array(capacity));
    this.#before = copied(this.#before, new Int32Array(capacity));
  }
}

/** Packs the fields of an attempt that have few values into one number. */
export function packFields({
  kind,
  category,
  isBackEnd,
  protocol,
}: Pick<Attempt, "kind" | "category" | "isBackEnd" | "protocol">): number {
  const categoryIndex = category === null ? 0 : CATEGORIES.indexOf(category) + 1;
  const rest = ((PROTOCOLS.indexOf(protocol) * (CATEGORIES.length + 1) + categoryIndex) << 1) | (isBackEnd ? 1 : 0);
  return rest * KINDS.length + KINDS.indexOf(kind);
}

/** Whether the packed fields are those of a refusal. */
export function isPackedRefusal(packedFields: number): boolean {
  return packedFields % KINDS.length === REFUSED;
}

/** Whether the packed fields are those of a success. */
export function isPackedSuccess(packedFields: number): boolean {
  return packedFields % KINDS.length === SUCCESS;
}

function copied<Column extends { set(from: Column): void }>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
