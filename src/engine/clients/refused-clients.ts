import type { ScannerMemory } from "../../model/logs/scanner-memory.ts";
import { FOLLOWED_SLOTS, type SuccessMemory } from "../../model/logs/success-memory.ts";
import type { WatchedClient, WatchedClients } from "../../model/logs/watched-clients.ts";
import type { RefusedClient } from "./refused-client.ts";

/**
 * Refused clients by key. Most requests come from clients that are not refused: a table with one byte per slot usually shows that without
 * a look-up of the key.
 */
export class RefusedClients extends Map<number, RefusedClient> {
  /** `followed`: number of clients per slot (the low bits of the key). A slot that reaches 255 keeps that value. */
  #memory: Pick<SuccessMemory, "followed"> = { followed: new Uint8Array(FOLLOWED_SLOTS) };
  /** Keys of the clients added since `beginBatch()`; null outside of a batch. */
  #added: Set<number> | null = null;

  /** Clients that a scanner watches, and how one of them is followed instead; null when there are none. */
  #watched: WatchedClients | null = null;
  #follow: (client: WatchedClient) => RefusedClient | null = () => null;
  readonly #most: number;

  /** `most`: how many clients may be followed or watched. */
  constructor(most: number) {
    super();
    this.#most = most;
  }

  /** Uses this memory for the table from now on, so that a scanner sees it. */
  moveInto(memory: ScannerMemory): void {
    if (memory === this.#memory) return;
    memory.followed.set(this.#memory.followed);
    this.#memory = memory;
  }

  /** Lets a scanner watch clients. `follow`: called for one that the engine must follow. */
  watch(watched: WatchedClients, follow: (client: WatchedClient) => RefusedClient): void {
    this.#watched = watched;
    this.#follow = follow;
    this.#updateMost();
  }

  /** False when another scanner watches clients. */
  mayBeWatchedBy(watched: WatchedClients): boolean {
    return this.#watched === null || this.#watched === watched;
  }

  get isWatching(): boolean {
    return this.#watched !== null;
  }

  /** Number of clients, watched ones included. */
  get total(): number {
    return this.size + (this.#watched?.count ?? 0);
  }

  /** Follows all watched clients. Returns the clients in the order in which they were first refused. */
  followAll(): RefusedClient[] {
    const watched = this.#watched;
    if (watched === null) return [...this.values()];
    while (watched.count > 0) this.#followAt(watched, watched.count - 1);
    return [...this.values()].sort((a, b) => a.order - b.order);
  }

  /** Makes attempts of watched clients final (see `WatchedClients`), and follows those whose refusals may matter now. */
  finaliseWatched({ arrivedBeforeMs, silentToMs }: { arrivedBeforeMs: number; silentToMs: number }): void {
    for (const key of this.#watched?.finalise(arrivedBeforeMs, silentToMs) ?? []) this.get(key);
  }

  earliestWatchedMs(poolKey: number): number {
    return this.#watched?.earliestRefusalMs(poolKey) ?? Infinity;
  }

  #followAt(watched: WatchedClients, index: number): RefusedClient | undefined {
    const client = this.#follow(watched.client(index));
    watched.remove(index);
    return client === null ? undefined : this.#setClient(client.key, client);
  }

  #updateMost(): void {
    this.#watched?.setMost(this.#most - this.size);
  }

  /** Remembers which clients are added until `endBatch()`. */
  beginBatch(): void {
    this.#added = new Set();
  }

  endBatch(): void {
    this.#added = null;
  }

  wasAddedInBatch(key: number): boolean {
    return this.#added?.has(key) === true;
  }

  /** The client of that key; undefined when it is not followed. One that was watched is followed from now on. */
  override get(key: number): RefusedClient | undefined {
    if (this.#memory.followed[key & (FOLLOWED_SLOTS - 1)] === 0) return undefined;
    const client = super.get(key);
    if (client !== undefined || this.#watched === null) return client;
    const index = this.#watched.indexOf(key);
    return index < 0 ? undefined : this.#followAt(this.#watched, index);
  }

  override set(key: number, client: RefusedClient): this {
    if (this.#watched !== null) client.order = this.#watched.nextOrder();
    this.#added?.add(key);
    this.#setClient(key, client);
    return this;
  }

  #setClient(key: number, client: RefusedClient): RefusedClient {
    const { followed } = this.#memory;
    const slot = key & (FOLLOWED_SLOTS - 1);
    const count = followed[slot] ?? 0;
    if (count < 255 && !super.has(key)) followed[slot] = count + 1;
    super.set(key, client);
    this.#updateMost();
    return client;
  }

  override delete(key: number): boolean {
    const isDeleted = super.delete(key);
    const { followed } = this.#memory;
    const slot = key & (FOLLOWED_SLOTS - 1);
    const count = followed[slot] ?? 0;
    if (isDeleted && count < 255) followed[slot] = count - 1;
    if (isDeleted) this.#updateMost();
    return isDeleted;
  }

  override clear(): void {
    super.clear();
    this.#memory.followed.fill(0);
  }
}
