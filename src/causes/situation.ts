import type { Recycle } from "../detectors/recycle.ts";
import { MINUTE_MS } from "../model/durations.ts";
import type { AppPool } from "../model/app-pool.ts";
import { CATEGORIES, type Category, type Cause } from "../model/label-values.ts";
import { HEALING_IS_LOGGED_WITHIN_MS } from "../model/worker-healing.ts";
import type { ProbeObservation } from "../probe/probe-observations.ts";
import type { CauseContext, Peer } from "./cause-context.ts";

/** Questions that the causes ask about an incident. No answer depends on the order of the context's lists. */

/**
 * A worker process that served for longer than this before refusing was not new: its keys became stale while it ran.
 */
export const SHORTLY_MS = 20 * MINUTE_MS;
/** When the logs begin less than this before the incident, it means little that a client was never served. */
const SHORT_LOGS_MS = 60 * MINUTE_MS;
/** In an overlapped recycle the old worker process finishes its requests for this long. */
const OVERLAP_MS = 2 * MINUTE_MS;
/** An event of the worker's OAuth libraries counts for an incident if it is at most this long before it. */
export const EVENT_LEAD_MS = 30 * MINUTE_MS;
/** IIS logs whole seconds only, and the clocks of two logs differ a little. */
const CLOCK_GRAIN_MS = 5_000;

/** The most frequent reason. On a tie, the first one in CATEGORIES wins; `unknown` when no reason is known. */
export function mainReason({ categories }: Pick<CauseContext, "categories">): Category {
  let best: Category = "unknown";
  let most = 0;
  for (const category of CATEGORIES) {
    const count = categories[category] ?? 0;
    if (count > most) [best, most] = [category, count];
  }
  return best;
}

/** True when a log proves refusals, most of them for one of these reasons. */
export function isRefusedFor(context: CauseContext, ...reasons: readonly Category[]): boolean {
  return context.proven > 0 && reasons.includes(mainReason(context));
}

/** True when no log proves that a token was refused. */
export function isSuspected({ proven }: CauseContext): boolean {
  return proven === 0;
}

/**
 * The recycle that made the worker process new when the incident began: one within the self-healing time, or an older
 * one after which it accepted no Bearer token (a night without traffic). Null when there is none.
 */
export function recycleBefore(context: CauseContext): Recycle | null {
  // A new process id may only show once the worker process serves again.
  const before = context.recycles.filter(
    (recycle) => (recycle.sinceMs ?? recycle.atMs) <= context.startMs + CLOCK_GRAIN_MS,
  );
  const last = before.at(-1);
  if (last === undefined) return null;
  const isRecent = context.startMs - last.atMs <= HEALING_IS_LOGGED_WITHIN_MS;
  return isRecent || !context.acceptedSince(last.atMs + OVERLAP_MS) ? last : null;
}

/**
 * True when the keys changed while the worker process ran: it had accepted tokens, and other servers refuse at the same
 * time whose workers were not just replaced. When all of those were just replaced (rolling maintenance), only a worker
 * that had run for more than 20 minutes counts, because in between it may still accept tokens of the old key or
 * server-to-server tokens.
 */
export function ranBefore(context: CauseContext, recycle: Recycle): boolean {
  const refusing = refusingPeers(context);
  if (refusing.length === 0 || !context.acceptedSince(recycle.atMs + OVERLAP_MS)) return false;
  const isRolling = refusing.every((peer) => peer.wasRecycled);
  return !isRolling || context.startMs - recycle.atMs > SHORTLY_MS;
}

/**
 * True when none of the refused clients was ever served, and the same worker process accepted tokens of others. False
 * when nobody is served, because then this is unknown, and when a probe is refused for the signature of its token,
 * because then the worker is at fault.
 */
export function areStrangers(context: CauseContext): boolean {
  if (context.clientsServed > 0 || probed(context, "stale_keys_after_recycle").length > 0) return false;
  const last = context.recycles.filter((recycle) => recycle.atMs <= context.startMs).at(-1);
  // Before the incident another worker process may have run, unless a log would show the recycle.
  const servedFromMs = context.recyclesAreVisible ? context.startMs - SHORT_LOGS_MS : context.startMs;
  return context.acceptedMeanwhile(Math.max(servedFromMs, last === undefined ? 0 : last.atMs + OVERLAP_MS));
}

/** True when the logs begin less than an hour before the incident. */
export function isExcerpt({ startMs, logsBeginMs }: CauseContext): boolean {
  return startMs - logsBeginMs < SHORT_LOGS_MS;
}

export function refusingPeers({ peers }: CauseContext): readonly Peer[] {
  return peers.filter((peer) => peer.isRefusing);
}

/** True when the set of published keys changed within the day before, or during the incident. */
export function publishedBefore(context: CauseContext): boolean {
  return context.keyChanges.some((change) => change.isPublished && change.atMs <= context.endMs);
}

/** True when an event of the OAuth libraries is close enough in time and may belong to this pool. */
export function isNear(
  context: CauseContext,
  event: { readonly atMs: number; readonly appPool: AppPool | null },
): boolean {
  const isInTime =
    event.atMs >= context.startMs - EVENT_LEAD_MS && event.atMs <= context.endMs + HEALING_IS_LOGGED_WITHIN_MS;
  return isInTime && (event.appPool === null || event.appPool === context.appPool || event.appPool === "other");
}

/** Probe results that are evidence for the cause. */
export function probed({ probe }: CauseContext, cause: Cause): readonly ProbeObservation[] {
  return probe.filter((one) => one.speaksFor === cause);
}
