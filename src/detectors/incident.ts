import type { IncidentRules } from "../model/rules.ts";

/** A loop as incidents see it. */
export interface IncidentLoop {
  readonly client: number;
  readonly startMs: number;
  /** The success of a recovered loop, else the last refusal so far. */
  readonly endMs: number;
  readonly lastRefusalMs: number;
  readonly isRecovered: boolean;
}

/** A span of time in which enough clients looped at once, with the loops that it is made of. */
export interface IncidentSpan<L extends IncidentLoop> {
  readonly startMs: number;
  /** Its last rejection. */
  readonly endMs: number;
  /** Until when a loop of it was open. */
  readonly coveredToMs: number;
  readonly loops: readonly L[];
}

/** What the loops of one app pool make, in order of time. */
export interface Incidents<L extends IncidentLoop> {
  readonly spans: readonly IncidentSpan<L>[];
  /** Loops that are part of none. */
  readonly outside: readonly L[];
}

/** Order of loops: start, end, client. */
export function compareLoops(a: IncidentLoop, b: IncidentLoop): number {
  return a.startMs - b.startMs || a.endMs - b.endMs || a.client - b.client;
}

/** The incidents that the loops of one app pool of one server make, in order of time. Pure: any order of loops gives the same. */
export function incidentsOf<L extends IncidentLoop>(
  loops: readonly L[],
  rules: IncidentRules,
): readonly IncidentSpan<L>[] {
  return incidentsInOrder([...loops].sort(compareLoops), rules).spans;
}

/** The same of loops that are in order already. Linear in their number once an incident is open. */
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
