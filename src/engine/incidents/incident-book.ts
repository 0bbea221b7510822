import type { CauseContext, ClockOffset, Peer } from "../../causes/cause-context.ts";
import { nameCause } from "../../causes/name-cause.ts";
import { SHORTLY_MS } from "../../causes/situation.ts";
import type { Recycle } from "../../detectors/recycle.ts";
import { compareLoops, incidentsInOrder, type Incidents, type IncidentSpan } from "../../detectors/incident.ts";
import { mainCategory, openLoopOf, type LoopReason, type RefusalRun } from "../../detectors/loop.ts";
import { FRONT_END_POOL, type AppPool } from "../../model/app-pool.ts";
import { CATEGORIES, type Protocol } from "../../model/label-values.ts";
import { isSameServer } from "../../model/snapshot/snapshot-facts.ts";
import { firstRefusalMs, loopsOf, type RefusedClient } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { evidenceRowsOf } from "./evidence-rows.ts";
import { bookLoop, isChronic, merged, type BookLoop } from "./final-loops.ts";
import type { IncidentRecord, LoopRecord } from "./incident-record.ts";
import type { OrganisationFacts } from "../organisation-facts.ts";
import { measuredAhead } from "../rows-ahead.ts";
import type { PoolState, ServerState } from "../server-state.ts";
import { DAY_MS, MINUTE_MS } from "../../model/durations.ts";

/** A worker fetches the published keys at most this long after its first Bearer request (KB 4559435). */
const SELF_HEALING_MS = 30 * MINUTE_MS;
/** Servers whose incidents lie within this time of each other refuse at once. */
const AT_ONCE_MS = 10 * MINUTE_MS;
/** A settled loop is kept this long at most for loops that overlap it. */
const MAX_OVERLAP_MS = 120 * MINUTE_MS;

/**
 * The loops and incidents of all pools at one instant, each pool judged once at first need. It holds until a row is taken or the clock
 * moves on.
 */
export interface JudgedPools {
  readonly engine: Engine;
  readonly nowMs: number;
  readonly pools: Map<PoolState, JudgedPool>;
}

interface JudgedPool extends Incidents<BookLoop> {
  readonly loops: readonly BookLoop[];
}

const NOTHING: JudgedPool = { loops: [], spans: [], outside: [] };

export function judgePools(engine: Engine, nowMs: number): JudgedPools {
  return { engine, nowMs, pools: new Map() };
}

function judgedPool({ engine, nowMs, pools }: JudgedPools, pool: PoolState): JudgedPool {
  if (pool.finalLoops.size === 0 && pool.clientKeys.size === 0) return NOTHING;
  const known = pools.get(pool);
  if (known !== undefined) return known;
  const loops = bookLoops(engine, pool, nowMs);
  const judged = { loops, ...incidentsInOrder(loops, engine.options.rules.incident) };
  pools.set(pool, judged);
  return judged;
}

/** The incidents of a server that are not finished, open or not. */
export function currentIncidents(engine: Engine, server: ServerState, nowMs: number): IncidentRecord[] {
  return incidentsOfServer(judgePools(engine, nowMs), server);
}

export function incidentsOfServer(judged: JudgedPools, server: ServerState): IncidentRecord[] {
  return [...server.pools.values()].flatMap((pool) =>
    judgedPool(judged, pool).spans.map((span) => recordOf(judged, { server, pool, span })),
  );
}

/** The loops of a server that are not yet in the past. */
export function loopsOfServer(judged: JudgedPools, server: ServerState): LoopRecord[] {
  return [...server.pools.values()].flatMap((pool) =>
    judgedPool(judged, pool).loops.map((loop) => loopRecord(server, pool, loop)),
  );
}

