import type { OpenRequest } from "./open-request.ts";
import { fitsRecord } from "./settled-record.ts";
import { SettledRequests } from "./settled-requests.ts";

/**
 * Joins the rows of different logs: open requests by id, oldest first. Beyond the capacity, those are removed first that were counted and
 * of which one row is known, then the oldest: each of these goes to `onForced`. `dropped` counts all of them.
 */
export class RequestTable {
  readonly #capacity: number;
  readonly #open = new Map<number, OpenRequest>();
  readonly #settled = new SettledRequests();
  /** Settled requests of which a further row came: older than the open ones. */
  readonly #reopened = new Map<number, OpenRequest>();
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#open.size + this.#reopened.size + this.#settled.size;
  }

  /** Number of requests removed because the table was full. */
  get dropped(): number {
    return this.#dropped;
  }

  get(key: number): OpenRequest | undefined {
    const open = this.#open.get(key) ?? this.#reopened.get(key);
    if (open !== undefined) return open;
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
    return this.#open.has(key) || this.#reopened.has(key) ? "known" : "unknown";
  }

  add(request: OpenRequest, onForced: (request: OpenRequest) => void): void {
    this.#open.set(request.key, request);
    this.#makeRoom(onForced);
  }

  /** Adds a judged request, whose rows are not changed any more outside of the table. It takes little memory if it is settled. */
  addJudged(request: OpenRequest, onForced: (request: OpenRequest) => void): void {
    if (!fitsRecord(request) || !this.#settled.add(request)) this.#open.set(request.key, request);
    this.#makeRoom(onForced);
  }

  /** Adds a settled request that is written as a record. False when it must be added as an object. */
  addSettled(record: Float64Array, onForced: (request: OpenRequest) => void): boolean {
    const isAdded = this.#settled.addRecord(record);
    if (isAdded) this.#makeRoom(onForced);
    return isAdded;
  }

  delete(key: number): void {
    if (!this.#open.delete(key)) this.#reopened.delete(key);
  }

  /** Calls `judge` for requests past `judgeAtMs` that are not counted yet or use an alias, and removes those past `forgetAtMs`. */
  expire(clockMs: number, judge: (request: OpenRequest) => void): void {
    this.#settled.expire(clockMs);
    for (const requests of [this.#reopened, this.#open]) {
      for (const request of requests.values()) {
        if (request.judgeAtMs > clockMs) break;
        if (!request.isCounted || request.usesAlias) judge(request);
        if (request.forgetAtMs <= clockMs) requests.delete(request.key);
      }
    }
  }

  /** The requests that were not added by `addJudged()`. */
  values(): IterableIterator<OpenRequest> {
    return this.#open.values();
  }

  restore(requests: readonly OpenRequest[], dropped: number): void {
    for (const request of requests) this.#open.set(request.key, request);
    this.#dropped = dropped;
  }

  /** Removes many at once when it is full: iterating a Map from its start passes over all entries deleted there before. */
  #makeRoom(onForced: (request: OpenRequest) => void): void {
    if (this.size <= this.#capacity) return;
    const most = this.#capacity - (this.#capacity >> 7);
    while (this.size > most && this.#settled.dropOldest()) this.#dropped += 1;
    for (const requests of [this.#reopened, this.#open]) {
      for (const oldest of requests.values()) {
        if (this.size <= most) return;
        requests.delete(oldest.key);
        this.#dropped += 1;
        onForced(oldest);
      }
    }
  }
}
