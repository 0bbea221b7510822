import type { IncidentRules } from "../model/rules.ts";

/** The part of a loop that incident detection needs. Instants in Unix milliseconds; `client` is a key. */
export interface IncidentLoop {
  readonly client: number;
  readonly startMs: number;
  /** Time of the success for a recovered loop, else of the last refusal so far. */
  readonly endMs: number;
  readonly lastRefusalMs: number;
  readonly isRecovered: boolean;
}

/** A time span in which enough clients looped at once, with its loops. */
export interface IncidentSpan<L extends IncidentLoop> {
  readonly startMs: number;
  /** Time of the last rejection. */
  readonly endMs: number;
  /** End of the last loop in the span. */
  readonly coveredToMs: number;
  readonly loops: readonly L[];
}

/** The incidents of one app pool, in order of time. */
export interface Incidents<L extends IncidentLoop> {
  readonly spans: readonly IncidentSpan<L>[];
  /** Loops that belong to no incident. */
  readonly outside: readonly L[];
}

/** Orders loops by start, end and client. */
export function compareLoops(a: IncidentLoop, b: IncidentLoop): number {
  return a.startMs - b.startMs || a.endMs - b.endMs || a.client - b.client;
}

/**
 * Finds the incidents of one app pool of one server, in order of time. Pure: the order of the loops does not matter.
 */
export function incidentsOf<L extends IncidentLoop>(
  loops: readonly L[],
  rules: IncidentRules,
): readonly IncidentSpan<L>[] {
  return incidentsInOrder([...loops].sort(compareLoops), rules).spans;
}

/**
 * Like `incidentsOf`, for loops that are already sorted by `compareLoops`. Linear in their number once an incident is
 * open.
 */
export function incidentsInOrder<L extends IncidentLoop>(ordered: readonly L[], rules: IncidentRules): Incidents<L> {
  const spans: IncidentSpan<L>[] = [];
  const outside: L[] = [];
  let open: L[] = [];
  let members: L[] | null = null;
  let coveredToMs = 0;
  for (const loop of ordered) {
    if (members !== null && loop.startMs - coveredToMs < rules.quietMs) {
      members.push(loop);
      coveredToMs = Math.max(coveredToMs, loop.endMs);
      continue;
    }
    if (members !== null) spans.push(spanOf(members));
    members = null;
    const stillOpen: L[] = [];
    for (const other of open) (isOpenAt(other, loop.startMs) ? stillOpen : outside).push(other);
    open = [...stillOpen, loop];
    if (new Set(open.map((other) => other.client)).size >= rules.minClients) {
      members = open;
      coveredToMs = spanOf(open).coveredToMs;
      open = [];
    }
  }
  if (members !== null) spans.push(spanOf(members));
  return { spans, outside: [...outside, ...open] };
}

function isOpenAt(loop: IncidentLoop, atMs: number): boolean {
  return loop.isRecovered ? loop.endMs > atMs : loop.endMs >= atMs;
}

function spanOf<L extends IncidentLoop>(loops: readonly L[]): IncidentSpan<L> {
  let startMs = Infinity;
  let endMs = -Infinity;
  let coveredToMs = -Infinity;
  for (const loop of loops) {
    startMs = Math.min(startMs, loop.startMs);
    endMs = Math.max(endMs, loop.lastRefusalMs);
    coveredToMs = Math.max(coveredToMs, loop.endMs);
  }
  return { startMs, endMs, coveredToMs, loops };
}