/** Moves to the past what can change no more: incidents whose quiet time is over, and loops that no incident can take up. */
export function archiveIncidents(engine: Engine, nowMs: number, slackMs: number): void {
  const judged = judgePools(engine, nowMs);
  const finished: IncidentOfPool[] = [];
  const leaving = new Map<PoolState, Set<RefusalRun>>();
  for (const server of engine.servers) {
    for (const pool of server.pools.values()) {
      // Loops that are not final only keep others from leaving: mostly none would, and they need not be made.
      if (pool.finalLoops.size === 0 || isNone(leavingOf(judged, pool, { slackMs, ...finalAlone(engine, pool) })))
        continue;
      const { spans, loops } = leavingOf(judged, pool, { slackMs, ...judgedPool(judged, pool) });
      for (const span of spans) finished.push({ server, pool, span });
      const gone = [...spans.flatMap((span) => span.loops), ...loops].map(({ span }) => span);
      if (gone.length > 0) leaving.set(pool, new Set(gone));
    }
  }
  // Causes look at the neighbours: all are named before any leaves.
  const records = finished.map((one) => ({ ...one, record: recordOf(judged, one) }));
  for (const { server, pool, record } of records) archiveIncident(engine, server, pool, record);
  for (const [pool, gone] of leaving) archiveLoops(judged, pool, gone);
}

function finalAlone({ options }: Engine, pool: PoolState): Incidents<BookLoop> {
  const { incident } = options.rules;
  return incidentsInOrder(pool.finalLoops.ordered(incident.chronicMs), incident);
}

interface Leaving {
  readonly spans: readonly IncidentSpan<BookLoop>[];
  /** Loops that are part of no incident. */
  readonly loops: readonly BookLoop[];
}

function isNone({ spans, loops }: Leaving): boolean {
  return spans.length === 0 && loops.length === 0;
}

/** Of those incidents and loops what nothing can go on or take up any more. */
function leavingOf(
  { engine, nowMs }: JudgedPools,
  pool: PoolState,
  { slackMs, spans, outside }: Incidents<BookLoop> & { readonly slackMs: number },
): Leaving {
  const { quietMs } = engine.options.rules.incident;
  const quiet = spans.filter(
    (span) => nowMs - span.coveredToMs >= quietMs + slackMs && span.loops.every((loop) => loop.isFinal),
  );
  const old = outside.filter(
    ({ isFinal, span }) => isFinal && nowMs - span.endMs >= Math.min(quietMs, MAX_OVERLAP_MS) + slackMs,
  );
  if (quiet.length === 0 && old.length === 0) return { spans: [], loops: [] };
  const streaksFromMs = earliestStreak(engine, pool, nowMs);
  return {
    spans: quiet.filter((span) => streaksFromMs >= span.coveredToMs + quietMs),
    loops: old.filter(({ span }) => {
      const isPast = nowMs - span.endMs >= quietMs + slackMs && streaksFromMs > span.endMs;
      return isPast || nowMs - span.endMs >= MAX_OVERLAP_MS + slackMs;
    }),
  };
}

/** An incident of a pool, with where it belongs. */
interface IncidentOfPool {
  readonly server: ServerState;
  readonly pool: PoolState;
  readonly span: IncidentSpan<BookLoop>;
}

function archiveIncident(engine: Engine, server: ServerState, pool: PoolState, record: IncidentRecord): void {
  const labels = [pool.appPool, record.cause];
  server.counters.add("hma_incidents_total", labels, record.endMs);
  server.counters.observe(
    "hma_incident_duration_seconds",
    [record.cause],
    record.endMs,
    (record.endMs - record.startMs) / 1000,
  );
  pool.archived.push({ startMs: record.startMs, endMs: record.endMs });
  pool.archived = pool.archived.filter((one) => record.endMs - one.endMs < DAY_MS).slice(-500);
  engine.archive.incidents.push({ ...record, isOpen: false });
  if (engine.archive.incidents.length > engine.options.limits.pastIncidents) engine.archive.incidents.shift();
}

function archiveLoops(judged: JudgedPools, pool: PoolState, gone: ReadonlySet<RefusalRun>): void {
  const { engine } = judged;
  const server = engine.servers[pool.server];
  if (server === undefined) return;
  for (const loop of judgedPool(judged, pool).loops)
    if (gone.has(loop.span)) engine.archive.loops.push(loopRecord(server, pool, loop));
  if (engine.archive.loops.length > engine.options.limits.pastLoops)
    engine.archive.loops.splice(0, engine.archive.loops.length - engine.options.limits.pastLoops);
  pool.finalLoops.remove(gone);
}

