import { compareEntries, settleLoop, stepLoop, type LoopEntry, type LoopSpan, type LoopState } from "../detectors/loop.ts";
import type { LoopRules } from "../model/rules.ts";

/** An entry and when it was taken in, by the engine's clock. */
export interface TrackEntry extends LoopEntry {
  readonly takenAtMs: number;
}

/** One refused client on one app pool of one server: the requests that may still be joined by late ones, in order of time. */
export interface Track {
  readonly key: number;
  readonly pool: number;
  readonly client: number;
  /** Served before its first refusal that is known, or since. */
  wasServed: boolean;
  /** The state before the first of `entries`. */
  base: LoopState;
  entries: TrackEntry[];
}

/** A loop that can change no more, or that is as of now. */
export interface TrackLoop {
  readonly trackKey: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly span: LoopSpan;
}

const NO_LOOPS: readonly LoopSpan[] = [];

/** Entries of one track that are kept apart; beyond it the oldest are folded into the base early. */
const MOST_ENTRIES = 512;

export function newTrack(key: number, pool: number, client: number): Track {
  return { key, pool, client, wasServed: false, base: null, entries: [] };
}

/** Puts an entry in its place in time. */
export function insertEntry(track: Track, entry: TrackEntry): void {
  let at = track.entries.length;
  while (at > 0 && compareEntries(track.entries[at - 1] ?? entry, entry) > 0) at -= 1;
  track.entries.splice(at, 0, entry);
  if (entry.kind === "success") track.wasServed = true;
}

/** Takes out the entry of a request that turned out to be another client's, or of another kind. True when it was there. */
export function removeEntry(track: Track, place: { readonly fileKey: number; readonly offset: number }): boolean {
  const at = track.entries.findIndex((entry) => entry.fileKey === place.fileKey && entry.offset === place.offset);
  if (at < 0) return false;
  track.entries.splice(at, 1);
  return true;
}

/** The loops of a track as of `nowMs`: ended ones, and the open one last. */
export function loopsOf(track: Track, nowMs: number, rules: LoopRules): LoopSpan[] {
  const loops: LoopSpan[] = [];
  let state = track.base;
  for (const entry of track.entries) {
    const step = stepLoop(state, entry, rules);
    if (step.ended !== null) loops.push(step.ended);
    state = step.state;
  }
  const last = settleLoop(state, nowMs, rules);
  if (last !== null && last.isLoop) loops.push(last);
  return loops;
}

/**
 * Folds what was taken in by `takenByMs` into the base, as far as it stands before everything younger, and returns the loops
 * that ended in it: they can change no more.
 */
export function settleTrack(track: Track, takenByMs: number, nowMs: number, rules: LoopRules): readonly LoopSpan[] {
  const first = track.entries[0];
  if (first !== undefined && first.takenAtMs > takenByMs && track.entries.length <= MOST_ENTRIES) return NO_LOOPS;
  let settled = track.entries.findIndex((entry) => entry.takenAtMs > takenByMs);
  if (settled < 0) settled = track.entries.length;
  settled = Math.max(settled, track.entries.length - MOST_ENTRIES);
  const ended: LoopSpan[] = [];
  for (const entry of track.entries.slice(0, settled)) {
    const step = stepLoop(track.base, entry, rules);
    if (step.ended !== null) ended.push(step.ended);
    track.base = step.state;
  }
  if (settled > 0) track.entries = track.entries.slice(settled);
  if (track.entries.length === 0) {
    const state = settleLoop(track.base, nowMs, rules);
    if (state?.outcome === "unresolved") ended.push(state);
    track.base = state?.outcome === null ? state : null;
  }
  return ended;
}

/** No refusal is left in it: what it holds besides, `RecentSuccesses` knows as well. */
export function hasNoRefusal(track: Track): boolean {
  return track.base === null && track.entries.every((entry) => entry.kind !== "refused");
}

/** Nothing is left in it that a later request could make something of. */
export function isSpent(track: Track): boolean {
  return track.base === null && track.entries.length === 0;
}
