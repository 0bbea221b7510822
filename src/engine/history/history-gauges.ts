import { incidentsOf, type IncidentLoop } from "../../detectors/incident.ts";
import type { DetectionRules, LoopRules } from "../../model/rules.ts";
import type { IncidentRecord, LoopRecord } from "../incidents/incident-record.ts";

/** A value of a series from `atMs` (Unix ms) on; NaN: the series has no value from then on. */
export interface Step {
  readonly atMs: number;
  readonly value: number;
}

/** When a daemon would have shown an incident as open, and how it grew. */
export interface IncidentCourse {
  readonly record: IncidentRecord;
  /**
   * Open (Unix ms) from the moment enough loops had reached the threshold until the quiet time and the last loop's idle time had passed.
   */
  readonly openMs: number;
  readonly closeMs: number;
  /** Number of clients hit so far. */
  readonly clients: readonly Step[];
}

/** When a run of refusals reached the threshold of a loop (Unix ms), assuming that its refusals are evenly spread. */
export function loopKnownMs(loop: LoopRecord, rules: LoopRules): number {
  const lengthMs = loop.endMs - loop.startMs;
  const byCountMs = loop.rejections <= 1 ? 0 : (lengthMs * (rules.threshold - 1)) / (loop.rejections - 1);
  return Math.min(loop.endMs, loop.startMs + Math.max(rules.minSpanMs, byCountMs));
}

/** When a loop was known to be over (Unix ms): at its success, or after the idle time. */
export function loopOverMs(loop: LoopRecord, rules: LoopRules): number {
  return loop.outcome === "unresolved" ? loop.endMs + rules.idleMs : loop.endMs;
}

/** Number of open loops over time, as a daemon without any delay would have shown it. */
export function openLoops(loops: readonly LoopRecord[], rules: LoopRules): Step[] {
  const edges = loops
    .flatMap((loop) => [
      { atMs: loopKnownMs(loop, rules), by: 1 },
      { atMs: loopOverMs(loop, rules), by: -1 },
    ])
    .sort((a, b) => a.atMs - b.atMs);
  const steps: { atMs: number; value: number }[] = [];
  let open = 0;
  for (const { atMs, by } of edges) {
    open += by;
    const last = steps.at(-1);
    if (last?.atMs === atMs) last.value = open;
    else steps.push({ atMs, value: open });
  }
  return steps;
}

/** When each incident of one app pool of one server was open. `loops`: all loops of that pool. */
export function incidentCourses(
  records: readonly IncidentRecord[],
  loops: readonly LoopRecord[],
  rules: DetectionRules,
): IncidentCourse[] {
  const known = loops.map((loop) => ({
    ...incidentLoop(loop),
    knownMs: loopKnownMs(loop, rules.loop),
    overMs: loopOverMs(loop, rules.loop),
  }));
  const spans = incidentsOf(known, rules.incident);
  return records.map((record) => {
    const span = spans.find((one) => one.startMs === record.startMs);
    // Its loops are no longer in memory: only its record is left.
    if (span === undefined)
      return {
        record,
        openMs: record.startMs,
        closeMs: record.endMs + rules.incident.quietMs,
        clients: [{ atMs: record.startMs, value: record.clients }],
      };
    const members = [...span.loops].sort((a, b) => a.knownMs - b.knownMs);
    const openMs = detectedMs(members, rules);
    return {
      record,
      openMs,
      closeMs: Math.max(openMs, span.coveredToMs + rules.incident.quietMs, ...members.map((loop) => loop.overMs)),
      clients: clientSteps(members, openMs),
    };
  });
}

type KnownLoop = IncidentLoop & { readonly knownMs: number; readonly overMs: number };

function incidentLoop(loop: LoopRecord): IncidentLoop {
  return {
    client: loop.client,
    startMs: loop.startMs,
    endMs: loop.endMs,
    lastRefusalMs: loop.endMs,
    isRecovered: loop.outcome === "recovered",
  };
}

/** The first time (Unix ms) at which the loops known by then form an incident. */
function detectedMs(members: readonly KnownLoop[], rules: DetectionRules): number {
  for (let count = rules.incident.minClients; count <= members.length; count++) {
    const seen = members.slice(0, count);
    if (incidentsOf(seen, rules.incident).length > 0) return seen.at(-1)?.knownMs ?? 0;
  }
  return members.at(-1)?.knownMs ?? 0;
}

function clientSteps(members: readonly KnownLoop[], openMs: number): Step[] {
  const clients = new Set<number>();
  const steps: { atMs: number; value: number }[] = [];
  for (const loop of members) {
    clients.add(loop.client);
    const atMs = Math.max(openMs, loop.knownMs);
    const last = steps.at(-1);
    if (last?.atMs === atMs) last.value = clients.size;
    else if (last?.value !== clients.size) steps.push({ atMs, value: clients.size });
  }
  return steps;
}
