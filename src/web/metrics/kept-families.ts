import { LRUCache } from "lru-cache";
import type { Metric } from "../../catalogue/metric.ts";
import type { MetricValue } from "../../model/metric-value.ts";
import type { TextPiece } from "./text-piece.ts";

/** What a piece was rendered from. The numbers are copied: a source may go on counting in the lists that it returned. */
interface Kept {
  readonly labels: readonly MetricValue["labels"][];
  readonly numbers: Float64Array;
  readonly piece: TextPiece;
}

/** The metric families of one page in one format, each of which is rendered again only when its values have changed. */
export class KeptFamilies {
  readonly #kept = new Map<string, Kept>();

  /** Approximate memory that is kept, bytes. */
  get size(): number {
    let size = OWN_BYTES;
    for (const { labels, numbers, piece } of this.#kept.values())
      size += OWN_BYTES + labels.length * LABELS_BYTES + numbers.byteLength + piece.plain.length;
    return size;
  }

  /** The piece with these values of the metric, in this order; `render` makes it. */
  pieceOf(
    { name, type }: Pick<Metric, "name" | "type">,
    values: readonly MetricValue[],
    render: () => TextPiece | null,
  ): TextPiece | null {
    const kept = this.#kept.get(name);
    const isHistogram = type === "histogram";
    if (kept !== undefined && isAlike(kept, values, isHistogram)) return kept.piece;
    const piece = render();
    if (piece === null) this.#kept.delete(name);
    else this.#kept.set(name, { labels: values.map(({ labels }) => labels), numbers: numbersOf(values), piece });
    return piece;
  }
}

/** Approximate sizes of an entry and of a value's labels, bytes. */
const OWN_BYTES = 500;
const LABELS_BYTES = 100;

/** Whether a piece was rendered from these values. What was rendered once is right, so the values are not checked again. */
function isAlike({ labels, numbers }: Kept, values: readonly MetricValue[], isHistogram: boolean): boolean {
  if (values.length !== labels.length) return false;
  let at = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === undefined || (value.kind === "histogram") !== isHistogram) return false;
    if (!hasLabels(value.labels, labels[index] ?? {})) return false;
    if (value.kind === "value") {
      if (!Object.is(value.value, numbers[at++])) return false;
      continue;
    }
    if (value.counts.length !== numbers[at++]) return false;
    for (const count of value.counts) if (!Object.is(count, numbers[at++])) return false;
    if (!Object.is(value.sum, numbers[at++])) return false;
  }
  return at === numbers.length;
}

/** Values one after the other: of a histogram the number of its counts, the counts, and the sum. */
function numbersOf(values: readonly MetricValue[]): Float64Array {
  return Float64Array.from(
    values.flatMap((value) =>
      value.kind === "value" ? [value.value] : [value.counts.length, ...value.counts, value.sum],
    ),
  );
}

function hasLabels(a: MetricValue["labels"], b: MetricValue["labels"]): boolean {
  if (a === b) return true;
  let count = 0;
  for (const name in a) {
    if (a[name] !== b[name]) return false;
    count += 1;
  }
  for (const _ in b) count -= 1;
  return count === 0;
}

/** Maximum memory, bytes; those pages are forgotten that were not used for the longest time. A page of a server takes about 60 kB. */
const MAX_SIZE = 32 * 1024 * 1024;

/** What is kept of each page. */
export class KeptPages {
  readonly #pages = new LRUCache<string, KeptFamilies>({ maxSize: MAX_SIZE });

  /** Renders the page under `key` with what is known of it. */
  async use<Result>(key: string, render: (kept: KeptFamilies) => Promise<Result>): Promise<Result> {
    const kept = this.#pages.get(key) ?? new KeptFamilies();
    const result = await render(kept);
    this.#pages.set(key, kept, { size: kept.size });
    return result;
  }
}
