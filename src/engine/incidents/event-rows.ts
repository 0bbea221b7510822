import type { AppPool } from "../../model/app-pool.ts";
import { BoundedMap } from "../../model/bounded-map.ts";
import type { EvidenceSource } from "../../model/finding.ts";
import type { RowPosition } from "../../model/row.ts";

/** By what a row is found again: its log, its time, and the label of its event or its app pool. */
export interface EventRowKey {
  readonly source: EvidenceSource;
  readonly atMs: number;
  readonly about: string | AppPool;
}

/** As many as there are events of workers. */
const MAX_ROWS = 4_000;

/**
 * Finds the log row behind a recycle or an event. If several rows match, the first by file key and offset, so that the order of reading
 * does not matter. Bounded: the row noted first is dropped.
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
