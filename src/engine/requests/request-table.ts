import type { RequestRow, RowPosition } from "../../model/row.ts";
import type { RequestRows } from "../../detectors/request-result.ts";

/** A request of which further rows may still arrive. */
export interface OpenRequest extends RequestRows {
  readonly key: number;
  /** Index of the server whose front end took it (of the back end while only that saw it). */
  server: number;
  iis: RequestRow | null;
  httpProxy: RequestRow | null;
  backEnd: RequestRow | null;
  /** Position of the row with the finest time. */
  position: RowPosition;
  /** True when it was judged; a further row judges it again. Not stored: false after a restart. */
  isJudged: boolean;
  /** It stands in the counters: what it counts as holds. */
  isCounted: boolean;
  /** Its client is taken for the one whom rows like this one turned out to be before; known when its IIS row comes, or is overdue. */
  usesAlias: boolean;
  /** The engine's clock at which it is judged by what is there, and at which it is forgotten. */
  judgeAtMs: number;
  forgetAtMs: number;
  /** The client that has its attempt, and the position of the attempt; null while none has. */
  clientKey: number | null;
  attemptPosition: RowPosition | null;
}

/**
 * The join of the logs: requests by their id, oldest first. Bounded in number; what falls out early goes to `onForced` first
 * and is counted.
 */
export class RequestTable {
  readonly #capacity: number;
  readonly #open = new Map<number, OpenRequest>();
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Requests that had to leave before their time. */
  get dropped(): number {
    return this.#dropped;
  }

  get(key: number): OpenRequest | undefined {
    return this.#open.get(key);
  }

  add(request: OpenRequest, onForced: (request: OpenRequest) => void): void {
    this.#open.set(request.key, request);
    if (this.#open.size <= this.#capacity) return;
    // Many at once: a Map that is read from its start goes over all that was deleted there.
    for (const oldest of this.#open.values()) {
      this.#open.delete(oldest.key);
      this.#dropped += 1;
      onForced(oldest);
      if (this.#open.size <= this.#capacity - (this.#capacity >> 7)) break;
    }
  }

  delete(key: number): void {
    this.#open.delete(key);
  }

  /** Calls `judge` for those whose time to be judged has come, and drops those whose time to be forgotten has. */
  expire(clockMs: number, judge: (request: OpenRequest) => void): void {
    for (const request of this.#open.values()) {
      if (request.judgeAtMs > clockMs) break;
      if (!request.isCounted || request.usesAlias) judge(request);
      if (request.forgetAtMs <= clockMs) this.#open.delete(request.key);
    }
  }

  values(): IterableIterator<OpenRequest> {
    return this.#open.values();
  }

  restore(requests: readonly OpenRequest[], dropped: number): void {
    for (const request of requests) this.#open.set(request.key, request);
    this.#dropped = dropped;
  }
}
