import { CATEGORIES, type Category, type LoopOutcome, type Protocol } from "../model/label-values.ts";
import type { RowPosition } from "../model/row.ts";
import type { DetectionRules, LoopRules } from "../model/rules.ts";

/** One request of one client on one app pool, as far as loops care. */
export interface LoopEntry {
  readonly atMs: number;
  /** Ties in time keep the order of their file; those of different files are ordered by the files' keys. */
  readonly fileKey: number;
  readonly offset: number;
  /**
   * `refused`: rejected, suspected, or answered with 4000000. `asked`: a challenge of a path that takes Bearer tokens. `other`: any other
   * challenge, a handshake leg, an error, or a success without authentication; it neither makes nor ends a loop.
   */
  readonly kind: "refused" | "asked" | "success" | "other";
  /** Why it was refused, or `oauth_not_available`; null when no log shows a reason. */
  readonly category: Category | null;
  readonly isBackEnd: boolean;
  readonly protocol: Protocol;
}

/** What a loop counts: a reason, `suspected` (401 0 0 that no log explains) or `asked` (a challenge). */
export type LoopReason = Category | "suspected" | "asked";

/** A stretch of requests of one client that a loop counts. It is a loop once `isLoop`. Plain data. */
export interface RefusalRun {
  readonly startMs: number;
  /** Where its first and its last counted request stand; absent in records of versions that did not keep it. */
  readonly firstPosition?: RowPosition | undefined;
  readonly lastPosition?: RowPosition | undefined;
  readonly lastRefusalMs: number;
  /** Null while it is open. `recovered`: `endMs` is the success. `unresolved`: `endMs` is the last counted request. */
  readonly outcome: LoopOutcome | null;
  readonly endMs: number;
  /** Requests that it counts. */
  readonly rejections: number;
  readonly backEndRejections: number;
  readonly categories: Readonly<Partial<Record<LoopReason, number>>>;
  readonly protocol: Protocol;
  readonly isLoop: boolean;
  /** The client was served on this app pool before the loop began. */
  readonly servedBefore: boolean;
  /** What it counted in its first `incident.chronic`; null while it is younger. */
  readonly early: EarlyCount | null;
}

/** What a loop counted up to an instant, and whether one of that was proven. */
export interface EarlyCount {
  readonly rejections: number;
  readonly lastRefusalMs: number;
  readonly isProven: boolean;
}

/** Where a client stands between two requests; null where nothing that came before matters to what follows. Plain data. */
export type OpenRun = {
  /** Of any kind. */
  readonly lastRequestMs: number;
  /** Rejected, suspected, answered with 4000000. */
  readonly refusals: RefusalRun | null;
  /** The same together with bare challenges. Null while `refusals` holds all of it. */
  readonly asking: RefusalRun | null;
} | null;

/** Order of entries: time, then file, then place in the file. */
export function compareEntries(a: LoopEntry, b: LoopEntry): number {
  return a.atMs - b.atMs || a.fileKey - b.fileKey || a.offset - b.offset;
}

/**
 * The next state after `entry`, and the loop that it ended, if any. `state` is left as it was. `wasServed`: the client was served before.
 */
export function stepLoop(
  state: OpenRun,
  entry: LoopEntry,
  { rules, wasServed }: { readonly rules: DetectionRules; readonly wasServed: boolean },
): { state: OpenRun; ended: RefusalRun | null } {
  const isExpired = state !== null && entry.atMs - state.lastRequestMs >= rules.loop.idleMs;
  const open = openLoopOf(state);
  const ended = isExpired && open !== null ? closed(open, "unresolved", open.lastRefusalMs) : null;
  const current = isExpired ? null : state;
  switch (entry.kind) {
    case "success":
      return { state: null, ended: isExpired || open === null ? ended : closed(open, "recovered", entry.atMs) };
    case "other":
      return { state: current === null ? null : { ...current, lastRequestMs: entry.atMs }, ended };
    case "refused":
      return { state: afterRefusal(current, { entry, rules, wasServed }), ended };
    case "asked":
      return { state: afterChallenge(current, { entry, rules, wasServed }), ended };
  }
}

/** The state as it stands at `nowMs`: a client without a request for the idle time has left its loop unresolved. */
export function runAt(state: OpenRun, nowMs: number, rules: LoopRules): { state: OpenRun; ended: RefusalRun | null } {
  if (state === null || nowMs - state.lastRequestMs < rules.idleMs) return { state, ended: null };
  const open = openLoopOf(state);
  return { state: null, ended: open === null ? null : closed(open, "unresolved", open.lastRefusalMs) };
}

/** The loop that is open; null where there is none (yet). */
export function openLoopOf(state: OpenRun): RefusalRun | null {
  if (state?.refusals?.isLoop === true) return state.refusals;
  return state?.asking?.isLoop === true ? state.asking : null;
}

