import {
  FIRST,
  NEXT,
  RECORD_NUMBERS,
  ROOM,
  SETTLED_NUMBERS,
  SIZE,
  type SettledMemory,
} from "../../model/logs/settled-memory.ts";
import type { OpenRequest } from "./open-request.ts";
import { ARRIVED_AT, KEY, readRecord, SERVER, writeRecord } from "./settled-record.ts";
import { FORGET_AFTER_MS } from "./waiting-times.ts";

const FIRST_CAPACITY = 1_024;
/** Ids that were chosen to want the same slot are not taken in beyond this many steps from it: every look-up stays short. */
const MAX_STEPS = 64;

/**
 * Requests that were counted and of which one row of IIS is known, as records of numbers, oldest first. They wait for a copy of their row
 * or for a row of the back end, which few of them get: as objects that live for a quarter of an hour they would be most of the garbage
 * collector's work. 136 bytes each; the caller limits their number.
 */
export class SettledRequests {
  #memory = ownMemory(FIRST_CAPACITY);

  get size(): number {
    return this.#memory.numbers[SIZE] ?? 0;
  }

  /** Uses this memory, which is new, from now on, unless it is too small. */
  moveInto(memory: SettledMemory): void {
    const { records, numbers } = this.#memory;
    if (this.#capacity * RECORD_NUMBERS > memory.records.length) return;
    memory.numbers[ROOM] = this.#capacity;
    this.#memory = memory;
    this.#refill(records, numbers);
  }

  /** Adds a request that `fitsRecord()` accepts and whose key is not known. False when there is no slot near the one that it wants. */
  add(request: OpenRequest): boolean {
    const at = this.#takeSlot(request.key);
    if (at >= 0) writeRecord(this.#memory.records, at, request);
    return at >= 0;
  }

  /** Like `add()`, for a request that is written as a record already. */
  addRecord(record: Float64Array): boolean {
    const at = this.#takeSlot(record[KEY] ?? 0);
    const { records } = this.#memory;
    for (let column = 0; at >= 0 && column < RECORD_NUMBERS; column++) records[at + column] = record[column] ?? 0;
    return at >= 0;
  }

  /** Index of the record that the key gets; -1 when there is no slot near the one that it wants. */
  #takeSlot(key: number): number {
    if (this.#next - this.#first === this.#capacity) this.#grow();
    const slot = this.#slotOf(key);
    if (slot < 0) return -1;
    const { numbers, slots } = this.#memory;
    const at = this.#recordAt(this.#next);
    slots[slot] = numbers[NEXT] = this.#next + 1;
    numbers[SIZE] = this.size + 1;
    return at;
  }

  /** Index of the server whose row the request with that key is; -1 when the key is not known. */
  serverOf(key: number): number {
    const at = this.#find(key);
    return at < 0 ? -1 : (this.#memory.records[at + SERVER] ?? -1);
  }

  /** Removes the request and returns it as an object; undefined when it is not known. */
  take(key: number): OpenRequest | undefined {
    const at = this.#find(key);
    if (at < 0) return undefined;
    const request = readRecord(this.#memory.records, at);
    this.#remove(at);
    return request;
  }

  /** Removes the oldest requests, up to the first one whose time to be forgotten is after `clockMs` (Unix ms). */
  expire(clockMs: number): void {
    const { records, expire } = this.#memory;
    if (expire !== null) {
      expire(clockMs - FORGET_AFTER_MS);
      return;
    }
    while (this.#first < this.#next) {
      const at = this.#recordAt(this.#first);
      if (records[at] !== 0 && (records[at + ARRIVED_AT] ?? 0) + FORGET_AFTER_MS > clockMs) return;
      this.#dropFirst();
    }
  }

  /** Removes the oldest request. False when there is none. */
  dropOldest(): boolean {
    const before = this.size;
    while (this.#first < this.#next && this.size === before) this.#dropFirst();
    return this.size < before;
  }

  get #first(): number {
    return this.#memory.numbers[FIRST] ?? 0;
  }

  get #next(): number {
    return this.#memory.numbers[NEXT] ?? 0;
  }

  get #capacity(): number {
    return this.#memory.numbers[ROOM] ?? 0;
  }

  /** Index of a record in the records. */
  #recordAt(number: number): number {
    return (number & (this.#capacity - 1)) * RECORD_NUMBERS;
  }

  #dropFirst(): void {
    const at = this.#recordAt(this.#first);
    if (this.#memory.records[at] !== 0) this.#remove(at);
    this.#memory.numbers[FIRST] = this.#first + 1;
  }

  /** Index of the record in the records; -1 when the key is not known. */
  #find(key: number): number {
    if (this.size === 0) return -1;
    const slot = this.#slotOf(key);
    const number = slot < 0 ? 0 : (this.#memory.slots[slot] ?? 0);
    return number === 0 ? -1 : this.#recordAt(number - 1);
  }

  #keyOf(number: number): number {
    return this.#memory.records[this.#recordAt(number - 1) + KEY] ?? 0;
  }

  /** The slot with the key, or the one that it would get; -1 when that is too far from the one that it wants. */
  #slotOf(key: number): number {
    const { slots } = this.#memory;
    const mask = 2 * this.#capacity - 1;
    let slot = key & mask;
    for (let step = 0; step < MAX_STEPS; step++) {
      const number = slots[slot] ?? 0;
      if (number === 0 || this.#keyOf(number) === key) return slot;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Removes the record, and moves the entries behind its slot so that none is cut off from the slot that it wants. */
  #remove(at: number): void {
    const { records, slots, numbers } = this.#memory;
    const mask = 2 * this.#capacity - 1;
    let gap = this.#slotOf(records[at] ?? 0);
    records[at + KEY] = 0;
    numbers[SIZE] = this.size - 1;
    slots[gap] = 0;
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = slots[slot] ?? 0;
      const wanted = this.#keyOf(number) & mask;
      if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
      slots[gap] = number;
      slots[slot] = 0;
      gap = slot;
    }
  }

  /** Doubles the capacity, and leaves the removed records out. Beyond that of a scanner's memory, the records leave it. */
  #grow(): void {
    const { records, numbers } = this.#memory;
    const room = 2 * this.#capacity;
    const before = records.slice(0, this.#capacity * RECORD_NUMBERS);
    const state = numbers.slice();
    if (room * RECORD_NUMBERS > records.length) {
      // A scanner that shares the memory adds no more.
      numbers[ROOM] = 0;
      this.#memory = ownMemory(room);
    }
    this.#memory.numbers[ROOM] = room;
    this.#refill(before, state);
  }

  /** Takes the records of another state into this memory, whose room is known. */
  #refill(before: Float64Array, state: Float64Array): void {
    const { records, slots, numbers } = this.#memory;
    const [first, count, mask] = [state[FIRST] ?? 0, (state[NEXT] ?? 0) - (state[FIRST] ?? 0), (state[ROOM] ?? 0) - 1];
    slots.fill(0, 0, 2 * this.#capacity);
    [numbers[FIRST], numbers[NEXT], numbers[SIZE]] = [0, 0, 0];
    for (let index = 0; index < count; index++) {
      const from = ((first + index) & mask) * RECORD_NUMBERS;
      const slot = before[from] === 0 ? -1 : this.#slotOf(before[from] ?? 0);
      if (slot < 0) continue;
      records.set(before.subarray(from, from + RECORD_NUMBERS), this.#next * RECORD_NUMBERS);
      slots[slot] = numbers[NEXT] = this.#next + 1;
      numbers[SIZE] = this.size + 1;
    }
  }
}

const NO_IDS = new Uint8Array(0);

/** Memory with room for that many records. */
function ownMemory(room: number): SettledMemory {
  const numbers = new Float64Array(SETTLED_NUMBERS);
  numbers[ROOM] = room;
  return {
    records: new Float64Array(room * RECORD_NUMBERS),
    slots: new Uint32Array(2 * room),
    numbers,
    otherIds: NO_IDS,
    expire: null,
  };
}
