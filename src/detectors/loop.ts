import type { Category, LoopOutcome, Protocol } from "../model/label-values.ts";
import type { RowPosition } from "../model/row.ts";
import type { LoopRules } from "../model/rules.ts";

/** One request of one client on one app pool, as far as loops care. */
export interface LoopEntry {
  readonly atMs: number;
  /** Ties in time keep the order of their file; those of different files are ordered by the files' keys. */
  readonly fileKey: number;
  readonly offset: number;
  /** `refused`: rejected or suspected. `other`: a challenge, a handshake leg or an error; it neither makes nor ends a loop. */
  readonly kind: "refused" | "success" | "other";
  /** Why it was refused; null when only suspected, or not refused. */
  readonly category: Category | null;
  readonly isBackEnd: boolean;
  readonly protocol: Protocol;
}

/** A run of refusals. It is a loop once `isLoop`. Plain data. */
export interface RefusalRun {
  startMs: number;
  /** Where its first and its last refusal stand; absent in records of versions that did not keep it. */
  firstPosition?: RowPosition | undefined;
  lastPosition?: RowPosition | undefined;
  lastRefusalMs: number;
  lastRequestMs: number;
  /** Null while it is open. `recovered`: `endMs` is the success. `unresolved`: `endMs` is the last refusal. */
  outcome: LoopOutcome | null;
  endMs: number;
  rejections: number;
  backEndRejections: number;
  /** Rejections by category; `suspected` are those without proof. */
  categories: Partial<Record<Category | "suspected", number>>;
  protocol: Protocol;
  isLoop: boolean;
}

/** Where a client stands between two requests. */
export type OpenRun = RefusalRun | null;

/** Order of entries: time, then file, then place in the file. */
export function compareEntries(a: LoopEntry, b: LoopEntry): number {
  return a.atMs - b.atMs || a.fileKey - b.fileKey || a.offset - b.offset;
}

/** The next state after `entry`, and the loop that it ended, if any. `state` is left as it was. */
export function stepLoop(
  state: OpenRun,
  entry: LoopEntry,
  rules: LoopRules,
): { state: OpenRun; ended: RefusalRun | null } {
  const expired = state !== null && entry.atMs - state.lastRequestMs >= rules.idleMs;
  const ended = expired && state.isLoop ? closed(state, "unresolved", state.lastRefusalMs) : null;
  const current = expired ? null : state;
  if (entry.kind === "success") {
    return { state: null, ended: current?.isLoop ? closed(current, "recovered", entry.atMs) : ended };
  }
  if (entry.kind === "other") {
    return { state: current === null ? null : { ...current, lastRequestMs: entry.atMs }, ended };
  }
  const goesOn = current !== null && (current.isLoop || entry.atMs - current.lastRefusalMs <= rules.gapMs);
  return { state: withRefusal(goesOn ? current : null, entry, rules), ended };
}

/** The state as it stands at `nowMs`: an open loop without a request for the idle time has ended unresolved. */
export function runAt(state: OpenRun, nowMs: number, rules: LoopRules): OpenRun {
  if (state === null || nowMs - state.lastRequestMs < rules.idleMs) return state;
  return state.isLoop ? closed(state, "unresolved", state.lastRefusalMs) : null;
}

/** The category that most of its proven rejections have; `unknown` when none is proven. Ties go to the first of the list. */
export function mainCategory(span: Pick<RefusalRun, "categories">): Category {
  let best: Category = "unknown";
  let most = 0;
  for (const category of CATEGORY_ORDER) {
    const count = span.categories[category] ?? 0;
    if (count > most) {
      best = category;
      most = count;
    }
  }
  return best;
}

const CATEGORY_ORDER: readonly Category[] = [
  "invalid_signature",
  "invalid_token",
  "token_expired",
  "invalid_resource",
  "invalid_tenant",
  "invalid_user",
  "invalid_client",
  "internal_error",
  "invalid_grant",
  "invalid_issuer",
  "oauth_not_available",
  "unknown",
];

function withRefusal(span: RefusalRun | null, entry: LoopEntry, rules: LoopRules): RefusalRun {
  const reason = entry.category ?? "suspected";
  const categories = { ...span?.categories, [reason]: (span?.categories[reason] ?? 0) + 1 };
  const startMs = span?.startMs ?? entry.atMs;
  const rejections = (span?.rejections ?? 0) + 1;
  const position = { fileKey: entry.fileKey, offset: entry.offset };
  return {
    startMs,
    firstPosition: span === null ? position : span.firstPosition,
    lastPosition: position,
    lastRefusalMs: entry.atMs,
    lastRequestMs: entry.atMs,
    outcome: null,
    endMs: entry.atMs,
    rejections,
    backEndRejections: (span?.backEndRejections ?? 0) + (entry.isBackEnd ? 1 : 0),
    categories,
    protocol: span?.protocol ?? entry.protocol,
    isLoop: span?.isLoop === true || (rejections >= rules.threshold && entry.atMs - startMs >= rules.minSpanMs),
  };
}

function closed(span: RefusalRun, outcome: LoopOutcome, endMs: number): RefusalRun {
  return { ...span, outcome, endMs };
}