/** All loops of the pool as incidents need them, in order. */
function bookLoops(engine: Engine, pool: PoolState, nowMs: number): readonly BookLoop[] {
  const { rules } = engine.options;
  const { chronicMs } = rules.incident;
  const loops: BookLoop[] = [];
  for (const key of pool.clientKeys) {
    const client = engine.clients.get(key);
    if (client === undefined) continue;
    for (const span of loopsOf(engine.attempts, client, nowMs, rules))
      loops.push(bookLoop(client.identity, span, { wasServed: client.wasServed, isFinal: false, nowMs, chronicMs }));
  }
  const final = pool.finalLoops.ordered(chronicMs);
  return loops.length === 0 ? final : merged(final, loops.sort(compareLoops));
}

/** The first request of any run that goes on in the pool and may count for an incident, loop or not yet; infinite when there is none. */
function earliestStreak(engine: Engine, pool: PoolState, nowMs: number): number {
  const sinceMs = nowMs - engine.options.rules.incident.chronicMs;
  let earliest = Infinity;
  for (const key of pool.clientKeys) {
    const client = engine.clients.get(key);
    const first = client === undefined ? undefined : firstRefusalMs(engine.attempts, client);
    if (first === undefined || first >= earliest) continue;
    if (first >= sinceMs || client === undefined || !hasLeft(client)) earliest = first;
  }
  return earliest;
}

function hasLeft({ base }: RefusedClient): boolean {
  const open = openLoopOf(base);
  return open !== null && open.early !== null && isChronic(open);
}

function loopRecord(server: ServerState, pool: PoolState, { span, client }: BookLoop): LoopRecord {
  return {
    server: server.name,
    appPool: pool.appPool,
    protocol: span.protocol,
    client,
    startMs: span.startMs,
    endMs: span.endMs,
    rejections: span.rejections,
    category: mainCategory(span),
    outcome: span.outcome,
  };
}

function recordOf(judged: JudgedPools, incident: IncidentOfPool): IncidentRecord {
  const { engine } = judged;
  const { server, pool, span } = incident;
  const context = contextOf(judged, incident);
  const verdict = nameCause(context);
  const recycle = verdict.evidence.find((one) => one.kind === "recycle");
  const firstBearerMs =
    recycle === undefined ? null : context.firstBearerSince(Math.min(Date.parse(recycle.at), span.startMs));
  return {
    ...verdict,
    server: server.name,
    appPool: pool.appPool,
    startMs: span.startMs,
    endMs: span.endMs,
    isOpen: context.isOpen,
    clients: context.clients,
    rejections: context.rejections,
    proven: context.proven > 0,
    expectedEndMs: firstBearerMs === null ? null : firstBearerMs + SELF_HEALING_MS,
    rows: evidenceRowsOf({
      engine,
      server,
      loops: span.loops.map((loop) => loop.span),
      context,
      evidence: verdict.evidence,
    }),
  };
}

/** The offsets measured by snapshots and, where the clock is ahead, by the times of the server's own rows; in order of time. */
function clockOffsetsOf(facts: OrganisationFacts, server: ServerState): ClockOffset[] {
  const measured = facts.clockOffsets.filter((offset) => isSameServer(offset.server, server.name));
  return [
    ...measured.map(({ atMs, seconds }) => ({ atMs, seconds, source: "snapshot" as const })),
    ...facts.probe.flatMap(({ server: probed, seconds, toMs }) =>
      seconds !== null && isSameServer(probed, server.name) ? [{ atMs: toMs, seconds, source: "probe" as const }] : [],
    ),
    ...measuredAhead(server).map(({ atMs, seconds, format }) => ({ atMs, seconds, source: format })),
  ].sort((a, b) => a.atMs - b.atMs);
}

