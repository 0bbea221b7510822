import type { RequestRow, RowPosition } from "../../model/row.ts";
import type { RequestRows } from "../../detectors/request-result.ts";

/** A request for which further rows may still arrive. */
export interface OpenRequest extends RequestRows {
  readonly key: number;
  /** Index of the server whose front end received it; of the back-end server while only a back-end row is known. */
  server: number;
  iis: RequestRow | null;
  httpProxy: RequestRow | null;
  backEnd: RequestRow | null;
  /** Position of the row with the finest time. */
  position: RowPosition;
  /** True when it was judged; a further row judges it again. Not stored: after a restart it has the value of `isCounted`. */
  isJudged: boolean;
  /** It was counted. A counter never decreases, so its labels are final. */
  isCounted: boolean;
  /** True while its client is the alias learned earlier. Corrected when the IIS row arrives or is overdue. */
  usesAlias: boolean;
  /** Engine's clock (Unix ms) at which it is judged by the rows it has, and at which it is forgotten. */
  judgeAtMs: number;
  forgetAtMs: number;
  /** Key of the client that has its attempt, and the position of the attempt; null without an attempt. */
  clientKey: number | null;
  attemptPosition: RowPosition | null;
}

/**
 * Joins the rows of different logs: open requests by id, oldest first. Beyond the capacity, the oldest are removed: each goes
 * to `onForced`, and `dropped` counts them.
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

  /** Number of requests removed because the table was full. */
  get dropped(): number {
    return this.#dropped;
  }

  get(key: number): OpenRequest | undefined {
    return this.#open.get(key);
  }

  add(request: OpenRequest, onForced: (request: OpenRequest) => void): void {
    this.#open.set(request.key, request);
    if (this.#open.size <= this.#capacity) return;
    // Remove many at once: iterating a Map from its start passes over all entries deleted there before.
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

  /** Calls `judge` for requests past `judgeAtMs` that are not counted yet or use an alias, and removes those past `forgetAtMs`. */
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
