import type { RequestRow } from "../../model/row.ts";
import type { OpenRequest } from "../requests/open-request.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "../requests/waiting-times.ts";
import type { RowKinds } from "./row-kinds.ts";

/** In place of the number of a request: there is none. */
export const NO_REQUEST = -1;

/** Numbers of a request, `NUMBERS` each. A row that is not known has zeros. */
export const NUMBERS = 16;
export const [KEY, ARRIVED_AT, FILE_KEY, OFFSET] = [0, 1, 2, 3] as const;
/** Key of the client that has the attempt, 0 for none; position of the attempt. */
export const [CLIENT_KEY, ATTEMPT_FILE, ATTEMPT_OFFSET] = [4, 5, 6] as const;
/** The rows of IIS and of HttpProxy: time, and keys of address, user agent and ids. */
export const [IIS, HTTP_PROXY] = [7, 11] as const;
/** How many requests were added before. */
const ADDED_BEFORE = 15;
export const [ROW_AT, ROW_ADDRESS, ROW_AGENT, ROW_IDS] = [0, 1, 2, 3] as const;
/**
 * Whole numbers of a request, `CODES` each: kinds of its rows (-1: not known), flags, and its neighbours in the order of arrival and among
 * those that arrived in the same ten seconds.
 */
export const CODES = 8;
export const [SERVER, IIS_KIND, HTTP_PROXY_KIND, FLAGS] = [0, 1, 2, 3] as const;
const [NEXT, BEFORE, NEXT_IN_STEP, BEFORE_IN_STEP] = [4, 5, 6, 7] as const;
/** `WAS_DUE`: `nextDue()` has returned it. */
export const [IS_JUDGED, IS_COUNTED, HAS_ATTEMPT] = [1, 2, 4] as const;
const WAS_DUE = 8;

/** Requests are forgotten by steps of their arrival, ms. The lists of so many steps are kept apart, a power of two. */
const STEP_MS = 10_000;
const STEPS = 256;

const FIRST_CAPACITY = 1_024;
/** Ids that were chosen to want the same slot are not taken in beyond this many steps from it: every look-up stays short. */
const MAX_STEPS = 64;

/**
 * Requests with rows of the front-end logs alone, in the order in which the first row arrived: nearly all requests of a farm that has both
 * logs. Each is a record of numbers, 170 bytes long, because as objects they would be most of the garbage collector's work. The caller
 * limits their number.
 */
export class WaitingRequests {
  readonly kinds: RowKinds;
  /** Replaced when requests are added. */
  numbers = new Float64Array(FIRST_CAPACITY * NUMBERS);
  codes = new Int32Array(FIRST_CAPACITY * CODES);
  /** Hash table with open addressing: number of a request, counted from 1; 0 is free. */
  #slots = new Int32Array(2 * FIRST_CAPACITY);
  #size = 0;
  #used = 0;
  #free = NO_REQUEST;
  #first = NO_REQUEST;
  #last = NO_REQUEST;
  /** How many requests were added so far. */
  #added = 0;
  /** The first one that `nextDue()` has not returned. */
  #due = NO_REQUEST;
  /** The last request that was added in each step. */
  readonly #steps = new Int32Array(STEPS).fill(NO_REQUEST);
  /** The step up to which requests were forgotten. */
  #forgottenStep = -Infinity;

  constructor(kinds: RowKinds) {
    this.kinds = kinds;
  }

  get size(): number {
    return this.#size;
  }

