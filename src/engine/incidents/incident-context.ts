import type { CauseContext } from "../../causes/cause-context.ts";
import type { LoopReason, RefusalRun } from "../../detectors/loop.ts";
import type { Recycle } from "../../detectors/recycle.ts";
import { clockOffsetAt, clockOffsetsOf } from "./clock-offsets.ts";
import type { IncidentOfPool, EngineView } from "./engine-view.ts";
import { AT_ONCE_MS, peersOf, refusesAt } from "./peers.ts";
import type { ServerState } from "../server-state.ts";
import { FRONT_END_POOL } from "../../model/app-pool.ts";
import { DAY_MS, MINUTE_MS } from "../../model/durations.ts";
import { CATEGORIES, type Protocol } from "../../model/label-values.ts";
import { WORKER_HEALS_WITHIN_MS } from "../../model/worker-healing.ts";
import { isSameServer } from "../../model/snapshot/snapshot-facts.ts";

/** Everything that the decision table may ask about an incident: its loops, and what was known of its server and peers at its time. */
export function contextOf(view: EngineView, incident: IncidentOfPool): CauseContext {
  const { engine, nowMs } = view;
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
  // Keys missing at the start, or that went missing during the incident. AD catching up later does not clear them.
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
    // A loop that is not over keeps the incident open, however long its client waits between two requests.
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
    // The refusals of the incident are Bearer requests, even when the timeline has forgotten them.
    firstBearerSince: (sinceMs) =>
      earlier(pool.timeline.firstBearerSince(sinceMs), startMs >= sinceMs ? startMs : null),
    oauthEvents: byTime(server.oauthEvents),
    authAdminEvents: byTime(engine.servers.flatMap((one) => one.authAdminEvents)).filter(
      (one) => one.atMs >= startMs - DAY_MS && one.atMs <= endMs + AT_ONCE_MS,
    ),
    peers: peersOf(view, incident),
    otherPoolsRefuse: [...server.pools.values()].some(
      (other) => other !== pool && refusesAt(view, other, span) !== null,
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
      (one) =>
        isSameServer(one.server, server.name) && one.atMs >= startMs - 2 * WORKER_HEALS_WITHIN_MS && one.atMs <= endMs,
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

/** True when the old worker process was last seen before the incident, and the new one first seen soon after it. */
function isAround({ sinceMs, atMs }: Recycle, startMs: number, endMs: number): boolean {
  return sinceMs !== undefined && sinceMs <= startMs && atMs <= endMs + AT_ONCE_MS;
}

/** The log that shows the refusals of the protocol. */
function logOf(server: ServerState, protocol: Protocol, isProven: boolean): CauseContext["source"] {
  if (isProven && server.proxies.has(protocol)) return "http_proxy";
  if (server.hasFront) return "iis";
  if (protocol === "ews") return "ews";
  return protocol === "mapi" ? "mapi_http" : "http_proxy";
}

function earlier(first: number | null, second: number | null): number | null {
  return first === null || second === null ? (first ?? second) : Math.min(first, second);
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
