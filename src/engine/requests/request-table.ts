import { HAS_COMPLETED, MOST, OTHER_ID_SLOTS, OTHERS, type SettledMemory } from "../../model/logs/settled-memory.ts";
import { RowKinds } from "../joins/row-kinds.ts";
import { NO_REQUEST, WaitingRequests } from "../joins/waiting-requests.ts";
import type { OpenRequest } from "./open-request.ts";
import { fitsRecord } from "./settled-record.ts";
import { SettledRequests } from "./settled-requests.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "./waiting-times.ts";

/**
 * Joins the rows of different logs: open requests by id, oldest first. Beyond the capacity, those are removed first that were counted and
 * of which one row is known, then those that rest, then waiting ones, then the oldest: each of the latter three goes to `onForced`.
 * `dropped` counts all.
 */
export class RequestTable {
  readonly #capacity: number;
  readonly #mayRest: boolean;
  /** Memory of the scanner that adds settled requests. */
  #memory: SettledMemory | null = null;
  /** The same while that scanner must know which ids are those of open requests. */
  #noting: SettledMemory | null = null;
  #hasCompleted = false;
  readonly #open = this.#newMap();
  /**
   * Requests that were open and are counted: they wait only for the time to be forgotten, in the order of that time. Most requests with two
   * rows that were not served do so for a quarter of an hour.
   */
  readonly #resting = this.#newMap();
  #lastRestingMs = -Infinity;
  /** Requests that rested, of which a further row came. */
  readonly #resumed = this.#newMap();
  readonly #settled = new SettledRequests();
  /** History: judged requests that are not settled, as records. Those that are due are past the time at which they are judged. */
  readonly waiting = new WaitingRequests(new RowKinds());
  /** Settled requests of which a further row came: older than the open ones. */
  readonly #reopened = this.#newMap();
  /** Those that leave a full table first come first. */
  readonly #maps = [this.#reopened, this.#resumed, this.#resting, this.#open] as const;
  /** Of open requests: how many waiting ones were added before. */
  readonly #waitingBefore = new WeakMap<OpenRequest, number>();
  #dropped = 0;

  /** `mayRest`: counted requests are not visited at each `expire()`. Live they stay with the others, in the order of the state record. */
  constructor(capacity: number, mayRest: boolean) {
    this.#capacity = capacity;
    this.#mayRest = mayRest;
  }

  #newMap(): NotedRequests {
    return new NotedRequests(() => this.#noting);
  }

