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

/** The incidents that the loops of one app pool of one server make, in order of time. Pure: any order of loops gives the same. */
export function incidentsOf<L extends IncidentLoop>(loops: readonly L[], rules: IncidentRules): IncidentSpan<L>[] {
  const ordered = [...loops].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs || a.client - b.client);
  const spans: IncidentSpan<L>[] = [];
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
    open = [...open.filter((other) => isOpenAt(other, loop.startMs)), loop];
    if (new Set(open.map((other) => other.client)).size >= rules.minClients) {
      members = open;
      coveredToMs = spanOf(open).coveredToMs;
      open = [];
    }
  }
  if (members !== null) spans.push(spanOf(members));
  return spans;
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
