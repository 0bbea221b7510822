import type { AppPool } from "../../model/app-pool.ts";
import type { Cause } from "../../model/label-values.ts";
import type { TrueLoop } from "./true-loops.ts";

/** The true cause of incidents on a pool in a time span. */
export interface Story {
  readonly server: string;
  readonly appPool: AppPool;
  readonly cause: Cause;
  readonly scenario: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface TrueIncident {
  readonly server: string;
  readonly appPool: AppPool;
  readonly cause: Cause;
  readonly scenario: string;
  readonly start: string;
  /** Null while it is open. */
  readonly end: string | null;
  readonly clients: number;
  /** Number of refused requests in its loops. */
  readonly rejections: number;
  readonly proven: boolean;
}

const MIN_CLIENTS = 3;
const QUIET_MS = 300_000;

/** Finds the incidents that the loops form (contract §1), each with the cause given by its scenario. */
export function findIncidents(
  loops: readonly TrueLoop[],
  stories: readonly Story[],
  nowMs: number,
): readonly TrueIncident[] {
  const pools = new Map<string, TrueLoop[]>();
  for (const loop of loops) {
    const pool = `${loop.server} ${loop.appPool}`;
    pools.set(pool, [...(pools.get(pool) ?? []), loop]);
  }
  const incidents = [...pools.values()].flatMap((inPool) =>
    clustersOf(inPool).map((members) => incidentOf(members, stories, nowMs)),
  );
  return incidents.sort((one, other) =>
    one.start < other.start ? -1 : one.start > other.start ? 1 : one.server < other.server ? -1 : 1,
  );
}

/** Groups the loops of one app pool of one server into incidents. `loops` are in order of their start. */
function clustersOf(loops: readonly TrueLoop[]): readonly (readonly TrueLoop[])[] {
  const clusters: TrueLoop[][] = [];
  let current: TrueLoop[] | null = null;
  let lastEndMs = 0;
  let open: TrueLoop[] = [];
  for (const loop of loops) {
    const startMs = Date.parse(loop.start);
    open = open.filter((other) => endMsOf(other) >= startMs);
    if (current !== null && open.length === 0 && startMs - lastEndMs > QUIET_MS) current = null;
    open.push(loop);
    if (current !== null) current.push(loop);
    else if (new Set(open.map((one) => one.client)).size >= MIN_CLIENTS) {
      current = [...open];
      clusters.push(current);
    }
    if (current !== null) lastEndMs = Math.max(...open.map(endMsOf));
  }
  return clusters;
}

function endMsOf(loop: TrueLoop): number {
  return loop.end === null ? Number.POSITIVE_INFINITY : Date.parse(loop.end);
}

function incidentOf(members: readonly TrueLoop[], stories: readonly Story[], nowMs: number): TrueIncident {
  const [first] = members;
  if (first === undefined) throw new Error("Cannot tell an incident: it has no loops");
  const lastRejection = members.reduce((last, loop) => (loop.lastRejection > last ? loop.lastRejection : last), "");
  const lastEndMs = Math.max(...members.map(endMsOf));
  const startMs = Date.parse(first.start);
  const story = stories.find(
    (one) =>
      one.server === first.server && one.appPool === first.appPool && one.fromMs <= startMs && startMs < one.untilMs,
  );
  return {
    server: first.server,
    appPool: first.appPool,
    cause: story?.cause ?? "unexplained",
    scenario: story?.scenario ?? "",
    start: first.start,
    end: nowMs - lastEndMs > QUIET_MS ? lastRejection : null,
    clients: new Set(members.map((loop) => loop.client)).size,
    rejections: members.reduce((sum, loop) => sum + loop.rejections, 0),
    proven: members.some((loop) => loop.proven),
  };
}
