import type { RefusedClient } from "./refused-client.ts";

const SLOTS = 65_536;

/**
 * Refused clients by key. Most requests come from clients that are not refused: a table with one byte per slot usually shows that without
 * a look-up of the key.
 */
export class RefusedClients extends Map<number, RefusedClient> {
  /** Number of clients per slot (the low bits of the key). A slot that reaches 255 keeps that value. */
  readonly #counts = new Uint8Array(SLOTS);

  /** The client of that key; undefined when it is not followed. */
  override get(key: number): RefusedClient | undefined {
    return this.#counts[key & (SLOTS - 1)] === 0 ? undefined : super.get(key);
  }

  override set(key: number, client: RefusedClient): this {
    const slot = key & (SLOTS - 1);
    const count = this.#counts[slot] ?? 0;
    if (count < 255 && !super.has(key)) this.#counts[slot] = count + 1;
    return super.set(key, client);
  }

  override delete(key: number): boolean {
    const isDeleted = super.delete(key);
    const slot = key & (SLOTS - 1);
    const count = this.#counts[slot] ?? 0;
    if (isDeleted && count < 255) this.#counts[slot] = count - 1;
    return isDeleted;
  }

  override clear(): void {
    super.clear();
    this.#counts.fill(0);
  }
}
