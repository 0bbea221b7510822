import { CATEGORIES, type Category, type LoopOutcome, type Protocol } from "../model/label-values.ts";
import type { RowPosition } from "../model/row.ts";
import type { DetectionRules, LoopRules } from "../model/rules.ts";

/** One request of one client on one app pool, reduced to what loop detection needs. */
export interface LoopEntry {
  readonly atMs: number;
  /** Entries with the same time are ordered by file key, then by offset in the file. */
  readonly fileKey: number;
  readonly offset: number;
  /**
   * - `refused`: rejected, suspected, or answered with 4000000.
   * - `asked`: a challenge on a path that takes Bearer tokens.
   * - `success`: the client was served.
   * - `other`: any other challenge, a handshake leg, an error, or a success without authentication. It neither starts
   *   nor ends a loop.
   */
  readonly kind: "refused" | "asked" | "success" | "other";
  /** Why the request was refused, or `oauth_not_available`; null when no log shows a reason. */
  readonly category: Category | null;
  readonly isBackEnd: boolean;
  readonly protocol: Protocol;
}

/** Reasons that a loop counts: a category, `suspected` (401 0 0 that no log explains) or `asked` (a challenge). */
export type LoopReason = Category | "suspected" | "asked";

/**
 * A run of refused requests of one client. It is a loop once `isLoop` is true. Plain data; instants in Unix
 * milliseconds.
 */
export interface RefusalRun {
  readonly startMs: number;
  /** Log rows of its first and last counted request; absent in state written by versions that did not store them. */
  readonly firstPosition?: RowPosition | undefined;
  readonly lastPosition?: RowPosition | undefined;
  readonly lastRefusalMs: number;
  /**
   * Null while the run is open. `recovered`: `endMs` is the time of the success. `unresolved`: `endMs` is the time of
   * the last counted request.
   */
  readonly outcome: LoopOutcome | null;
  readonly endMs: number;
  /** Number of counted requests. */
  readonly rejections: number;
  readonly backEndRejections: number;
  readonly categories: Readonly<Partial<Record<LoopReason, number>>>;
  readonly protocol: Protocol;
  readonly isLoop: boolean;
  /** This app pool had served the client before the run began. */
  readonly servedBefore: boolean;
  /** Counts of the first `incident.chronic` of the run; null while the run is younger. */
  readonly early: EarlyCount | null;
}

/** Counts of a run up to a point in time. `isProven`: a log proves at least one of the refusals. */
export interface EarlyCount {
  readonly rejections: number;
  readonly lastRefusalMs: number;
  readonly isProven: boolean;
}

/** State of a client between two requests; null when no earlier request matters any more. Plain data. */
export type OpenRun = {
  /** Time of the last request of any kind. */
  readonly lastRequestMs: number;
  /** Run of rejected and suspected requests and of those answered with 4000000. */
  readonly refusals: RefusalRun | null;
  /** The same run including challenges. Null while `refusals` already contains all of its requests. */
  readonly asking: RefusalRun | null;
} | null;

/** Orders entries by time, file key and offset. */
export function compareEntries(a: LoopEntry, b: LoopEntry): number {
  return a.atMs - b.atMs || a.fileKey - b.fileKey || a.offset - b.offset;
}

/**
 * Returns the state after `entry`, and the loop that it ended, if any. Does not modify `state`. `wasServed`: the app
 * pool served the client before.
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

/** Refusals with the same reason that follow each other: the last of them, and their number. */
export interface EqualRefusals {
  readonly last: LoopEntry;
  readonly count: number;
}

/**
 * Time (Unix ms) up to which further refusals only extend the run of `state` when each comes soon after the one before (`gapMs`), so that
 * `stepRefusals()` may take them at once; -Infinity when they do more.
 */
export function extendsUntil(state: OpenRun, { incident }: DetectionRules): number {
  if (state === null || state.refusals === null || state.asking !== null) return -Infinity;
  return state.refusals.early === null ? state.refusals.startMs + incident.chronicMs : Infinity;
}

