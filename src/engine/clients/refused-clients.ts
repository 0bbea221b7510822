import { FOLLOWED_SLOTS, type SuccessMemory } from "../../model/logs/success-memory.ts";
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

  /** Uses this memory for the table from now on, so that a scanner sees it. */
  moveInto(memory: SuccessMemory): void {
    if (memory === this.#memory) return;
    memory.followed.set(this.#memory.followed);
    this.#memory = memory;
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

  /** The client of that key; undefined when it is not followed. */
  override get(key: number): RefusedClient | undefined {
    return this.#memory.followed[key & (FOLLOWED_SLOTS - 1)] === 0 ? undefined : super.get(key);
  }

  override set(key: number, client: RefusedClient): this {
    const { followed } = this.#memory;
    const slot = key & (FOLLOWED_SLOTS - 1);
    const count = followed[slot] ?? 0;
    if (count < 255 && !super.has(key)) followed[slot] = count + 1;
    this.#added?.add(key);
    return super.set(key, client);
  }

  override delete(key: number): boolean {
    const isDeleted = super.delete(key);
    const { followed } = this.#memory;
    const slot = key & (FOLLOWED_SLOTS - 1);
    const count = followed[slot] ?? 0;
    if (isDeleted && count < 255) followed[slot] = count - 1;
    return isDeleted;
  }

  override clear(): void {
    super.clear();
    this.#memory.followed.fill(0);
  }
}