/**
 * The last offset measured within the incident, or else before it, or else after it, within a day: that the clock is right again takes
 * nothing from it.
 */
function clockOffsetAt(offsets: readonly ClockOffset[], startMs: number, endMs: number): CauseContext["clockOffset"] {
  const near = offsets.filter((one) => one.atMs > startMs - DAY_MS && one.atMs < endMs + DAY_MS);
  return near.filter((one) => one.atMs <= endMs).at(-1) ?? near.at(0) ?? null;
}

function contextOf(judged: JudgedPools, incident: IncidentOfPool): CauseContext {
  const { engine, nowMs } = judged;
  const { server, pool, span } = incident;
  const { startMs, endMs } = span;
  const categories: Partial<Record<LoopReason, number>> = {};
  let rejections = 0;
  let proven = 0;
  let backEnd = 0;
  let recoveredAtMs: number | null = null;
  const clients = new Set<number>();
  const served = new Set<number>();
  for (const loop of span.loops) {
    rejections += loop.rejections;
    proven += loop.proven;
    backEnd += loop.span.backEndRejections;
    clients.add(loop.client);
    if (loop.wasServed || loop.isRecovered) served.add(loop.client);
    if (loop.isRecovered && (recoveredAtMs === null || loop.endMs < recoveredAtMs)) recoveredAtMs = loop.endMs;
    for (const [reason, count] of categoryCounts(loop.span)) categories[reason] = (categories[reason] ?? 0) + count;
  }
  const facts = engine.facts;
  // What was missing when it began or came to be missing in it; that AD has caught up by its end takes nothing from it.
  const known = [
    ...facts.missingKeys.filter((one) => one.atMs <= startMs).slice(-1),
    ...facts.missingKeys.filter((one) => one.atMs > startMs && one.atMs <= endMs),
  ];
  const missing = known.find((one) => one.count > 0) ?? known.at(-1) ?? null;
  return {
    server: server.name,
    appPool: pool.appPool,
    issuer: facts.issuer,
    startMs,
    endMs,
    // A loop that may still go on keeps it open, however long its client waits between two requests.
    isOpen: span.loops.some((loop) => loop.isOpen) || nowMs - span.coveredToMs < engine.options.rules.incident.quietMs,
    clients: clients.size,
    clientsServed: served.size,
    rejections,
    proven,
    backEndRejections: backEnd,
    categories,
    source: logOf(server, span.loops[0]?.span.protocol ?? "other", proven > 0),
    recoveredAtMs,
    recycles: server.workers
      .recycles()
      .filter(
        (one) =>
          one.appPool === pool.appPool &&
          one.atMs >= startMs - DAY_MS &&
          (one.atMs <= endMs || isAround(one, startMs, endMs)),
      ),
    recyclesAreVisible: server.hasEventLog || server.workers.showsProcessesSince(pool.appPool, startMs),
    acceptedSince: (sinceMs) => pool.timeline.acceptedBetween(sinceMs, startMs),
    acceptedMeanwhile: (sinceMs) => pool.timeline.acceptedBetween(sinceMs, endMs + MINUTE_MS),
    logsBeginMs: server.firstEventMs,
    // A refusal is a token presented, whether or not the timeline still knows it.
    firstBearerSince: (sinceMs) =>
      earlier(pool.timeline.firstBearerSince(sinceMs), startMs >= sinceMs ? startMs : null),
    oauthEvents: byTime(server.oauthEvents),
    authAdminEvents: byTime(engine.servers.flatMap((one) => one.authAdminEvents)).filter(
      (one) => one.atMs >= startMs - DAY_MS && one.atMs <= endMs + AT_ONCE_MS,
    ),
    peers: peersOf(judged, incident),
    otherPoolsRefuse: [...server.pools.values()].some(
      (other) => other !== pool && refusesAt(judged, other, span) !== null,
    ),
    missingKeys: missing,
    keyChanges: facts.keyChanges.filter((one) => one.atMs >= startMs - DAY_MS && one.atMs <= endMs),
    clockOffset: clockOffsetAt(clockOffsetsOf(facts, server), startMs, endMs),
    failedChecks: facts.failedChecks.filter(
      (one) =>
        (one.server === null || isSameServer(one.server, server.name)) &&
        one.atMs <= endMs + DAY_MS &&
        (one.untilMs ?? Infinity) > startMs,
    ),
    activations: facts.activations.filter(
      (one) => isSameServer(one.server, server.name) && one.atMs >= startMs - 2 * SELF_HEALING_MS && one.atMs <= endMs,
    ),
    probe: facts.probe.filter(
      (one) =>
        isSameServer(one.server, server.name) &&
        FRONT_END_POOL[one.protocol] === pool.appPool &&
        one.toMs >= startMs - AT_ONCE_MS &&
        one.fromMs <= endMs,
    ),
  };
}

