import { runAt, stepLoop, type RefusalRun, type OpenRun } from "../../detectors/loop.ts";
import type { LoopRules } from "../../model/rules.ts";
import { NO_ENTRY, type EntryList, type Attempts, type Attempt } from "./attempts.ts";

/** One refused client on one app pool of one server, with the requests that may still be joined by late ones as its entries. */
export interface RefusedClient extends EntryList {
  readonly key: number;
  readonly pool: number;
  /** Key of its address, user agent and ids. */
  readonly identity: number;
  /** Served before its first refusal that is known, or since. */
  wasServed: boolean;
  /** The state before the first entry. */
  base: OpenRun;
}

/** A loop that can change no more, or that is as of now. */
export interface ClientLoop {
  readonly clientKey: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly span: RefusalRun;
}

/** A track with its entries, in order of time. Plain data. */
export interface RefusedClientRecord extends Pick<RefusedClient, "key" | "pool" | "identity" | "wasServed" | "base"> {
  readonly attempts: readonly Attempt[];
}

const NO_LOOPS: readonly RefusalRun[] = [];

/** Entries of one track that are kept apart; beyond it the oldest are folded into the base early. */
const MOST_ENTRIES = 512;

export function newRefusedClient(key: number, pool: number, identity: number): RefusedClient {
  return { key, pool, identity, wasServed: false, base: null, first: NO_ENTRY, last: NO_ENTRY, count: 0, refusals: 0 };
}

/** Puts an entry in its place in time. */
export function insertAttempt(attempts: Attempts, client: RefusedClient, attempt: Attempt): void {
  attempts.insert(client, attempt);
  if (attempt.kind === "success") client.wasServed = true;
}

/** The same for a success; `what` is that of `whatOf`. */
export function insertSuccess(
  attempts: Attempts,
  client: RefusedClient,
  position: Pick<Attempt, "atMs" | "fileKey" | "offset">,
  packedFields: number,
  arrivedAtMs: number,
): void {
  attempts.insertSuccess(client, position, packedFields, arrivedAtMs);
  client.wasServed = true;
}

/** Takes out the entry of a request that turned out to be another client's, or of another kind. True when it was there. */
export function removeAttempt(
  attempts: Attempts,
  client: RefusedClient,
  position: { readonly fileKey: number; readonly offset: number },
): boolean {
  const slot = attempts.find(client, position);
  if (slot === NO_ENTRY) return false;
  attempts.remove(client, slot);
  return true;
}

/** The loops of a track as of `nowMs`: ended ones, and the open one last. */
export function loopsOf(attempts: Attempts, client: RefusedClient, nowMs: number, rules: LoopRules): RefusalRun[] {
  const loops: RefusalRun[] = [];
  let state = client.base;
  for (let slot = client.first; slot !== NO_ENTRY; slot = attempts.next(slot))
    state = stepped(attempts, slot, state, rules, loops);
  const last = runAt(state, nowMs, rules);
  if (last !== null && last.isLoop) loops.push(last);
  return loops;
}

/** Of its first refusal that may still be part of a loop; undefined when there is none. */
export function firstRefusalMs(attempts: Attempts, client: RefusedClient): number | undefined {
  if (client.base !== null || client.refusals === 0) return client.base?.startMs;
  let slot = client.first;
  while (slot !== NO_ENTRY && !attempts.isRefused(slot)) slot = attempts.next(slot);
  return attempts.atMs(slot);
}

/**
 * Folds what was taken in by `takenByMs` into the base, as far as it stands before everything younger, and returns the loops
 * that ended in it: they can change no more.
 */
export function finaliseRuns(
  attempts: Attempts,
  client: RefusedClient,
  arrivedBeforeMs: number,
  nowMs: number,
  rules: LoopRules,
): readonly RefusalRun[] {
  if (client.first !== NO_ENTRY && attempts.arrivedAtMs(client.first) > arrivedBeforeMs && client.count <= MOST_ENTRIES)
    return NO_LOOPS;
  const ended: RefusalRun[] = [];
  while (client.first !== NO_ENTRY && attempts.arrivedAtMs(client.first) <= arrivedBeforeMs)
    fold(attempts, client, rules, ended);
  while (client.count > MOST_ENTRIES) fold(attempts, client, rules, ended);
  if (client.count === 0) {
    const state = runAt(client.base, nowMs, rules);
    if (state?.outcome === "unresolved") ended.push(state);
    client.base = state?.outcome === null ? state : null;
  }
  return ended;
}

function fold(attempts: Attempts, client: RefusedClient, rules: LoopRules, ended: RefusalRun[]): void {
  client.base = stepped(attempts, client.first, client.base, rules, ended);
  attempts.remove(client, client.first);
}

/** The state after the entry; the loop that it ended is added to `ended`. */
function stepped(attempts: Attempts, slot: number, state: OpenRun, rules: LoopRules, ended: RefusalRun[]): OpenRun {
  // Where nothing was refused, only a refusal makes a difference.
  if (state === null && !attempts.isRefused(slot)) return null;
  const step = stepLoop(state, attempts.entry(slot), rules);
  if (step.ended !== null) ended.push(step.ended);
  return step.state;
}

/** No refusal is left in it: what it holds besides, `RecentSuccesses` knows as well. */
export function hasNoRefusal(client: RefusedClient): boolean {
  return client.base === null && client.refusals === 0;
}

/** Nothing is left in it that a later request could make something of. */
export function isSpent(client: RefusedClient): boolean {
  return client.base === null && client.count === 0;
}

export function recordOf(
  attempts: Attempts,
  { key, pool, identity, wasServed, base, ...list }: RefusedClient,
): RefusedClientRecord {
  const kept: Attempt[] = [];
  for (let slot = list.first; slot !== NO_ENTRY; slot = attempts.next(slot)) kept.push(attempts.entry(slot));
  return { key, pool, identity, wasServed, base, attempts: kept };
}

export function refusedClientOf(
  attempts: Attempts,
  { key, pool, identity, wasServed, base, attempts: kept }: RefusedClientRecord,
): RefusedClient {
  const client = newRefusedClient(key, pool, identity);
  for (const attempt of kept) attempts.insert(client, attempt);
  client.wasServed = wasServed;
  client.base = base;
  return client;
}