  /** Keeps settled requests in this memory of a scanner from now on, which adds some by itself. */
  moveInto(memory: SettledMemory): void {
    if (memory === this.#memory) return;
    this.#settled.moveInto(memory);
    memory.numbers[MOST] = this.#capacity;
    this.#memory = memory;
    memory.numbers[HAS_COMPLETED] = this.#hasCompleted ? 1 : 0;
    if (this.#hasCompleted) return;
    this.#noting = memory;
    for (const requests of [...this.#maps, this.waiting]) for (const key of requests.keys()) noteOther(memory, key, 1);
  }

  /** A row with an id of a request that is complete and was removed would be a copy: a scanner adds no more, as it cannot know it. */
  noteCompleted(): void {
    this.#hasCompleted = true;
    if (this.#noting === null) return;
    this.#noting.numbers[HAS_COMPLETED] = 1;
    this.#noting = null;
  }

  get size(): number {
    const objects = this.#open.size + this.#resting.size + this.#resumed.size + this.#reopened.size;
    return objects + this.waiting.size + this.#settled.size;
  }

  /** Number of requests removed because the table was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** A request that is changed must be given to `update()`. */
  get(key: number): OpenRequest | undefined {
    const waiting = this.waiting.find(key);
    if (waiting !== NO_REQUEST) return this.waiting.objectOf(waiting);
    const open = this.#open.get(key) ?? this.#reopened.get(key) ?? this.#resumed.get(key);
    if (open !== undefined) return open;
    const resting = this.#resting.get(key);
    if (resting !== undefined) {
      this.#resting.delete(key);
      this.#resumed.set(key, resting);
      return resting;
    }
    const settled = this.#settled.take(key);
    if (settled !== undefined) this.#reopened.set(key, settled);
    return settled;
  }

  /** Whether a settled request of that server has the key: a further IIS row of that server is a copy of its row. */
  hasSettled(key: number, server: number): boolean {
    return this.#settled.serverOf(key) === server;
  }

  /** What is known of the key: nothing, a settled request of that server (a further IIS row of it is a copy), or another request. */
  standingOf(key: number, server: number): "unknown" | "copy" | "known" {
    const settledOn = this.#settled.serverOf(key);
    if (settledOn >= 0) return settledOn === server ? "copy" : "known";
    if (this.waiting.find(key) !== NO_REQUEST) return "known";
    return this.#hasObject(key) ? "known" : "unknown";
  }

  /** Whether the key, which no waiting request has, is not known at all. */
  isNew(key: number): boolean {
    return this.#settled.serverOf(key) < 0 && !this.#hasObject(key);
  }

  /** Whether a request that is an object has the key. */
  #hasObject(key: number): boolean {
    if (this.#open.size + this.#resting.size + this.#resumed.size + this.#reopened.size === 0) return false;
    return this.#open.has(key) || this.#resting.has(key) || this.#resumed.has(key) || this.#reopened.has(key);
  }

  /** Keeps the changes of a request that `get()` has returned, unless it was deleted. */
  update(request: OpenRequest): void {
    const waiting = this.waiting.find(request.key);
    if (waiting === NO_REQUEST || this.waiting.update(waiting, request)) return;
    this.removeWaiting(waiting);
    this.#reopened.set(request.key, request);
  }

  /** Adds a waiting request without a row yet, whose key is not known. NO_REQUEST when it must be added as an object. */
  addWaiting(key: number, server: number, arrivedAtMs: number): number {
    const request = this.waiting.add(key, server, arrivedAtMs);
    if (request !== NO_REQUEST && this.#noting !== null) noteOther(this.#noting, key, 1);
    return request;
  }

  removeWaiting(request: number): void {
    if (this.#noting !== null) noteOther(this.#noting, this.waiting.keyOf(request), -1);
    this.waiting.remove(request);
  }

  add(request: OpenRequest, onForced: (request: OpenRequest) => void): void {
    this.#addObject(request);
    this.#makeRoom(onForced);
  }

  /** Adds a judged request, whose rows are not changed any more outside of the table. It takes little memory as a record. */
  addJudged(request: OpenRequest, onForced: (request: OpenRequest) => void): void {
    if (!fitsRecord(request) || !this.#settled.add(request)) {
      if (this.waiting.addObject(request) === NO_REQUEST) this.#addObject(request);
      else if (this.#noting !== null) noteOther(this.#noting, request.key, 1);
    }
    this.#makeRoom(onForced);
  }

  #addObject(request: OpenRequest): void {
    this.#open.set(request.key, request);
    if (this.waiting.added > 0) this.#waitingBefore.set(request, this.waiting.added);
  }

  /** There are more requests than may stay. */
  get isTooFull(): boolean {
    return this.size > this.#capacity;
  }

  /** Makes room after `addWaiting()`, when the request is judged. */
  makeRoom(onForced: (request: OpenRequest) => void): void {
    this.#makeRoom(onForced);
  }

  /** Adds a settled request that is written as a record. False when it must be added as an object. */
  addSettled(record: Float64Array, onForced: (request: OpenRequest) => void): boolean {
    const isAdded = this.#settled.addRecord(record);
    if (isAdded) this.#makeRoom(onForced);
    return isAdded;
  }

  delete(key: number): void {
    const waiting = this.waiting.find(key);
    if (waiting !== NO_REQUEST) this.removeWaiting(waiting);
    else for (const requests of this.#maps) if (requests.delete(key)) return;
  }

  /**
   * Calls `judge` for requests past `judgeAtMs` that are not counted yet or use an alias, and removes those past `forgetAtMs`.
   * `judgeWaiting`: called with the number of a waiting request instead.
   */
  expire(
    clockMs: number,
    judge: (request: OpenRequest) => void,
    judgeWaiting: (request: number) => void = (request) => {
      const waiting = this.waiting.objectOf(request);
      judge(waiting);
      this.update(waiting);
    },
  ): void {
    const forgetArrivedByMs = clockMs - FORGET_AFTER_MS;
    // Judges those that came before, and returns whether it did not stop at one that is not due.
    const judgeFirst = (added: number): boolean => {
      for (;;) {
        const due = this.waiting.nextDue(clockMs - JUDGE_AFTER_MS, added);
        if (due === NO_REQUEST) return !this.waiting.hasBefore(added);
        if (!this.waiting.isCounted(due)) judgeWaiting(due);
        // It is not in the table any more when its rows are complete.
        if (this.waiting.wasDue(due) && this.waiting.arrivedAtMs(due) <= forgetArrivedByMs) this.removeWaiting(due);
      }
    };
    this.#settled.expire(clockMs);
    for (const request of this.#resting.values()) {
      if (request.forgetAtMs > clockMs) break;
      this.#resting.delete(request.key);
    }
    let isAllDue = true;
    for (const requests of [this.#reopened, this.#resumed, this.#open]) {
      for (const request of requests.values()) {
        if (requests === this.#open)
          isAllDue = judgeFirst(this.#waitingBefore.get(request) ?? 0) && request.judgeAtMs <= clockMs;
        if (request.judgeAtMs > clockMs || !isAllDue) break;
        if (!request.isCounted || request.usesAlias) judge(request);
        if (request.forgetAtMs <= clockMs) requests.delete(request.key);
        else if (this.#mayRest && requests === this.#open) this.#rest(request);
      }
    }
    if (isAllDue) judgeFirst(Infinity);
    this.waiting.forgetDue(forgetArrivedByMs, (request) => {
      this.removeWaiting(request);
    });
  }

  /** Lets an open request rest if nothing remains to be judged. One that would be out of order stays open. */
  #rest(request: OpenRequest): void {
    const { key, forgetAtMs, isCounted, usesAlias } = request;
    if (!isCounted || usesAlias || forgetAtMs < this.#lastRestingMs || !this.#open.delete(key)) return;
    this.#lastRestingMs = forgetAtMs;
    this.#resting.set(key, request);
  }

  /** The requests except the settled ones. */
  values(): Iterable<OpenRequest> {
    return this.#mayRest
      ? [...this.#resumed.values(), ...this.#resting.values(), ...this.waiting.values(), ...this.#open.values()]
      : this.#open.values();
  }

  restore(requests: readonly OpenRequest[], dropped: number): void {
    for (const request of requests) this.#open.set(request.key, request);
    this.#dropped = dropped;
  }

  /** Removes many at once when it is full: iterating a Map from its start passes over all entries deleted there before. */
  #makeRoom(onForced: (request: OpenRequest) => void): void {
    if (!this.isTooFull) return;
    const most = this.#capacity - (this.#capacity >> 7);
    while (this.size > most && this.#settled.dropOldest()) this.#dropped += 1;
    for (const requests of this.#maps) {
      if (requests === this.#open) this.#dropWaiting(most, onForced);
      for (const oldest of requests.values()) {
        if (this.size <= most) return;
        requests.delete(oldest.key);
        this.#dropped += 1;
        onForced(oldest);
      }
    }
  }

  #dropWaiting(most: number, onForced: (request: OpenRequest) => void): void {
    for (let oldest = this.waiting.oldest; oldest !== NO_REQUEST && this.size > most; oldest = this.waiting.oldest) {
      const request = this.waiting.objectOf(oldest);
      this.removeWaiting(oldest);
      this.#dropped += 1;
      onForced(request);
    }
  }
}

/** Requests by their key. The memory of a scanner, if there is one, shows which keys there may be. */
class NotedRequests extends Map<number, OpenRequest> {
  readonly #memory: () => SettledMemory | null;

  constructor(memory: () => SettledMemory | null) {
    super();
    this.#memory = memory;
  }

  override set(key: number, request: OpenRequest): this {
    const memory = this.#memory();
    if (memory !== null && !super.has(key)) noteOther(memory, key, 1);
    return super.set(key, request);
  }

  override delete(key: number): boolean {
    const isDeleted = super.delete(key);
    if (!isDeleted) return false;
    const memory = this.#memory();
    if (memory !== null) noteOther(memory, key, -1);
    return true;
  }
}

/** A slot that reaches 255 keeps that value. */
function noteOther({ otherIds, numbers }: SettledMemory, key: number, change: number): void {
  const slot = key & (OTHER_ID_SLOTS - 1);
  const count = otherIds[slot] ?? 0;
  if (count < 255) otherIds[slot] = count + change;
  numbers[OTHERS] = (numbers[OTHERS] ?? 0) + change;
}
