import type { AppPool } from "../../model/app-pool.ts";
import { BoundedMap } from "../../model/bounded-map.ts";
import type { EvidenceSource } from "../../model/finding.ts";
import type { RowPosition } from "../../model/row.ts";

/** What a row is found by again: the log that showed it, its time, and the event's label or the pool that it tells of. */
export interface EventRowKey {
  readonly source: EvidenceSource;
  readonly atMs: number;
  readonly about: string | AppPool;
}

/** As many as there are events of workers. */
const MAX_ROWS = 4_000;

/**
 * Where the rows stand that recycles and events are known by. Of several rows of one key the first place counts, in order of file and
 * offset: the same whatever order they come in. Bounded: the oldest noted goes.
 */
export class EventRowIndex {
  readonly #positions = new BoundedMap<string, RowPosition>(MAX_ROWS);

  get size(): number {
    return this.#positions.size;
  }

  note(key: EventRowKey, { fileKey, offset }: RowPosition): void {
    const text = textOf(key);
    const known = this.#positions.get(text);
    if (known !== undefined && (known.fileKey - fileKey || known.offset - offset) <= 0) return;
    this.#positions.set(text, { fileKey, offset });
  }

  positionOf(key: EventRowKey): RowPosition | null {
    return this.#positions.get(textOf(key)) ?? null;
  }

  dump(): [string, number, number][] {
    return [...this.#positions].map(([text, { fileKey, offset }]) => [text, fileKey, offset]);
  }

  restore(dump: ReturnType<EventRowIndex["dump"]>): void {
    for (const [text, fileKey, offset] of dump) this.#positions.set(text, { fileKey, offset });
  }
}

function textOf({ source, atMs, about }: EventRowKey): string {
  return `${source} ${String(atMs)} ${about}`;
}
