import type { AppPool } from "../../model/app-pool.ts";
import type { EvidenceSource } from "../../model/finding.ts";
import type { RowPlace } from "../../model/row.ts";

/** What a row is found by again: the log that showed it, its time, and the event's label or the pool that it tells of. */
export interface SightingKey {
  readonly source: EvidenceSource;
  readonly atMs: number;
  readonly about: string | AppPool;
}

/** As many as there are events of workers. */
const MOST_PLACES = 4_000;

/**
 * Where the rows stand that recycles and events are known by. Of several rows of one key the first place counts, in order of file and
 * offset: the same whatever order they come in. Bounded: the oldest noted goes.
 */
export class SightingPlaces {
  readonly #places = new Map<string, RowPlace>();

  get size(): number {
    return this.#places.size;
  }

  note(key: SightingKey, { fileKey, offset }: RowPlace): void {
    const text = textOf(key);
    const known = this.#places.get(text);
    if (known !== undefined && (known.fileKey - fileKey || known.offset - offset) <= 0) return;
    this.#places.set(text, { fileKey, offset });
    if (this.#places.size <= MOST_PLACES) return;
    for (const oldest of this.#places.keys()) {
      this.#places.delete(oldest);
      return;
    }
  }

  placeOf(key: SightingKey): RowPlace | null {
    return this.#places.get(textOf(key)) ?? null;
  }

  dump(): [string, number, number][] {
    return [...this.#places].map(([text, { fileKey, offset }]) => [text, fileKey, offset]);
  }

  restore(dump: ReturnType<SightingPlaces["dump"]>): void {
    for (const [text, fileKey, offset] of dump) this.#places.set(text, { fileKey, offset });
  }
}

function textOf({ source, atMs, about }: SightingKey): string {
  return `${source} ${String(atMs)} ${about}`;
}
