import {
  RECORD_NUMBERS,
  OTHER_ID_SLOTS,
  SETTLED_NUMBERS,
  type SettledMemory,
} from "../../model/logs/settled-memory.ts";
import {
  KIND_COLUMNS,
  MAX_KNOWN_KINDS,
  WATCHED_ATTEMPT_NUMBERS,
  type KnownKinds,
  type WatchedClient,
  type WatchedClients,
  type WatchRules,
} from "../../model/logs/watched-clients.ts";
import type { ScannerExports } from "./scanner-code.ts";

// Memory layout, as in source/memory.ts. Byte addresses.
const SHARED = 11_445_248;
/** Indexes in `flags` and `numbers`. */
const [WATCHES, MAX_REFUSALS, WATCHED_COUNT, MAX_WATCHED_NOW, KIND_COUNT, RIPE_COUNT, SERVER, FLAG_COUNT] = [
  0, 1, 2, 3, 4, 5, 6, 7,
] as const;
const [IDLE_MS, LOOK_BACK_MS, CLIENT_ORDER, NUMBER_COUNT] = [4, 5, 6, 7] as const;
const SETTLED_STATE = SHARED + 64;
const SERVED_FIELDS = SHARED + 512;
const MAX_URLS = 64;
const KINDS = SHARED + 1_024;
/** The attempts of one client. */
const LISTED = 25_437_184;
const MAX_LISTED = 256;
const RIPE = 11_478_016;
const MAX_WATCHED = 32_768;
const CLIENTS = 12_002_304;
const CLIENT_NUMBERS = 10;
const OTHER_IDS = 20_915_200;
const SETTLED_SLOTS = 20_980_736;
const MAX_SETTLED = 32_768;
const SETTLED = 21_242_880;
/** The input begins here. */
export const ENGINE_MEMORY_END = 25_751_552;

/** Fields of a client, as in source/watched-clients.ts: indexes of numbers, and of integers of four bytes. */
const [KEY, IDENTITY, POOL, ORDER] = [0, 1, 2, 4] as const;
const [FINAL_COUNT, FLAGS] = [15, 17] as const;
const [WAS_SERVED, SERVED_BEFORE] = [1, 2] as const;

/** Views of the part of a scanner's memory that it shares with the engine; created again when the memory grows. */
export class EngineMemory {
  readonly flags: Int32Array;
  readonly numbers: Float64Array;
  readonly servedFields: Float64Array;
  readonly kinds: Float64Array;
  readonly ripe: Float64Array;
  readonly clients: Float64Array;
  readonly clientFlags: Int32Array;
  readonly attempts: Float64Array;
  readonly settled: Omit<SettledMemory, "expire">;

  constructor(buffer: ArrayBuffer) {
    this.flags = new Int32Array(buffer, SHARED, FLAG_COUNT);
    this.numbers = new Float64Array(buffer, SHARED, NUMBER_COUNT);
    this.servedFields = new Float64Array(buffer, SERVED_FIELDS, MAX_URLS);
    this.kinds = new Float64Array(buffer, KINDS, MAX_KNOWN_KINDS * KIND_COLUMNS);
    this.ripe = new Float64Array(buffer, RIPE, MAX_WATCHED);
    this.clients = new Float64Array(buffer, CLIENTS, MAX_WATCHED * CLIENT_NUMBERS);
    this.clientFlags = new Int32Array(buffer, CLIENTS, 2 * MAX_WATCHED * CLIENT_NUMBERS);
    this.attempts = new Float64Array(buffer, LISTED, MAX_LISTED * WATCHED_ATTEMPT_NUMBERS);
    this.settled = {
      records: new Float64Array(buffer, SETTLED, MAX_SETTLED * RECORD_NUMBERS),
      slots: new Uint32Array(buffer, SETTLED_SLOTS, 2 * MAX_SETTLED),
      numbers: new Float64Array(buffer, SETTLED_STATE, SETTLED_NUMBERS),
      otherIds: new Uint8Array(buffer, OTHER_IDS, OTHER_ID_SLOTS),
    };
  }
}