/** The worker before was last seen before the incident, the new one first soon after it: nothing was served in between. */
function isAround({ sinceMs, atMs }: Recycle, startMs: number, endMs: number): boolean {
  return sinceMs !== undefined && sinceMs <= startMs && atMs <= endMs + AT_ONCE_MS;
}

/** The log that shows the refusals of that protocol. */
function logOf(server: ServerState, protocol: Protocol, isProven: boolean): CauseContext["source"] {
  if (isProven && server.proxies.has(protocol)) return "http_proxy";
  if (server.hasFront) return "iis";
  if (protocol === "ews") return "ews";
  return protocol === "mapi" ? "mapi_http" : "http_proxy";
}

function earlier(first: number | null, second: number | null): number | null {
  return first === null || second === null ? (first ?? second) : Math.min(first, second);
}

function peersOf(judged: JudgedPools, { server, pool, span }: IncidentOfPool): CauseContext["peers"] {
  const { startMs, endMs } = span;
  const peers: Peer[] = [];
  for (const other of judged.engine.servers) {
    const same = other === server ? undefined : other.pools.get(pool.appPool);
    if (same === undefined) continue;
    const refusingFromMs = refusesAt(judged, same, span);
    const hasTraffic = same.timeline.hasBearerBetween(startMs - AT_ONCE_MS, endMs + MINUTE_MS);
    if (refusingFromMs === null && !hasTraffic) continue;
    peers.push({
      server: other.name,
      isRefusing: refusingFromMs !== null,
      wasRecycled: refusingFromMs !== null && wasRecycledBefore(other, pool.appPool, refusingFromMs),
      startMs: refusingFromMs ?? 0,
    });
  }
  return peers.sort((a, b) => (a.server < b.server ? -1 : 1));
}

function wasRecycledBefore(server: ServerState, appPool: AppPool, startMs: number): boolean {
  return server.workers
    .recycles()
    .some((one) => one.appPool === appPool && (one.sinceMs ?? one.atMs) <= startMs && startMs - one.atMs <= SHORTLY_MS);
}

type IncidentTimes = Pick<IncidentSpan<BookLoop>, "startMs" | "endMs">;

/** Start of an incident of that pool which lies at once with [startMs, endMs]; null when there is none. */
function refusesAt(judged: JudgedPools, pool: PoolState, { startMs, endMs }: IncidentTimes): number | null {
  const current = judgedPool(judged, pool).spans;
  for (const one of [...pool.archived, ...current]) {
    if (Math.abs(one.startMs - startMs) <= AT_ONCE_MS || (one.startMs <= startMs && one.endMs >= endMs))
      return one.startMs;
  }
  return null;
}

function categoryCounts({ categories }: RefusalRun): [LoopReason, number][] {
  const counts: [LoopReason, number][] = [];
  for (const reason of REASONS) {
    const count = categories[reason];
    if (count !== undefined) counts.push([reason, count]);
  }
  return counts;
}

const REASONS: readonly LoopReason[] = [...CATEGORIES, "suspected", "asked"];

function byTime<N extends { readonly atMs: number; readonly label: string }>(notes: readonly N[]): N[] {
  return [...notes].sort((a, b) => a.atMs - b.atMs || (a.label < b.label ? -1 : 1));
}
