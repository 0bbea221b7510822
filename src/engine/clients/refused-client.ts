import { openLoopOf, runAt, startOf, stepLoop, type OpenRun, type RefusalRun } from "../../detectors/loop.ts";
import type { DetectionRules } from "../../model/rules.ts";
import { NO_ENTRY, type EntryList, type Attempts, type Attempt } from "./attempts.ts";

/** One refused client on one app pool of one server, with the requests that may still be joined by late ones as its attempts. */
export interface RefusedClient extends EntryList {
  readonly key: number;
  readonly pool: number;
  /** Key of its address, user agent and ids. */
  readonly identity: number;
  /** Served before its first refusal that is known, or since. */
  wasServed: boolean;
  /** The state before the first entry, and whether the client was served before that. */
  base: OpenRun;
  servedBefore: boolean;
}

/** A loop that can change no more, or that is as of now. */
export interface ClientLoop {
  readonly clientKey: number;
  readonly client: number;
  readonly wasServed: boolean;
  readonly span: RefusalRun;
}

/** A client with its attempts, in order of time. Plain data. */
export interface RefusedClientRecord extends Pick<
  RefusedClient,
  "key" | "pool" | "identity" | "wasServed" | "base" | "servedBefore"
> {
  readonly attempts: readonly Attempt[];
}

const NO_LOOPS: readonly RefusalRun[] = [];

/**
 * Attempts of one client that are kept apart; beyond it the oldest are folded into the base early. Hours of logs may come at once, when a
 * share that was away is back: those of a busy client have room, as long as all clients together hold no more than `MANY_ATTEMPTS` (46
 * bytes each).
 */
const MAX_ATTEMPTS = 4_096;
const MAX_ATTEMPTS_AMONG_MANY = 512;
const MANY_ATTEMPTS = 1_048_576;

export function newRefusedClient(key: number, pool: number, identity: number): RefusedClient {
  return {
    key,
    pool,
    identity,
    wasServed: false,
    base: null,
    servedBefore: false,
    first: NO_ENTRY,
    last: NO_ENTRY,
    count: 0,
    refusals: 0,
  };
}

/** Puts an entry in its place in time. */
export function insertAttempt(attempts: Attempts, client: RefusedClient, attempt: Attempt): void {
  attempts.insert(client, attempt);
  if (attempt.kind === "success") client.wasServed = true;
}

/** The same for a success; `packedFields` is that of `packFields`. */
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

/** The same for a success that says nothing of the client's tokens. */
export function insertOther(
  attempts: Attempts,
  client: RefusedClient,
  position: Pick<Attempt, "atMs" | "fileKey" | "offset">,
  packedFields: number,
  arrivedAtMs: number,
): void {
  attempts.insertSuccess(client, position, packedFields, arrivedAtMs);
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

/** The loops of a client as of `nowMs`: ended ones, and the open one last. */
export function loopsOf(attempts: Attempts, client: RefusedClient, nowMs: number, rules: DetectionRules): RefusalRun[] {
  const loops: RefusalRun[] = [];
  const point = { base: client.base, servedBefore: client.servedBefore };
  for (let slot = client.first; slot !== NO_ENTRY; slot = attempts.next(slot))
    pass(attempts, slot, point, { rules, loops });
  const { state, ended } = runAt(point.base, nowMs, rules.loop);
  const last = ended ?? openLoopOf(state);
  if (last !== null) loops.push(last);
  return loops;
}

/** Of its first request that may still be part of a loop; undefined when there is none. */
export function firstRefusalMs(attempts: Attempts, client: RefusedClient): number | undefined {
  if (client.base !== null || client.refusals === 0) return startOf(client.base);
  let slot = client.first;
  while (slot !== NO_ENTRY && !attempts.isRefused(slot)) slot = attempts.next(slot);
  return attempts.atMs(slot);
}

/** What can change no more (see `Horizon`). */
export interface Finalising extends Omit<Passing, "loops"> {
  readonly horizon: {
    readonly arrivedBeforeMs: number;
    readonly completeToMs: number;
    readonly longAgoMs: number;
    readonly silentToMs: number;
  };
}

/** Folds what can change no more into the base, as far as it stands before everything that may, and returns the loops that ended in it. */
export function finaliseRuns(
  attempts: Attempts,
  client: RefusedClient,
  { horizon, rules, shortRuns = [] }: Finalising,
): readonly RefusalRun[] {
  const most = attempts.size > MANY_ATTEMPTS ? MAX_ATTEMPTS_AMONG_MANY : MAX_ATTEMPTS;
  if (client.first !== NO_ENTRY && !isFinal(attempts, client.first, horizon) && client.count <= most) return NO_LOOPS;
  const loops: RefusalRun[] = [];
  while (client.first !== NO_ENTRY && isFinal(attempts, client.first, horizon))
    fold(attempts, client, { rules, loops, shortRuns });
  while (client.count > most) fold(attempts, client, { rules, loops, shortRuns });
  if (client.count === 0) {
    const { state, ended } = runAt(client.base, horizon.silentToMs, rules.loop);
    if (ended !== null) loops.push(ended);
    client.base = state;
  }
  return loops;
}

function isFinal(attempts: Attempts, slot: number, horizon: Finalising["horizon"]): boolean {
  const arrivedAtMs = attempts.arrivedAtMs(slot);
  if (arrivedAtMs > horizon.arrivedBeforeMs) return false;
  return arrivedAtMs <= horizon.longAgoMs || attempts.atMs(slot) < horizon.completeToMs;
}

interface Passing {
  readonly rules: DetectionRules;
  /** Takes the loops that end. */
  readonly loops: RefusalRun[];
  /** Takes the runs that a success ends before they are loops. */
  readonly shortRuns?: RefusalRun[];
}

function fold(attempts: Attempts, client: RefusedClient, passing: Passing): void {
  pass(attempts, client.first, client, passing);
  attempts.remove(client, client.first);
}

/** Moves the point past the entry. */
function pass(
  attempts: Attempts,
  slot: number,
  point: Pick<RefusedClient, "base" | "servedBefore">,
  { rules, loops, shortRuns }: Passing,
): void {
  // Where nothing was refused, only a refusal or a challenge makes a difference.
  if (point.base !== null || attempts.isRefused(slot)) {
    const run = point.base?.refusals ?? null;
    if (attempts.isSuccess(slot) && run !== null && openLoopOf(point.base) === null) shortRuns?.push(run);
    const step = stepLoop(point.base, attempts.entry(slot), { rules, wasServed: point.servedBefore });
    if (step.ended !== null) loops.push(step.ended);
    point.base = step.state;
  }
  if (!attempts.isSuccess(slot)) return;
  point.servedBefore = true;
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
  { key, pool, identity, wasServed, base, servedBefore, ...list }: RefusedClient,
): RefusedClientRecord {
  const kept: Attempt[] = [];
  for (let slot = list.first; slot !== NO_ENTRY; slot = attempts.next(slot)) kept.push(attempts.entry(slot));
  return { key, pool, identity, wasServed, base, servedBefore, attempts: kept };
}

export function refusedClientOf(attempts: Attempts, record: RefusedClientRecord): RefusedClient {
  const client = newRefusedClient(record.key, record.pool, record.identity);
  for (const attempt of record.attempts) attempts.insert(client, attempt);
  client.wasServed = record.wasServed;
  client.servedBefore = record.servedBefore;
  client.base = record.base;
  return client;
}
