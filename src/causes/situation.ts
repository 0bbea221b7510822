import type { Recycle } from "../detectors/recycle.ts";
import { MINUTE_MS } from "../model/durations.ts";
import type { AppPool } from "../model/app-pool.ts";
import { CATEGORIES, type Category, type Cause } from "../model/label-values.ts";
import type { ProbeSighting } from "../probe/probe-sightings.ts";
import type { CauseContext, Peer } from "./cause-context.ts";

/** What causes ask of an incident's context. Each answer is the same whatever the order of the context's lists. */

/** A worker fetches the published keys by itself within 30 minutes of its first Bearer request; 5 more for the logs (KB 4559435). */
export const SELF_HEALING_MS = 35 * MINUTE_MS;
/** A worker that served for longer than this before it refuses was not new: its keys became stale while it ran. */
export const SHORTLY_MS = 20 * MINUTE_MS;
/** Where the logs begin less than this before the incident, that a client was never served says little. */
const SHORT_LOGS_MS = 60 * MINUTE_MS;
/** An overlapped recycle lets the old worker finish what it has. */
const OVERLAP_MS = 2 * MINUTE_MS;
/** An event of the worker's OAuth libraries belongs to an incident from this long before it. */
export const EVENT_LEAD_MS = 30 * MINUTE_MS;
/** IIS knows whole seconds only, and the clocks of two logs differ a little. */
const CLOCK_GRAIN_MS = 5_000;

/**
 * Most of what a log proves was refused or answered for that reason. Ties go to the first category of the list; `unknown` where no reason
 * is known.
 */
export function mainReason({ categories }: Pick<CauseContext, "categories">): Category {
  let best: Category = "unknown";
  let most = 0;
  for (const category of CATEGORIES) {
    const count = categories[category] ?? 0;
    if (count > most) [best, most] = [category, count];
  }
  return best;
}

/** A log proves that requests were refused, mostly for one of these reasons, and by the front end. */
export function isRefusedFor(context: CauseContext, ...reasons: readonly Category[]): boolean {
  return context.proven > 0 && reasons.includes(mainReason(context));
}

/** No log proves that a token was refused. */
export function isSuspected({ proven }: CauseContext): boolean {
  return proven === 0;
}

/**
 * The recycle after which the worker was new when the incident began: within the self-healing time, or longer ago when it
 * accepted no Bearer token since (a night without traffic).
 */
export function recycleBefore(context: CauseContext): Recycle | null {
  // A new process id may show first when the worker serves again.
  const before = context.recycles.filter(
    (recycle) => (recycle.sinceMs ?? recycle.atMs) <= context.startMs + CLOCK_GRAIN_MS,
  );
  const last = before.at(-1);
  if (last === undefined) return null;
  const isRecent = context.startMs - last.atMs <= SELF_HEALING_MS;
  return isRecent || !context.acceptedSince(last.atMs + OVERLAP_MS) ? last : null;
}

/**
 * The worker accepted tokens for a while, and others refuse at once whose workers were not replaced just before: the keys changed under
 * them all. In rolling maintenance each server refuses after its own recycle, though tokens of the old key and of servers pass meanwhile.
 */
export function ranBefore(context: CauseContext, recycle: Recycle): boolean {
  const refusing = refusingPeers(context);
  if (refusing.length === 0 || !context.acceptedSince(recycle.atMs + OVERLAP_MS)) return false;
  const isRolling = refusing.every((peer) => peer.wasRecycled);
  return !isRolling || context.startMs - recycle.atMs > SHORTLY_MS;
}

/**
 * Strangers: none of the refused was ever served, and the worker that refused them accepted others. Where nobody is served, that is not
 * known; and a probe whose token is refused for its signature shows that the fault is the worker's.
 */
export function areStrangers(context: CauseContext): boolean {
  if (context.clientsServed > 0 || probed(context, "stale_keys_after_recycle").length > 0) return false;
  const last = context.recycles.filter((recycle) => recycle.atMs <= context.startMs).at(-1);
  // Before the incident it may have been another worker, unless a log would show that.
  const servedFromMs = context.recyclesAreVisible ? context.startMs - SHORT_LOGS_MS : context.startMs;
  return context.acceptedMeanwhile(Math.max(servedFromMs, last === undefined ? 0 : last.atMs + OVERLAP_MS));
}

/** The logs begin less than an hour before the incident. */
export function isExcerpt({ startMs, logsBeginMs }: CauseContext): boolean {
  return startMs - logsBeginMs < SHORT_LOGS_MS;
}

export function refusingPeers({ peers }: CauseContext): readonly Peer[] {
  return peers.filter((peer) => peer.isRefusing);
}

/** The set of published keys changed within the day before. */
export function publishedBefore(context: CauseContext): boolean {
  return context.keyChanges.some((change) => change.isPublished && change.atMs <= context.endMs);
}

/** An event of the OAuth libraries that lies near the incident and may be of its pool. */
export function isNear(
  context: CauseContext,
  event: { readonly atMs: number; readonly appPool: AppPool | null },
): boolean {
  const isInTime = event.atMs >= context.startMs - EVENT_LEAD_MS && event.atMs <= context.endMs + SELF_HEALING_MS;
  return isInTime && (event.appPool === null || event.appPool === context.appPool || event.appPool === "other");
}

/** What the probe saw that speaks for that cause. */
export function probed({ probe }: CauseContext, cause: Cause): readonly ProbeSighting[] {
  return probe.filter((one) => one.speaksFor === cause);
}
