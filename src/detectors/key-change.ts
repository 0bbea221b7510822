import type { KeyChangeFinding } from "../model/finding.ts";
import type { KeyChangeKind } from "../model/label-values.ts";
import type { KeyObservation } from "./key-observation.ts";
import { timeTextOfMs } from "../model/text/time-text.ts";

export interface KeyChange {
  readonly kind: KeyChangeKind;
  /** Time of the Windows event, else when the object was written, else of the observation that showed the change. */
  readonly atMs: number;
  /** The change happened between `afterMs` and `atMs`; null when the time is exact. */
  readonly afterMs: number | null;
  /** For evidence. Sample: `signing keys trusted in AD changed between … and …: 1 added, 0 removed, 3 now` */
  readonly text: string;
  readonly shownBy: "events" | "snapshot" | "keys";
}

/** State needed to recognise a change at the next observation. Plain data, so that it can be stored. */
export interface KeyHistory {
  readonly sights: Readonly<Record<string, SeenSet>>;
  readonly changes: readonly KnownChange[];
}

interface SeenSet {
  readonly atMs: number;
  readonly members: readonly string[];
}

interface KnownChange {
  readonly kind: KeyChangeKind;
  readonly fromMs: number;
  readonly toMs: number;
  /** Fingerprint of the set after the change; null when only a Windows event reported the change. */
  readonly result: string | null;
  readonly source: string;
}

/**
 * Maximum number of sources; enough for five kinds of objects on 100 servers. The source with the oldest last
 * observation is dropped first.
 */
export const MAX_SOURCES = 1_000;
/** Maximum number of changes kept to recognise a second report of the same change. */
export const MAX_CHANGES = 200;
/** One run of AuthAdmin logs an event for each object that it updates. */
const ONE_RUN_MS = 5 * 60_000;
/**
 * Active Directory replicates between sites every 3 hours by default, so another server can see a change this much
 * later.
 */
const REPLICATION_MS = 3 * 3_600_000;

export const NO_KEY_HISTORY: KeyHistory = { sights: {}, changes: [] };

/** Finds the key changes in a whole history, in order of time. The order of the observations does not matter. */
export function keyChanges(observations: readonly KeyObservation[]): readonly KeyChange[] {
  // At the same time, an event comes before the observation of the set that it changed.
  const ordered = [...observations].sort(
    (first, second) => first.atMs - second.atMs || compare(order(first), order(second)),
  );
  let history = NO_KEY_HISTORY;
  const changes: KeyChange[] = [];
  for (const observation of ordered) {
    const step = stepKeys(history, observation);
    history = step.history;
    changes.push(...step.changes);
  }
  return changes.sort((first, second) => first.atMs - second.atMs || compare(first.kind, second.kind));
}

function compare(first: string, second: string): number {
  return first < second ? -1 : first > second ? 1 : 0;
}

function order(observation: KeyObservation): string {
  if (observation.kind === "event") return `0 ${observation.change} ${observation.label}`;
  return `1 ${observation.change} ${observation.source} ${fingerprint(observation.members)}`;
}

/** Adds one observation. An observation that is not newer than the last one of its source is ignored. */
export function stepKeys(
  history: KeyHistory,
  observation: KeyObservation,
): { readonly history: KeyHistory; readonly changes: readonly KeyChange[] } {
  return observation.kind === "event" ? stepEvent(history, observation) : stepSet(history, observation);
}

type EventObservation = Extract<KeyObservation, { kind: "event" }>;
type SetObservation = Extract<KeyObservation, { kind: "set" }>;

function stepEvent(
  history: KeyHistory,
  event: EventObservation,
): { readonly history: KeyHistory; readonly changes: readonly KeyChange[] } {
  const isKnown = history.changes.some(
    (change) =>
      change.kind === event.change &&
      (change.source === EVENTS
        ? Math.abs(change.toMs - event.atMs) <= ONE_RUN_MS
        : change.fromMs - REPLICATION_MS < event.atMs && event.atMs <= change.toMs),
  );
  if (isKnown) return { history, changes: [] };
  const known: KnownChange = { kind: event.change, fromMs: event.atMs, toMs: event.atMs, result: null, source: EVENTS };
  const change: KeyChange = {
    kind: event.change,
    atMs: event.atMs,
    afterMs: null,
    text: `${NOUN[event.change]} changed (${event.label})`,
    shownBy: "events",
  };
  return { history: { ...history, changes: withChange(history.changes, known) }, changes: [change] };
}

