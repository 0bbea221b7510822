import type { OpenRequest } from "./open-request.ts";
import { ARRIVED_AT, KEY, readRecord, RECORD_NUMBERS, SERVER, writeRecord } from "./settled-record.ts";
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
  #records = new Float64Array(FIRST_CAPACITY * RECORD_NUMBERS);
  /** Hash table with open addressing, twice as many slots as records: number of a record, counted from 1; 0 is free. */
  #slots = new Uint32Array(2 * FIRST_CAPACITY);
  /** Numbers of the oldest record and of the next one. */
  #first = 0;
  #next = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a request that `fitsRecord()` accepts and whose key is not known. False when there is no slot near the one that it wants. */
  add(request: OpenRequest): boolean {
    const at = this.#takeSlot(request.key);
    if (at >= 0) writeRecord(this.#records, at, request);
    return at >= 0;
  }

  /** Like `add()`, for a request that is written as a record already. */
  addRecord(record: Float64Array): boolean {
    const at = this.#takeSlot(record[KEY] ?? 0);
    for (let column = 0; at >= 0 && column < RECORD_NUMBERS; column++) this.#records[at + column] = record[column] ?? 0;
    return at >= 0;
  }

  /** Index of the record that the key gets; -1 when there is no slot near the one that it wants. */
  #takeSlot(key: number): number {
    if (this.#next - this.#first === this.#capacity) this.#grow();
    const slot = this.#slotOf(key);
    if (slot < 0) return -1;
    const at = this.#recordAt(this.#next);
    this.#next += 1;
    this.#slots[slot] = this.#next;
    this.#size += 1;
    return at;
  }

  /** Index of the server whose row the request with that key is; -1 when the key is not known. */
  serverOf(key: number): number {
    const at = this.#find(key);
    return at < 0 ? -1 : (this.#records[at + SERVER] ?? -1);
  }

  /** Removes the request and returns it as an object; undefined when it is not known. */
  take(key: number): OpenRequest | undefined {
    const at = this.#find(key);
    if (at < 0) return undefined;
    const request = readRecord(this.#records, at);
    this.#remove(at);
    return request;
  }

  /** Removes the oldest requests, up to the first one whose time to be forgotten is after `clockMs` (Unix ms). */
  expire(clockMs: number): void {
    while (this.#first < this.#next) {
      const at = this.#recordAt(this.#first);
      if (this.#records[at] !== 0 && (this.#records[at + ARRIVED_AT] ?? 0) + FORGET_AFTER_MS > clockMs) return;
      this.#dropFirst();
    }
  }

  /** Removes the oldest request. False when there is none. */
  dropOldest(): boolean {
    const before = this.#size;
    while (this.#first < this.#next && this.#size === before) this.#dropFirst();
    return this.#size < before;
  }

  get #capacity(): number {
    return this.#records.length / RECORD_NUMBERS;
  }

  /** Index of a record in `#records`. */
  #recordAt(number: number): number {
    return (number & (this.#capacity - 1)) * RECORD_NUMBERS;
  }

  #dropFirst(): void {
    const at = this.#recordAt(this.#first);
    if (this.#records[at] !== 0) this.#remove(at);
    this.#first += 1;
  }

  /** Index of the record in `#records`; -1 when the key is not known. */
  #find(key: number): number {
    if (this.#size === 0) return -1;
    const slot = this.#slotOf(key);
    const number = slot < 0 ? 0 : (this.#slots[slot] ?? 0);
    return number === 0 ? -1 : this.#recordAt(number - 1);
  }

  #keyOf(number: number): number {
    return this.#records[this.#recordAt(number - 1) + KEY] ?? 0;
  }

  /** The slot with the key, or the one that it would get; -1 when that is too far from the one that it wants. */
  #slotOf(key: number): number {
    const mask = this.#slots.length - 1;
    let slot = key & mask;
    for (let step = 0; step < MAX_STEPS; step++) {
      const number = this.#slots[slot] ?? 0;
      if (number === 0 || this.#keyOf(number) === key) return slot;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Removes the record, and moves the entries behind its slot so that none is cut off from the slot that it wants. */
  #remove(at: number): void {
    const mask = this.#slots.length - 1;
    let gap = this.#slotOf(this.#records[at] ?? 0);
    this.#records[at + KEY] = 0;
    this.#size -= 1;
    this.#slots[gap] = 0;
    for (let slot = (gap + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] ?? 0;
      const wanted = this.#keyOf(number) & mask;
      if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
      this.#slots[gap] = number;
      this.#slots[slot] = 0;
      gap = slot;
    }
  }

  /** Doubles the capacity, and leaves the removed records out. */
  #grow(): void {
    const [before, first, count] = [this.#records, this.#first, this.#next - this.#first];
    const mask = this.#capacity - 1;
    this.#records = new Float64Array(2 * before.length);
    this.#slots = new Uint32Array(2 * this.#slots.length);
    [this.#first, this.#next, this.#size] = [0, 0, 0];
    for (let index = 0; index < count; index++) {
      const from = ((first + index) & mask) * RECORD_NUMBERS;
      const slot = before[from] === 0 ? -1 : this.#slotOf(before[from] ?? 0);
      if (slot < 0) continue;
      this.#records.set(before.subarray(from, from + RECORD_NUMBERS), this.#next * RECORD_NUMBERS);
      this.#next += 1;
      this.#slots[slot] = this.#next;
      this.#size += 1;
    }
  }
}
