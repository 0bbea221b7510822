import {
  extendsUntil,
  isSilent,
  openLoopOf,
  runAt,
  startOf,
  stepLoop,
  stepRefusals,
  type OpenRun,
  type RefusalRun,
} from "../../detectors/loop.ts";
import type { WatchedClient } from "../../model/logs/watched-clients.ts";
import type { DetectionRules } from "../../model/rules.ts";
import { isPackedRefusal, isPackedSuccess, NO_ENTRY, type EntryList, type Attempts, type Attempt } from "./attempts.ts";

/** A refused client on one app pool of one server. Its list has the attempts that are not final: late ones may still come between them. */
export interface RefusedClient extends EntryList {
  readonly key: number;
  readonly pool: number;
  /** Key of its address, user agent and ids. */
  readonly identity: number;
  /** True when any of its known requests was served. */
  wasServed: boolean;
  /** State of the loop detection before the first attempt in the list, and whether the client was served before that attempt. */
  base: OpenRun;
  servedBefore: boolean;
  /** Place in the order in which clients were first refused, if a scanner watches clients. */
  order: number;
}

/** A loop of a client: a final one, or its current state. */
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

/**
 * Attempts of one client in its list, at most; beyond it the oldest become final early. When a share is back after hours, hours of logs
 * come at once, so a busy client needs room; but if all clients together have more than `MANY_ATTEMPTS` (42 bytes each), the smaller
 * limit applies.
 */
const MAX_ATTEMPTS = 4_096;
const MAX_ATTEMPTS_AMONG_MANY = 512;
const MANY_ATTEMPTS = 1_048_576;

/** A client without attempts. `key`: client, server and pool; `pool`: key of the pool; `identity`: key of the client. */
export function newRefusedClient(key: number, pool: number, identity: number): RefusedClient {
  return {
    key,
    pool,
    identity,
    wasServed: false,
    base: null,
    servedBefore: false,
    order: 0,
    first: NO_ENTRY,
    last: NO_ENTRY,
    count: 0,
    refusals: 0,
  };
}

/** Inserts an attempt in order of time. */
export function insertAttempt(attempts: Attempts, client: RefusedClient, attempt: Attempt): void {
  attempts.insert(client, attempt);
  if (attempt.kind === "success") client.wasServed = true;
}

/** Inserts an attempt whose fields `packFields()` has packed. */
export function insertPacked(
  attempts: Attempts,
  client: RefusedClient,
  position: Pick<Attempt, "atMs" | "fileKey" | "offset">,
  packedFields: number,
  arrivedAtMs: number,
): void {
  attempts.insertPacked(client, position, packedFields, arrivedAtMs);
  if (isPackedSuccess(packedFields)) client.wasServed = true;
}

/** Removes the attempt at that position, because its request belongs to another client or is of another kind. True when it was found. */
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

/** The client that a scanner has watched, as it would be if it had been followed. */
export function followedOf(attempts: Attempts, watched: WatchedClient, rules: DetectionRules): RefusedClient {
  const client = newRefusedClient(watched.key, watched.pool, watched.identity);
  client.servedBefore = watched.servedBefore;
  client.order = watched.order;
  attempts.appendColumns(client, watched.attempts, watched.count);
  client.wasServed = watched.wasServed;
  for (let index = 0; index < watched.finalCount; index++) fold(attempts, client, { rules, loops: [] });
  return client;
}

/** The loops of a client at `nowMs` (Unix ms) that are not final: ended ones first, then the open one. */
export function loopsOf(
  attempts: Attempts,
  client: RefusedClient,
  { nowMs, rules }: { readonly nowMs: number; readonly rules: DetectionRules },
): RefusalRun[] {
  const loops: RefusalRun[] = [];
  const point = { base: client.base, servedBefore: client.servedBefore };
  for (let slot = client.first; slot !== NO_ENTRY;) slot = passSome(attempts, slot, { point, rules, loops });
  const { state, ended } = runAt(point.base, nowMs, rules.loop);
  const last = ended ?? openLoopOf(state);
  if (last !== null) loops.push(last);
  return loops;
}

/** Time (Unix ms) of the client's first refusal that may still be part of a loop; undefined when there is none. */
export function firstRefusalMs(attempts: Attempts, client: RefusedClient): number | undefined {
  if (client.base !== null || client.refusals === 0) return startOf(client.base);
  let slot = client.first;
  while (slot !== NO_ENTRY && !attempts.isRefused(slot)) slot = attempts.next(slot);
  return attempts.atMs(slot);
}

/** Up to where attempts are final (see `Horizon`), and the rules. */
export interface Finalising extends Omit<Passing, "loops"> {
  readonly horizon: {
    readonly arrivedBeforeMs: number;
    readonly completeToMs: number;
    readonly longAgoMs: number;
    readonly silentToMs: number;
  };
}