/** The counted requests in the scanner's memory, also after it grew. */
export class ScannerRequests implements SettledMemory {
  readonly #memory: () => EngineMemory;
  readonly expire: (arrivedBeforeMs: number) => void;

  constructor({ expireSettled }: ScannerExports, memory: () => EngineMemory) {
    this.#memory = memory;
    this.expire = expireSettled;
  }

  get records(): Float64Array {
    return this.#memory().settled.records;
  }

  get slots(): Uint32Array {
    return this.#memory().settled.slots;
  }

  get numbers(): Float64Array {
    return this.#memory().settled.numbers;
  }

  get otherIds(): Uint8Array {
    return this.#memory().settled.otherIds;
  }
}

/** The watched clients in the scanner's memory, also after it grew. */
export class ScannerClients implements WatchedClients {
  readonly #memory: () => EngineMemory;
  readonly #exports: ScannerExports;
  #kinds: KnownKinds | null = null;
  #kindCount = 0;

  constructor(exports: ScannerExports, memory: () => EngineMemory) {
    this.#exports = exports;
    this.#memory = memory;
  }

  get count(): number {
    return this.#memory().flags[WATCHED_COUNT] ?? 0;
  }

  begin({ mostRefusals, idleMs, lookBackMs }: WatchRules): void {
    const { flags, numbers } = this.#memory();
    flags[WATCHES] = 1;
    flags[MAX_REFUSALS] = mostRefusals;
    numbers[IDLE_MS] = idleMs;
    numbers[LOOK_BACK_MS] = lookBackMs;
  }

  setMost(most: number): void {
    this.#memory().flags[MAX_WATCHED_NOW] = Math.max(0, Math.min(most, MAX_WATCHED));
  }

  nextOrder(): number {
    const { numbers } = this.#memory();
    return (numbers[CLIENT_ORDER] = (numbers[CLIENT_ORDER] ?? 0) + 1);
  }

  indexOf(key: number): number {
    return this.#exports.watchedIndexOf(key);
  }

  client(index: number): WatchedClient {
    const { clients, clientFlags, attempts } = this.#memory();
    const at = index * CLIENT_NUMBERS;
    const flags = clientFlags[2 * at + FLAGS] ?? 0;
    return {
      key: clients[at + KEY] ?? 0,
      identity: clients[at + IDENTITY] ?? 0,
      pool: clients[at + POOL] ?? 0,
      order: clients[at + ORDER] ?? 0,
      wasServed: (flags & WAS_SERVED) !== 0,
      servedBefore: (flags & SERVED_BEFORE) !== 0,
      count: this.#exports.listAttempts(index),
      finalCount: clientFlags[2 * at + FINAL_COUNT] ?? 0,
      attempts,
    };
  }

  remove(index: number): void {
    this.#exports.forgetWatched(index);
  }

  finalise(arrivedBeforeMs: number, silentToMs: number): readonly number[] {
    this.#exports.finaliseWatched(arrivedBeforeMs, silentToMs);
    const { flags, ripe } = this.#memory();
    return [...ripe.subarray(0, flags[RIPE_COUNT] ?? 0)];
  }

  earliestRefusalMs(poolKey: number): number {
    return this.#exports.earliestRefusal(poolKey);
  }

  /** The rows that follow are of that server, and their known kinds are these. */
  takeKinds(server: number, kinds: KnownKinds): void {
    const memory = this.#memory();
    memory.flags[SERVER] = server;
    if (kinds === this.#kinds && kinds.count === this.#kindCount) return;
    memory.kinds.set(kinds.columns.subarray(0, kinds.count * KIND_COLUMNS));
    memory.flags[KIND_COUNT] = kinds.count;
    this.#exports.indexKinds();
    [this.#kinds, this.#kindCount] = [kinds, kinds.count];
  }
}
