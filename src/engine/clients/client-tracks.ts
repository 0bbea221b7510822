import { settleLoop, stepLoop, type LoopSpan, type LoopState } from "../../detectors/loop.ts";
import type { LoopRules } from "../../model/rules.ts";
import { NO_ENTRY, type EntryList, type TrackEntries, type TrackEntry } from "./track-entries.ts";

/** One refused client on one app pool of one server, with the requests that may still be joined by late ones as its entries. */
export interface Track extends EntryList {
  readonly key: number;
  readonly pool: number;
  readonly client: number;
  /** Served before its first refusal that is known, or since. */
  wasServed: boolean;
  /** The state before the first entry. */
  base: LoopState;
}

/** A loop that can change no more, or that is as of now. */
export interface TrackLoop {
  readonly trackKey: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly span: LoopSpan;
}

/** A track with its entries, in order of time. Plain data. */
export interface TrackRecord extends Pick<Track, "key" | "pool" | "client" | "wasServed" | "base"> {
  readonly entries: readonly TrackEntry[];
}

const NO_LOOPS: readonly LoopSpan[] = [];

/** Entries of one track that are kept apart; beyond it the oldest are folded into the base early. */
const MOST_ENTRIES = 512;

export function newTrack(key: number, pool: number, client: number): Track {
  return { key, pool, client, wasServed: false, base: null, first: NO_ENTRY, last: NO_ENTRY, count: 0, refusals: 0 };
}

/** Puts an entry in its place in time. */
export function insertEntry(entries: TrackEntries, track: Track, entry: TrackEntry): void {
  entries.insert(track, entry);
  if (entry.kind === "success") track.wasServed = true;
}

/** The same for a success; `what` is that of `whatOf`. */
export function insertSuccess(
  entries: TrackEntries,
  track: Track,
  place: Pick<TrackEntry, "atMs" | "fileKey" | "offset">,
  what: number,
  takenAtMs: number,
): void {
  entries.insertSuccess(track, place, what, takenAtMs);
  track.wasServed = true;
}

/** Takes out the entry of a request that turned out to be another client's, or of another kind. True when it was there. */
export function removeEntry(
  entries: TrackEntries,
  track: Track,
  place: { readonly fileKey: number; readonly offset: number },
): boolean {
  const slot = entries.find(track, place);
  if (slot === NO_ENTRY) return false;
  entries.remove(track, slot);
  return true;
}

/** The loops of a track as of `nowMs`: ended ones, and the open one last. */
export function loopsOf(entries: TrackEntries, track: Track, nowMs: number, rules: LoopRules): LoopSpan[] {
  const loops: LoopSpan[] = [];
  let state = track.base;
  for (let slot = track.first; slot !== NO_ENTRY; slot = entries.next(slot))
    state = stepped(entries, slot, state, rules, loops);
  const last = settleLoop(state, nowMs, rules);
  if (last !== null && last.isLoop) loops.push(last);
  return loops;
}

/** Of its first refusal that may still be part of a loop; undefined when there is none. */
export function firstRefusalMs(entries: TrackEntries, track: Track): number | undefined {
  if (track.base !== null || track.refusals === 0) return track.base?.startMs;
  let slot = track.first;
  while (slot !== NO_ENTRY && !entries.isRefused(slot)) slot = entries.next(slot);
  return entries.atMs(slot);
}

/**
 * Folds what was taken in by `takenByMs` into the base, as far as it stands before everything younger, and returns the loops
 * that ended in it: they can change no more.
 */
export function settleTrack(
  entries: TrackEntries,
  track: Track,
  takenByMs: number,
  nowMs: number,
  rules: LoopRules,
): readonly LoopSpan[] {
  if (track.first !== NO_ENTRY && entries.takenAtMs(track.first) > takenByMs && track.count <= MOST_ENTRIES)
    return NO_LOOPS;
  const ended: LoopSpan[] = [];
  while (track.first !== NO_ENTRY && entries.takenAtMs(track.first) <= takenByMs) fold(entries, track, rules, ended);
  while (track.count > MOST_ENTRIES) fold(entries, track, rules, ended);
  if (track.count === 0) {
    const state = settleLoop(track.base, nowMs, rules);
    if (state?.outcome === "unresolved") ended.push(state);
    track.base = state?.outcome === null ? state : null;
  }
  return ended;
}

function fold(entries: TrackEntries, track: Track, rules: LoopRules, ended: LoopSpan[]): void {
  track.base = stepped(entries, track.first, track.base, rules, ended);
  entries.remove(track, track.first);
}

/** The state after the entry; the loop that it ended is added to `ended`. */
function stepped(
  entries: TrackEntries,
  slot: number,
  state: LoopState,
  rules: LoopRules,
  ended: LoopSpan[],
): LoopState {
  // Where nothing was refused, only a refusal makes a difference.
  if (state === null && !entries.isRefused(slot)) return null;
  const step = stepLoop(state, entries.entry(slot), rules);
  if (step.ended !== null) ended.push(step.ended);
  return step.state;
}

/** No refusal is left in it: what it holds besides, `RecentSuccesses` knows as well. */
export function hasNoRefusal(track: Track): boolean {
  return track.base === null && track.refusals === 0;
}

/** Nothing is left in it that a later request could make something of. */
export function isSpent(track: Track): boolean {
  return track.base === null && track.count === 0;
}

export function recordOf(entries: TrackEntries, { key, pool, client, wasServed, base, ...list }: Track): TrackRecord {
  const kept: TrackEntry[] = [];
  for (let slot = list.first; slot !== NO_ENTRY; slot = entries.next(slot)) kept.push(entries.entry(slot));
  return { key, pool, client, wasServed, base, entries: kept };
}

export function trackOf(
  entries: TrackEntries,
  { key, pool, client, wasServed, base, entries: kept }: TrackRecord,
): Track {
  const track = newTrack(key, pool, client);
  for (const entry of kept) entries.insert(track, entry);
  track.wasServed = wasServed;
  track.base = base;
  return track;
}