/** The first request of what is, or may still become, a loop; undefined when there is none. */
export function startOf(state: OpenRun): number | undefined {
  return state?.asking?.startMs ?? state?.refusals?.startMs;
}

/** The category that most of its requests have; `unknown` when no log shows one. Ties go to the first of the list. */
export function mainCategory({ categories }: Pick<RefusalRun, "categories">): Category {
  let best: Category = "unknown";
  let most = 0;
  for (const category of BY_RANK) {
    const count = categories[category] ?? 0;
    if (count > most) [best, most] = [category, count];
  }
  return best;
}

/** Requests of it that a log proves: refused for a reason, or answered with 4000000. */
export function provenCount({ rejections, categories }: Pick<RefusalRun, "rejections" | "categories">): number {
  return rejections - (categories.suspected ?? 0) - (categories.asked ?? 0);
}

/** `unknown` says the least. */
const BY_RANK: readonly Category[] = [...CATEGORIES.filter((category) => category !== "unknown"), "unknown"];

interface Counted {
  readonly entry: LoopEntry;
  readonly rules: DetectionRules;
  readonly wasServed: boolean;
}

function afterRefusal(state: OpenRun, counted: Counted): OpenRun {
  const { entry } = counted;
  const refusals = extended(state?.refusals ?? null, counted, isLoopOfRefusals);
  const isSame = refusals.isLoop || state === null || state.asking === null || !goesOn(state.asking, counted);
  return { lastRequestMs: entry.atMs, refusals, asking: isSame ? null : extended(state.asking, counted, isUnanswered) };
}

function afterChallenge(state: OpenRun, counted: Counted): OpenRun {
  const { entry } = counted;
  const refusals = state?.refusals ?? null;
  // A loop of refusals counts no challenges; they keep it open.
  if (refusals?.isLoop === true) return { lastRequestMs: entry.atMs, refusals, asking: null };
  return { lastRequestMs: entry.atMs, refusals, asking: extended(state?.asking ?? refusals, counted, isUnanswered) };
}

function goesOn(span: RefusalRun, { entry, rules }: Counted): boolean {
  return span.isLoop || entry.atMs - span.lastRefusalMs <= rules.loop.gapMs;
}

/** The stretch with the entry, or a new one that begins with it. */
function extended(before: RefusalRun | null, counted: Counted, makesLoop: LoopTest): RefusalRun {
  const { entry, rules, wasServed } = counted;
  const span = before !== null && goesOn(before, counted) ? before : null;
  const reason: LoopReason = entry.category ?? (entry.kind === "asked" ? "asked" : "suspected");
  const startMs = span?.startMs ?? entry.atMs;
  const rejections = (span?.rejections ?? 0) + 1;
  const position = { fileKey: entry.fileKey, offset: entry.offset };
  return {
    startMs,
    firstPosition: span === null ? position : span.firstPosition,
    lastPosition: position,
    lastRefusalMs: entry.atMs,
    outcome: null,
    endMs: entry.atMs,
    rejections,
    backEndRejections: (span?.backEndRejections ?? 0) + (entry.isBackEnd ? 1 : 0),
    categories: { ...span?.categories, [reason]: (span?.categories[reason] ?? 0) + 1 },
    protocol: span?.protocol ?? entry.protocol,
    isLoop: span?.isLoop === true || makesLoop(rejections, entry.atMs - startMs, rules.loop),
    servedBefore: span?.servedBefore ?? wasServed,
    early: span === null ? null : (span.early ?? earlyCount(span, entry.atMs, rules)),
  };
}

type LoopTest = (count: number, spanMs: number, rules: LoopRules) => boolean;

/** Refusals make a loop sooner than requests of which some may be mere challenges, as a client in good health gets them too. */
function isLoopOfRefusals(count: number, spanMs: number, rules: LoopRules): boolean {
  return (count >= rules.threshold && spanMs >= rules.minSpanMs) || isUnanswered(count, spanMs, rules);
}

function isUnanswered(count: number, spanMs: number, rules: LoopRules): boolean {
  return count >= rules.unanswered && spanMs >= rules.unansweredSpanMs;
}

/** What the stretch counted when it came to be older than `incident.chronic` at `atMs`; null while it is younger. */
function earlyCount(span: RefusalRun, atMs: number, rules: DetectionRules): EarlyCount | null {
  if (atMs <= span.startMs + rules.incident.chronicMs) return null;
  return { rejections: span.rejections, lastRefusalMs: span.lastRefusalMs, isProven: provenCount(span) > 0 };
}

function closed(span: RefusalRun, outcome: LoopOutcome, endMs: number): RefusalRun {
  return { ...span, outcome, endMs };
}