/** Like `stepLoop()` for each of the refusals, which only extend the run of `state`. */
export function stepRefusals(state: OpenRun, { last, count }: EqualRefusals, { loop }: DetectionRules): OpenRun {
  const run = state?.refusals ?? null;
  if (run === null) return state;
  const rejections = run.rejections + count;
  const reason: LoopReason = last.category ?? "suspected";
  const refusals: RefusalRun = {
    ...run,
    lastPosition: { fileKey: last.fileKey, offset: last.offset },
    lastRefusalMs: last.atMs,
    endMs: last.atMs,
    rejections,
    backEndRejections: run.backEndRejections + (last.isBackEnd ? count : 0),
    categories: { ...run.categories, [reason]: (run.categories[reason] ?? 0) + count },
    // Both grow with each of the refusals, so no one before the last makes a loop where the last does not.
    isLoop: run.isLoop || isLoopOfRefusals(rejections, last.atMs - run.startMs, loop),
  };
  return { lastRequestMs: last.atMs, refusals, asking: null };
}

/** Returns the state at `nowMs`. The loop of a client without a request for `loop.idle` ends as unresolved. */
export function runAt(state: OpenRun, nowMs: number, rules: LoopRules): { state: OpenRun; ended: RefusalRun | null } {
  if (state === null || !isSilent(state, nowMs, rules)) return { state, ended: null };
  const open = openLoopOf(state);
  return { state: null, ended: open === null ? null : closed(open, "unresolved", open.lastRefusalMs) };
}

/** Whether at `nowMs` the client has sent no request for so long that its run has ended. */
export function isSilent({ lastRequestMs }: NonNullable<OpenRun>, nowMs: number, { idleMs }: LoopRules): boolean {
  return nowMs - lastRequestMs >= idleMs;
}

/** The open loop; null when there is none (yet). */
export function openLoopOf(state: OpenRun): RefusalRun | null {
  if (state?.refusals?.isLoop === true) return state.refusals;
  return state?.asking?.isLoop === true ? state.asking : null;
}

/** Start time of the open loop, or of the run that may become one, Unix milliseconds; undefined when there is none. */
export function startOf(state: OpenRun): number | undefined {
  return state?.asking?.startMs ?? state?.refusals?.startMs;
}

/**
 * The category of most of its requests; `unknown` when no log shows one. On a tie, the first one in CATEGORIES wins.
 */
export function mainCategory({ categories }: Pick<RefusalRun, "categories">): Category {
  let best: Category = "unknown";
  let most = 0;
  for (const category of BY_RANK) {
    const count = categories[category] ?? 0;
    if (count > most) [best, most] = [category, count];
  }
  return best;
}

/** Number of requests for which a log shows a reason: refused for it, or answered with 4000000. */
export function provenCount({ rejections, categories }: Pick<RefusalRun, "rejections" | "categories">): number {
  return rejections - (categories.suspected ?? 0) - (categories.asked ?? 0);
}

/** `unknown` comes last. */
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
  // A loop of refusals does not count challenges; they only keep it open.
  if (refusals?.isLoop === true) return { lastRequestMs: entry.atMs, refusals, asking: null };
  return { lastRequestMs: entry.atMs, refusals, asking: extended(state?.asking ?? refusals, counted, isUnanswered) };
}

function goesOn(span: RefusalRun, { entry, rules }: Counted): boolean {
  return span.isLoop || entry.atMs - span.lastRefusalMs <= rules.loop.gapMs;
}

/** The run extended by the entry, or a new run that begins with it. */
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

/** A run of refusals becomes a loop sooner than a run with challenges, because healthy clients get challenges too. */
function isLoopOfRefusals(count: number, spanMs: number, rules: LoopRules): boolean {
  return (count >= rules.threshold && spanMs >= rules.minSpanMs) || isUnanswered(count, spanMs, rules);
}

function isUnanswered(count: number, spanMs: number, rules: LoopRules): boolean {
  return count >= rules.unanswered && spanMs >= rules.unansweredSpanMs;
}

/** Counts of the run when it became older than `incident.chronic`; null while it is younger at `atMs`. */
function earlyCount(span: RefusalRun, atMs: number, rules: DetectionRules): EarlyCount | null {
  if (atMs <= span.startMs + rules.incident.chronicMs) return null;
  return { rejections: span.rejections, lastRefusalMs: span.lastRefusalMs, isProven: provenCount(span) > 0 };
}

function closed(span: RefusalRun, outcome: LoopOutcome, endMs: number): RefusalRun {
  return { ...span, outcome, endMs };
}