const EVENTS = "events";

function stepSet(
  history: KeyHistory,
  observed: SetObservation,
): { readonly history: KeyHistory; readonly changes: readonly KeyChange[] } {
  const key = `${observed.change} ${observed.source}`;
  const before = Object.hasOwn(history.sights, key) ? history.sights[key] : undefined;
  if (before !== undefined && observed.atMs <= before.atMs) return { history, changes: [] };
  const sights = withSeen(history.sights, key, { atMs: observed.atMs, members: observed.members });
  const result = fingerprint(observed.members);
  if (before === undefined || fingerprint(before.members) === result)
    return { history: { ...history, sights }, changes: [] };
  const same = history.changes.findLastIndex(
    (change) =>
      change.kind === observed.change &&
      tellsTheSame(change, { result, source: key, fromMs: before.atMs, toMs: observed.atMs }),
  );
  if (same >= 0) {
    // Now the resulting set is known, so the same change seen by other servers is recognised.
    const changes = history.changes.map((change, index) => (index === same ? { ...change, result } : change));
    return { history: { sights, changes }, changes: [] };
  }
  const isWrittenBetween =
    observed.writtenMs !== null && observed.writtenMs > before.atMs && observed.writtenMs <= observed.atMs;
  const atMs = isWrittenBetween && observed.writtenMs !== null ? observed.writtenMs : observed.atMs;
  const change: KeyChange = {
    kind: observed.change,
    atMs,
    afterMs: isWrittenBetween ? null : before.atMs,
    text: describe(observed, before, isWrittenBetween ? atMs : null),
    shownBy: observed.shownBy,
  };
  const known: KnownChange = { kind: observed.change, fromMs: before.atMs, toMs: observed.atMs, result, source: key };
  return { history: { sights, changes: withChange(history.changes, known) }, changes: [change] };
}

/**
 * True when a known change and a change seen by another source are the same: both end in the same set, at times that
 * overlap. A Windows event does not show the set; the first observation after it does.
 */
function tellsTheSame(
  known: KnownChange,
  seen: { readonly result: string; readonly source: string; readonly fromMs: number; readonly toMs: number },
): boolean {
  if (known.source === seen.source || (known.result !== null && known.result !== seen.result)) return false;
  return (
    known.toMs > seen.fromMs - REPLICATION_MS &&
    (known.source === EVENTS ? known.toMs <= seen.toMs : known.fromMs < seen.toMs)
  );
}

function withChange(changes: readonly KnownChange[], change: KnownChange): readonly KnownChange[] {
  return [...changes, change].slice(-MAX_CHANGES);
}

function withSeen(
  sights: Readonly<Record<string, SeenSet>>,
  key: string,
  seen: SeenSet,
): Readonly<Record<string, SeenSet>> {
  // Sorted by the last observation, so that the first entry is the one to drop.
  const entries = Object.entries(sights).filter(([name]) => name !== key);
  return Object.fromEntries([...entries, [key, seen] as const].slice(-MAX_SOURCES));
}

function fingerprint(members: readonly string[]): string {
  return [...new Set(members)].sort().join(" ");
}

const NOUN: Readonly<Record<KeyChangeKind, string>> = {
  entra_keys_published: "signing keys published by Entra ID",
  ad_keys_updated: "signing keys trusted in AD",
  auth_certificate_current_changed: "current auth certificate",
  auth_certificate_next_changed: "next auth certificate",
  auth_certificate_previous_changed: "previous auth certificate",
};

function describe(observed: SetObservation, before: SeenSet, writtenMs: number | null): string {
  const added = observed.members.filter((member) => !before.members.includes(member)).length;
  const removed = before.members.filter((member) => !observed.members.includes(member)).length;
  const when =
    writtenMs === null
      ? `between ${timeTextOfMs(before.atMs)} and ${timeTextOfMs(observed.atMs)}`
      : `at ${timeTextOfMs(writtenMs)}`;
  const noun = observed.isOfAdfs === true ? "signing keys published by AD FS" : NOUN[observed.change];
  return `${noun} changed ${when}: ${added} added, ${removed} removed, ${observed.members.length} now`;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Converts a change to a finding. */
export function keyChangeFinding(change: KeyChange): KeyChangeFinding {
  return { kind: change.kind, at: iso(change.atMs) };
}