/** False when `finaliseRuns()` would change nothing, which most clients need at most steps of the clock. */
export function hasFinal(attempts: Attempts, client: RefusedClient, { horizon, rules }: Finalising): boolean {
  if (client.first !== NO_ENTRY)
    return isFinal(attempts, client.first, horizon) || client.count > mostAttempts(attempts);
  return client.base !== null && isSilent(client.base, horizon.silentToMs, rules.loop);
}

/** Moves final attempts from the start of the list into `base`, up to the first one that is not final. Returns the loops that ended. */
export function finaliseRuns(
  attempts: Attempts,
  client: RefusedClient,
  { horizon, rules, shortRuns = [] }: Finalising,
): readonly RefusalRun[] {
  const most = mostAttempts(attempts);
  const loops: RefusalRun[] = [];
  const passing = { point: client, horizon, rules, loops, shortRuns };
  while (client.first !== NO_ENTRY && isFinal(attempts, client.first, horizon)) {
    const next = passSome(attempts, client.first, passing);
    while (client.first !== next) attempts.remove(client, client.first);
  }
  while (client.count > most) fold(attempts, client, passing);
  if (client.count === 0) {
    const { state, ended } = runAt(client.base, horizon.silentToMs, rules.loop);
    if (ended !== null) loops.push(ended);
    client.base = state;
  }
  return loops;
}

function mostAttempts({ size }: Attempts): number {
  return size > MANY_ATTEMPTS ? MAX_ATTEMPTS_AMONG_MANY : MAX_ATTEMPTS;
}

function isFinal(attempts: Attempts, slot: number, horizon: Finalising["horizon"]): boolean {
  const arrivedAtMs = attempts.arrivedAtMs(slot);
  if (arrivedAtMs > horizon.arrivedBeforeMs) return false;
  return arrivedAtMs <= horizon.longAgoMs || attempts.atMs(slot) < horizon.completeToMs;
}

interface Passing {
  readonly rules: DetectionRules;
  /** Receives the loops that ended. */
  readonly loops: RefusalRun[];
  /** Receives the runs that a success ended before they became loops. */
  readonly shortRuns?: RefusalRun[];
}

function fold(attempts: Attempts, client: RefusedClient, passing: Passing): void {
  pass(attempts, client.first, client, passing);
  attempts.remove(client, client.first);
}

interface PassingMany extends Passing {
  readonly point: Pick<RefusedClient, "base" | "servedBefore">;
  /** Only attempts that are final by it; absent: all. */
  readonly horizon?: Finalising["horizon"];
}

/** Applies the attempt in `slot` to the state, and with it refusals that only extend the same run. Returns the slot of the next one. */
function passSome(attempts: Attempts, slot: number, passing: PassingMany): number {
  const { point, rules, horizon } = passing;
  const fields = attempts.packedFields(slot);
  let [last, count, lastMs] = [slot, 0, point.base?.refusals?.lastRefusalMs ?? 0];
  const untilMs = isPackedRefusal(fields) ? extendsUntil(point.base, rules) : -Infinity;
  for (let one = slot; one !== NO_ENTRY && attempts.packedFields(one) === fields; one = attempts.next(one)) {
    const atMs = attempts.atMs(one);
    if (atMs > untilMs || atMs - lastMs > rules.loop.gapMs || atMs - lastMs >= rules.loop.idleMs) break;
    if (horizon !== undefined && !isFinal(attempts, one, horizon)) break;
    [last, count, lastMs] = [one, count + 1, atMs];
  }
  if (count > 1) point.base = stepRefusals(point.base, { last: attempts.entry(last), count }, rules);
  else pass(attempts, slot, point, passing);
  return attempts.next(last);
}

/** Applies the attempt in `slot` to the state in `point`. */
function pass(
  attempts: Attempts,
  slot: number,
  point: Pick<RefusedClient, "base" | "servedBefore">,
  { rules, loops, shortRuns }: Passing,
): void {
  // Without an open run, only a refusal or a challenge changes the state.
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

/** True when it has no refusal left. Its successes are also in `RecentSuccesses`. */
export function hasNoRefusal(client: RefusedClient): boolean {
  return client.base === null && client.refusals === 0;
}

/** True when it has neither attempts nor an open run. */
export function isSpent(client: RefusedClient): boolean {
  return client.base === null && client.count === 0;
}

/** The client as plain data, for the state record. */
export function recordOf(
  attempts: Attempts,
  { key, pool, identity, wasServed, base, servedBefore, ...list }: RefusedClient,
): RefusedClientRecord {
  const kept: Attempt[] = [];
  for (let slot = list.first; slot !== NO_ENTRY; slot = attempts.next(slot)) kept.push(attempts.entry(slot));
  return { key, pool, identity, wasServed, base, servedBefore, attempts: kept };
}

/** Restores a client, and adds its attempts to `attempts`. */
export function refusedClientOf(attempts: Attempts, record: RefusedClientRecord): RefusedClient {
  const client = newRefusedClient(record.key, record.pool, record.identity);
  for (const attempt of record.attempts) attempts.insert(client, attempt);
  client.wasServed = record.wasServed;
  client.servedBefore = record.servedBefore;
  client.base = record.base;
  return client;
}
