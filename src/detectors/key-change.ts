import type { KeyChangeFinding } from "../model/finding.ts";
import type { KeyChangeKind } from "../model/label-values.ts";
import type { KeyObservation } from "./key-observation.ts";

export interface KeyChange {
  readonly kind: KeyChangeKind;
  /** The event's time, or when the object was written, or else the observation that showed the change. */
  readonly atMs: number;
  /** The change lies between this and `atMs`; null when its time is exact. */
  readonly afterMs: number | null;
  /** For evidence. Sample: `signing keys trusted in AD changed between … and …: 1 added, 0 removed, 3 now` */
  readonly text: string;
  readonly shownBy: "events" | "snapshot" | "keys";
}

/** What must be known to recognise a change at the next observation. Plain data: it can be kept in a state record. */
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
  /** The set after the change; null when only an event tells of it. */
  readonly result: string | null;
  readonly source: string;
}

/** Sources that are remembered: five kinds of 100 servers fit. The one not seen for longest is forgotten. */
export const MAX_SOURCES = 1_000;
/** Changes that are remembered to recognise a second tale of them. */
export const MAX_CHANGES = 200;
/** One run of AuthAdmin tells of each object that it updates. */
const ONE_RUN_MS = 5 * 60_000;
/** Between sites, Active Directory replicates every 3 hours by default: so much later a server can first see a change. */
const REPLICATION_MS = 3 * 3_600_000;

export const NO_KEY_HISTORY: KeyHistory = { sights: {}, changes: [] };

/** Key changes of a whole history, in order of time; the same for the same observations in any order. */
export function keyChanges(observations: readonly KeyObservation[]): readonly KeyChange[] {
  // An event precedes the observation of what it reports, unless the observation has a time of its own.
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

/** One more observation. Observations that are older than what their source last showed say nothing new. */
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
  const isTold = history.changes.some(
    (change) =>
      change.kind === event.change &&
      (change.source === EVENTS
        ? Math.abs(change.toMs - event.atMs) <= ONE_RUN_MS
        : change.fromMs - REPLICATION_MS < event.atMs && event.atMs <= change.toMs),
  );
  if (isTold) return { history, changes: [] };
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
    // From now on its result is known: other servers see the same.
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
 * Whether a known change and what another source saw are one: they end in the same set, at a time that may be the same. An event does not
 * tell the set; the first observation after it does.
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
  // Kept in order of the last observation, so that the first is the one to forget.
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
  const when = writtenMs === null ? `between ${iso(before.atMs)} and ${iso(observed.atMs)}` : `at ${iso(writtenMs)}`;
  const noun = observed.isOfAdfs === true ? "signing keys published by AD FS" : NOUN[observed.change];
  return `${noun} changed ${when}: ${added} added, ${removed} removed, ${observed.members.length} now`;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** A change as the findings print it. */
export function keyChangeFinding(change: KeyChange): KeyChangeFinding {
  return { kind: change.kind, at: iso(change.atMs) };
}
