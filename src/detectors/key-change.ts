import type { KeyChangeFinding } from "../model/finding.ts";
import type { KeyChangeKind } from "../model/label-values.ts";
import type { KeyObservation } from "./key-observation.ts";

export interface KeyChange {
  readonly kind: KeyChangeKind;
  /** The event's time, or when the object was written, or else the sight that showed the change. */
  readonly atMs: number;
  /** The change lies between this and `atMs`; null when its time is exact. */
  readonly afterMs: number | null;
  /** For evidence. Sample: `signing keys trusted in AD changed between … and …: 1 added, 0 removed, 3 now` */
  readonly text: string;
  readonly shownBy: "events" | "snapshot" | "keys";
}

/** What must be known to tell a change when the next sight comes. Plain data: it can be kept in a state record. */
export interface KeyHistory {
  readonly sights: Readonly<Record<string, Sight>>;
  readonly changes: readonly KnownChange[];
}

interface Sight {
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
export const MAX_SIGHTS = 1_000;
/** Changes that are remembered to recognise a second tale of them. */
export const MAX_CHANGES = 200;
/** One run of AuthAdmin tells of each object that it updates. */
const ONE_RUN_MS = 5 * 60_000;
/** Between sites, Active Directory replicates every 3 hours by default: so much later a server can first see a change. */
const REPLICATION_MS = 3 * 3_600_000;

export const NO_KEY_HISTORY: KeyHistory = { sights: {}, changes: [] };

/** Key changes of a whole history, in order of time; the same for the same observations in any order. */
export function keyChanges(observations: readonly KeyObservation[]): readonly KeyChange[] {
  // An event comes before the sight of what it tells, whenever the sight has no time of its own.
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

/** One more observation. Sights that are older than what their source last showed say nothing new. */
export function stepKeys(
  history: KeyHistory,
  observation: KeyObservation,
): { readonly history: KeyHistory; readonly changes: readonly KeyChange[] } {
  return observation.kind === "event" ? stepEvent(history, observation) : stepSight(history, observation);
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

function stepSight(
  history: KeyHistory,
  sight: SetObservation,
): { readonly history: KeyHistory; readonly changes: readonly KeyChange[] } {
  const key = `${sight.change} ${sight.source}`;
  const before = Object.hasOwn(history.sights, key) ? history.sights[key] : undefined;
  if (before !== undefined && sight.atMs <= before.atMs) return { history, changes: [] };
  const sights = withSight(history.sights, key, { atMs: sight.atMs, members: sight.members });
  const result = fingerprint(sight.members);
  if (before === undefined || fingerprint(before.members) === result)
    return { history: { ...history, sights }, changes: [] };
  const told = history.changes.findLastIndex(
    (change) =>
      change.kind === sight.change &&
      tellsTheSame(change, { result, source: key, fromMs: before.atMs, toMs: sight.atMs }),
  );
  if (told >= 0) {
    // From now on its result is known: other servers see the same.
    const changes = history.changes.map((change, index) => (index === told ? { ...change, result } : change));
    return { history: { sights, changes }, changes: [] };
  }
  const isWrittenBetween = sight.writtenMs !== null && sight.writtenMs > before.atMs && sight.writtenMs <= sight.atMs;
  const atMs = isWrittenBetween && sight.writtenMs !== null ? sight.writtenMs : sight.atMs;
  const change: KeyChange = {
    kind: sight.change,
    atMs,
    afterMs: isWrittenBetween ? null : before.atMs,
    text: describe(sight, before, isWrittenBetween ? atMs : null),
    shownBy: sight.shownBy,
  };
  const known: KnownChange = { kind: sight.change, fromMs: before.atMs, toMs: sight.atMs, result, source: key };
  return { history: { sights, changes: withChange(history.changes, known) }, changes: [change] };
}

/**
 * Whether a known change and what another source saw are one: they end in the same set, at a time that may be the same. An event does not
 * tell the set; the first sight after it does.
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

function withSight(
  sights: Readonly<Record<string, Sight>>,
  key: string,
  sight: Sight,
): Readonly<Record<string, Sight>> {
  // Kept in order of the last sight, so that the first is the one to forget.
  const entries = Object.entries(sights).filter(([name]) => name !== key);
  return Object.fromEntries([...entries, [key, sight] as const].slice(-MAX_SIGHTS));
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

function describe(sight: SetObservation, before: Sight, writtenMs: number | null): string {
  const added = sight.members.filter((member) => !before.members.includes(member)).length;
  const removed = before.members.filter((member) => !sight.members.includes(member)).length;
  const when = writtenMs === null ? `between ${iso(before.atMs)} and ${iso(sight.atMs)}` : `at ${iso(writtenMs)}`;
  const noun = sight.isOfAdfs === true ? "signing keys published by AD FS" : NOUN[sight.change];
  return `${noun} changed ${when}: ${added} added, ${removed} removed, ${sight.members.length} now`;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** A change as the findings print it. */
export function keyChangeFinding(change: KeyChange): KeyChangeFinding {
  return { kind: change.kind, at: iso(change.atMs) };
}