  /** Number of the request with that key. It stays the same until the request is removed. */
  find(key: number): number {
    if (this.#size === 0) return NO_REQUEST;
    const slot = this.#slotOf(key);
    return slot < 0 ? NO_REQUEST : (this.#slots[slot] ?? 0) - 1;
  }

  /**
   * Adds a request of that key, which is not known, with no row yet. NO_REQUEST when there is no slot near the one that it wants.
   * `arrivedAtMs`: the engine's clock, Unix ms.
   */
  add(key: number, server: number, arrivedAtMs: number): number {
    if (this.#free === NO_REQUEST && this.#used * NUMBERS === this.numbers.length) this.#grow();
    const slot = this.#slotOf(key);
    if (slot < 0) return NO_REQUEST;
    let request = this.#free;
    if (request === NO_REQUEST) {
      request = this.#used;
      this.#used += 1;
    } else {
      this.#free = this.codes[request * CODES + NEXT] ?? NO_REQUEST;
    }
    this.#slots[slot] = request + 1;
    this.#size += 1;
    const { numbers, codes } = this;
    const at = request * NUMBERS;
    numbers[at + KEY] = key;
    numbers[at + ARRIVED_AT] = arrivedAtMs;
    for (let number = FILE_KEY; number < ADDED_BEFORE; number++) numbers[at + number] = 0;
    numbers[at + ADDED_BEFORE] = this.#added;
    this.#added += 1;
    const codesAt = request * CODES;
    codes[codesAt + SERVER] = server;
    codes[codesAt + IIS_KIND] = -1;
    codes[codesAt + HTTP_PROXY_KIND] = -1;
    codes[codesAt + FLAGS] = 0;
    codes[codesAt + NEXT] = NO_REQUEST;
    codes[codesAt + BEFORE] = this.#last;
    if (this.#last === NO_REQUEST) this.#first = request;
    else codes[this.#last * CODES + NEXT] = request;
    this.#last = request;
    if (this.#due === NO_REQUEST) this.#due = request;
    const step = stepOf(arrivedAtMs) & (STEPS - 1);
    const next = this.#steps[step] ?? NO_REQUEST;
    codes[codesAt + NEXT_IN_STEP] = next;
    codes[codesAt + BEFORE_IN_STEP] = NO_REQUEST;
    if (next !== NO_REQUEST) codes[next * CODES + BEFORE_IN_STEP] = request;
    this.#steps[step] = request;
    return request;
  }

  /** Writes a row of the request, whose kind and keys are given. */
  setRow(request: number, slot: typeof IIS | typeof HTTP_PROXY, row: WaitingRow): void {
    const { numbers, codes } = this;
    const at = request * NUMBERS + slot;
    numbers[at + ROW_AT] = row.atMs;
    numbers[at + ROW_ADDRESS] = row.ipKey;
    numbers[at + ROW_AGENT] = row.userAgentKey;
    numbers[at + ROW_IDS] = row.idsKey;
    codes[request * CODES + (slot === IIS ? IIS_KIND : HTTP_PROXY_KIND)] = row.kind;
  }

  remove(request: number): void {
    const { codes } = this;
    const at = request * CODES;
    const [next, before] = [codes[at + NEXT] ?? NO_REQUEST, codes[at + BEFORE] ?? NO_REQUEST];
    if (before === NO_REQUEST) this.#first = next;
    else codes[before * CODES + NEXT] = next;
    if (next === NO_REQUEST) this.#last = before;
    else codes[next * CODES + BEFORE] = before;
    if (this.#due === request) this.#due = next;
    this.#removeFromStep(request);
    this.#removeSlot(this.#slotOf(this.numbers[request * NUMBERS + KEY] ?? 0));
    codes[at + NEXT] = this.#free;
    codes[at + FLAGS] = 0;
    this.#free = request;
    this.#size -= 1;
  }

  #removeFromStep(request: number): void {
    const { codes } = this;
    const at = request * CODES;
    const [next, before] = [codes[at + NEXT_IN_STEP] ?? NO_REQUEST, codes[at + BEFORE_IN_STEP] ?? NO_REQUEST];
    if (next !== NO_REQUEST) codes[next * CODES + BEFORE_IN_STEP] = before;
    if (before === NO_REQUEST) this.#steps[stepOf(this.arrivedAtMs(request)) & (STEPS - 1)] = next;
    else codes[before * CODES + NEXT_IN_STEP] = next;
  }

  /** Calls `forget`, which removes the request, for those that arrived by `arrivedByMs` (Unix ms) and that `nextDue()` has returned. */
  forgetDue(arrivedByMs: number, forget: (request: number) => void): void {
    const lastStep = stepOf(arrivedByMs);
    const firstStep = Math.max(this.#forgottenStep, lastStep - STEPS + 1);
    this.#forgottenStep = lastStep;
    for (let step = firstStep; step <= lastStep; step++) {
      let request = this.#steps[step & (STEPS - 1)] ?? NO_REQUEST;
      while (request !== NO_REQUEST) {
        const next = this.codes[request * CODES + NEXT_IN_STEP] ?? NO_REQUEST;
        if (this.arrivedAtMs(request) <= arrivedByMs && this.wasDue(request)) forget(request);
        request = next;
      }
    }
  }

  wasDue(request: number): boolean {
    return ((this.codes[request * CODES + FLAGS] ?? 0) & WAS_DUE) !== 0;
  }

  /** How many requests were added so far: the order in which this and other requests came. */
  get added(): number {
    return this.#added;
  }

  /** Whether one of the first `added` requests was not returned by `nextDue()`. */
  hasBefore(added: number): boolean {
    return this.#due !== NO_REQUEST && (this.numbers[this.#due * NUMBERS + ADDED_BEFORE] ?? 0) < added;
  }

  /**
   * The next request in the order of arrival, if it arrived by `arrivedByMs` (Unix ms) and is one of the first `added`. Each is returned
   * once.
   */
  nextDue(arrivedByMs: number, added: number): number {
    const request = this.#due;
    if (!this.hasBefore(added) || (this.numbers[request * NUMBERS + ARRIVED_AT] ?? 0) > arrivedByMs) return NO_REQUEST;
    const at = request * CODES;
    this.#due = this.codes[at + NEXT] ?? NO_REQUEST;
    this.codes[at + FLAGS] = (this.codes[at + FLAGS] ?? 0) | WAS_DUE;
    return request;
  }

  /** The request that arrived first. */
  get oldest(): number {
    return this.#first;
  }

  arrivedAtMs(request: number): number {
    return this.numbers[request * NUMBERS + ARRIVED_AT] ?? 0;
  }

  keyOf(request: number): number {
    return this.numbers[request * NUMBERS + KEY] ?? 0;
  }

  isCounted(request: number): boolean {
    return ((this.codes[request * CODES + FLAGS] ?? 0) & IS_COUNTED) !== 0;
  }

  /** The requests in the order of arrival, as objects. */
  *values(): Iterable<OpenRequest> {
    for (let request = this.#first; request !== NO_REQUEST; request = this.codes[request * CODES + NEXT] ?? NO_REQUEST)
      yield this.objectOf(request);
  }

  *keys(): Iterable<number> {
    for (let request = this.#first; request !== NO_REQUEST; request = this.codes[request * CODES + NEXT] ?? NO_REQUEST)
      yield this.keyOf(request);
  }

  /** Adds a request with front-end rows alone. NO_REQUEST when it must be kept as an object. */
  addObject(request: OpenRequest): number {
    const kinds = this.#kindsOf(request);
    if (kinds === null) return NO_REQUEST;
    const number = this.add(request.key, request.server, request.judgeAtMs - JUDGE_AFTER_MS);
    if (number !== NO_REQUEST) this.#write(number, request, kinds);
    return number;
  }

  /** Writes a request that was returned by `objectOf()`. False when it can no longer be kept here: nothing was written then. */
  update(number: number, request: OpenRequest): boolean {
    const kinds = this.#kindsOf(request);
    if (kinds !== null) this.#write(number, request, kinds);
    return kinds !== null;
  }

  #kindsOf({ key, iis, httpProxy, backEnd, usesAlias, judgeAtMs, forgetAtMs }: OpenRequest): KindsOfRows | null {
    if (key <= 0 || backEnd !== null || usesAlias || forgetAtMs - judgeAtMs !== FORGET_AFTER_MS - JUDGE_AFTER_MS)
      return null;
    const kinds = { iis: this.#kindOf(iis, key), httpProxy: this.#kindOf(httpProxy, key) };
    const isWhole = (iis === null || kinds.iis >= 0) && (httpProxy === null || kinds.httpProxy >= 0);
    return isWhole && (iis !== null || httpProxy !== null) ? kinds : null;
  }

  #kindOf(row: RequestRow | null, key: number): number {
    return row === null || row.requestKey !== key ? -1 : this.kinds.of(row);
  }

  #write(number: number, request: OpenRequest, kinds: KindsOfRows): void {
    const { iis, httpProxy, position, attemptPosition, isJudged, isCounted } = request;
    const { numbers, codes } = this;
    const at = number * NUMBERS;
    numbers[at + FILE_KEY] = position.fileKey;
    numbers[at + OFFSET] = position.offset;
    numbers[at + CLIENT_KEY] = request.clientKey ?? 0;
    numbers[at + ATTEMPT_FILE] = attemptPosition?.fileKey ?? 0;
    numbers[at + ATTEMPT_OFFSET] = attemptPosition?.offset ?? 0;
    const flags =
      (isJudged ? IS_JUDGED : 0) | (isCounted ? IS_COUNTED : 0) | (attemptPosition === null ? 0 : HAS_ATTEMPT);
    codes[number * CODES + SERVER] = request.server;
    codes[number * CODES + FLAGS] = flags | ((codes[number * CODES + FLAGS] ?? 0) & WAS_DUE);
    if (iis !== null) this.setRow(number, IIS, { ...iis, kind: kinds.iis });
    if (httpProxy !== null) this.setRow(number, HTTP_PROXY, { ...httpProxy, kind: kinds.httpProxy });
  }

  /** The request as an object. */
  objectOf(request: number): OpenRequest {
    const number = (column: number): number => this.numbers[request * NUMBERS + column] ?? 0;
    const code = (column: number): number => this.codes[request * CODES + column] ?? 0;
    const flags = code(FLAGS);
    return {
      key: number(KEY),
      server: code(SERVER),
      iis: this.#rowOf(request, IIS, code(IIS_KIND)),
      httpProxy: this.#rowOf(request, HTTP_PROXY, code(HTTP_PROXY_KIND)),
      backEnd: null,
      position: { fileKey: number(FILE_KEY), offset: number(OFFSET) },
      isJudged: (flags & IS_JUDGED) !== 0,
      isCounted: (flags & IS_COUNTED) !== 0,
      usesAlias: false,
      judgeAtMs: number(ARRIVED_AT) + JUDGE_AFTER_MS,
      forgetAtMs: number(ARRIVED_AT) + FORGET_AFTER_MS,
      clientKey: number(CLIENT_KEY) === 0 ? null : number(CLIENT_KEY),
      attemptPosition:
        (flags & HAS_ATTEMPT) === 0 ? null : { fileKey: number(ATTEMPT_FILE), offset: number(ATTEMPT_OFFSET) },
    };
  }

  #rowOf(request: number, slot: typeof IIS | typeof HTTP_PROXY, kind: number): RequestRow | null {
    const row = this.kinds.rowOf(kind);
    if (row === null) return null;
    const number = (column: number): number => this.numbers[request * NUMBERS + slot + column] ?? 0;
    return {
      ...row,
      atMs: number(ROW_AT),
      requestKey: this.keyOf(request),
      ipKey: number(ROW_ADDRESS),
      userAgentKey: number(ROW_AGENT),
      idsKey: number(ROW_IDS),
    };
  }

  /** The slot with the key, or the one that it would get; -1 when that is too far from the one that it wants. */
  #slotOf(key: number): number {
    const slots = this.#slots;
    const { numbers } = this;
    const mask = slots.length - 1;
    let slot = key & mask;
    for (let step = 0; step < MAX_STEPS; step++) {
      const number = slots[slot] ?? 0;
      if (number === 0 || numbers[(number - 1) * NUMBERS + KEY] === key) return slot;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Frees the slot, and moves the entries behind it so that none is cut off from the slot that it wants. */
  #removeSlot(from: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let gap = from;
    slots[gap] = 0;
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = slots[slot] ?? 0;
      const wanted = this.keyOf(number - 1) & mask;
      if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
      slots[gap] = number;
      slots[slot] = 0;
      gap = slot;
    }
  }

  /** Doubles the capacity. */
  #grow(): void {
    const numbers = new Float64Array(2 * this.numbers.length);
    numbers.set(this.numbers);
    const codes = new Int32Array(2 * this.codes.length);
    codes.set(this.codes);
    this.numbers = numbers;
    this.codes = codes;
    const before = this.#slots;
    this.#slots = new Int32Array(2 * before.length);
    // In the order of the slots behind a free one: so no entry gets further from the slot that it wants than it was.
    const free = before.indexOf(0);
    for (let step = 1; step < before.length; step++) {
      const number = before[(free + step) & (before.length - 1)] ?? 0;
      if (number !== 0) this.#slots[this.#slotOf(this.keyOf(number - 1))] = number;
    }
  }
}

/**
 * Number of the step of that time (Unix ms). It is finite, and small enough for operations on bits, also far beyond any log and before
 * there is a clock (-Infinity).
 */
function stepOf(atMs: number): number {
  return Math.floor(Math.max(-MAX_MS, Math.min(atMs, MAX_MS)) / STEP_MS);
}

const MAX_MS = 2 ** 30 * STEP_MS;

/** A row of a waiting request. */
export interface WaitingRow extends Pick<RequestRow, "atMs" | "ipKey" | "userAgentKey" | "idsKey"> {
  readonly kind: number;
}

interface KindsOfRows {
  readonly iis: number;
  readonly httpProxy: number;
}
