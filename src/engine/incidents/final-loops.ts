import { compareLoops, type IncidentLoop } from "../../detectors/incident.ts";
import { provenCount, type RefusalRun } from "../../detectors/loop.ts";
import type { ClientLoop } from "../clients/refused-client.ts";

/** A loop of an app pool, with what incidents and causes need to know. */
export interface BookLoop extends IncidentLoop {
  readonly span: RefusalRun;
  readonly wasServed: boolean;
  readonly isFinal: boolean;
  /** Requests that count for an incident: of a chronic loop only those of its first hours. */
  readonly rejections: number;
  /** How many of these were refused with a reason, or answered with 4000000. */
  readonly proven: number;
  /** True while the loop may still become longer. */
  readonly isOpen: boolean;
}

export interface BookTimes extends Pick<BookLoop, "wasServed" | "isFinal"> {
  readonly nowMs: number;
  readonly chronicMs: number;
}

export function bookLoop(client: number, span: RefusalRun, { nowMs, chronicMs, ...more }: BookTimes): BookLoop {
  const isRecovered = span.outcome === "recovered";
  const loop = {
    ...more,
    client,
    startMs: span.startMs,
    endMs: isRecovered ? span.endMs : span.lastRefusalMs,
    lastRefusalMs: span.lastRefusalMs,
    isRecovered,
    span,
    rejections: span.rejections,
    proven: provenCount(span),
    isOpen: span.outcome === null,
  };
  const untilMs = span.startMs + chronicMs;
  if (!isChronic(span) || Math.max(loop.endMs, loop.isOpen ? nowMs : 0) <= untilMs) return loop;
  const { rejections, lastRefusalMs } = span.early ?? span;
  const early = { lastRefusalMs, rejections, proven: 0 };
  return { ...loop, ...early, endMs: Math.min(loop.endMs, untilMs), isRecovered: false, isOpen: false };
}

/**
 * True when nothing proves a refused token within the first hours, and the client was never served: a monitor that never signs in is no
 * outage.
 */
export function isChronic(span: RefusalRun): boolean {
  return !span.servedBefore && (span.early === null ? provenCount(span) === 0 : !span.early.isProven);
}

/**
 * The final loops of one app pool, sorted. A long outage has tens of thousands of them, and incidents are judged every minute, so each loop
 * is sorted in once. Bounded by `archiveIncidents`, which removes them.
 */
export class FinalLoops {
  #loops: ClientLoop[] = [];
  /** `#loops` without `#added`, sorted. */
  #ordered: BookLoop[] = [];
  #added: ClientLoop[] = [];
  /** The value of `incident.chronic` with which `#ordered` was made. */
  #chronicMs = NaN;

  get size(): number {
    return this.#loops.length;
  }

  /** In the order in which they became final. */
  values(): readonly ClientLoop[] {
    return this.#loops;
  }

  add(loop: ClientLoop): void {
    this.#loops.push(loop);
    this.#added.push(loop);
  }

  remove(gone: ReadonlySet<RefusalRun>): void {
    this.#loops = this.#loops.filter(({ span }) => !gone.has(span));
    this.#ordered = this.#ordered.filter(({ span }) => !gone.has(span));
    this.#added = this.#added.filter(({ span }) => !gone.has(span));
  }

  /** The loops in the order of `compareLoops`. */
  ordered(chronicMs: number): readonly BookLoop[] {
    if (chronicMs !== this.#chronicMs) {
      this.#chronicMs = chronicMs;
      this.#ordered = [];
      this.#added = [...this.#loops];
    }
    if (this.#added.length > 0) {
      const added = this.#added.map(({ client, span, wasServed }) =>
        bookLoop(client, span, { wasServed, isFinal: true, nowMs: 0, chronicMs }),
      );
      this.#ordered = merged(this.#ordered, added.sort(compareLoops));
      this.#added = [];
    }
    return this.#ordered;
  }
}

/** Merges two sorted lists. Of equal loops those of `first` come first. */
export function merged(first: readonly BookLoop[], second: readonly BookLoop[]): BookLoop[] {
  const all: BookLoop[] = [];
  let next = 0;
  for (const loop of first) {
    for (let other = second[next]; other !== undefined && compareLoops(other, loop) < 0; other = second[next]) {
      all.push(other);
      next += 1;
    }
    all.push(loop);
  }
  for (const other of second.slice(next)) all.push(other);
  return all;
}
