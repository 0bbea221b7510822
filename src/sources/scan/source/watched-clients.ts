/**
 * Clients that were refused a few times and are not followed by the engine: most of them only ask for a token and are served with it. Their
 * attempts are kept here as the engine would keep them (src/engine/clients), and it takes a client over as soon as its refusals matter.
 */
import {
  ATTEMPT_BYTES,
  ATTEMPTS,
  CLIENT_BYTES,
  CLIENT_MASK,
  CLIENT_ORDER,
  CLIENT_SLOTS,
  CLIENTS,
  FOLLOWED,
  IDLE_MS,
  LISTED,
  MAX_ATTEMPTS,
  MAX_REFUSALS,
  MAX_WATCHED_NOW,
  PENDING,
  RIPE,
  RIPE_COUNT,
  WATCHED_COUNT,
} from "./memory";

// Fields of a client. Attempts are numbered from 1; 0 is none.
// @ts-ignore: decorator
@inline const IDENTITY: usize = 8;
// @ts-ignore: decorator
@inline const POOL: usize = 16;
/** Time of the last final attempt of an open run. */
// @ts-ignore: decorator
@inline const LAST_AT: usize = 24;
// @ts-ignore: decorator
@inline const ORDER: usize = 32;
// @ts-ignore: decorator
@inline const FIRST: usize = 40;
// @ts-ignore: decorator
@inline const LAST: usize = 44;
/** Attempts that are not final, and how many of them are refusals or challenges. */
// @ts-ignore: decorator
@inline const COUNT: usize = 48;
// @ts-ignore: decorator
@inline const REFUSALS: usize = 52;
/** The final attempts of the open run are the first ones of the list: the last of them, their number, and the refusals among them. */
// @ts-ignore: decorator
@inline const FINAL_LAST: usize = 56;
// @ts-ignore: decorator
@inline const FINAL_COUNT: usize = 60;
// @ts-ignore: decorator
@inline const FINAL_REFUSALS: usize = 64;
// @ts-ignore: decorator
@inline const FLAGS: usize = 68;
// @ts-ignore: decorator
@inline const WAS_SERVED: u32 = 1;
// @ts-ignore: decorator
@inline const SERVED_BEFORE: u32 = 2;
// @ts-ignore: decorator
@inline const IS_OPEN: u32 = 4;
// @ts-ignore: decorator
@inline const IS_PENDING: u32 = 8;

// Fields of an attempt.
// @ts-ignore: decorator
@inline const FILE_KEY: usize = 8;
// @ts-ignore: decorator
@inline const OFFSET: usize = 16;
// @ts-ignore: decorator
@inline const ARRIVED_AT: usize = 24;
// @ts-ignore: decorator
@inline const FIELDS: usize = 32;
// @ts-ignore: decorator
@inline const NEXT: usize = 36;
// @ts-ignore: decorator
@inline const BEFORE: usize = 40;

/** A client with more attempts is handed over. */
// @ts-ignore: decorator
@inline const MAX_OWN_ATTEMPTS: i32 = 250;
// @ts-ignore: decorator
@inline const MAX_FINAL: i32 = 64;
/** A client that wants a slot further from the one that it should have is left to the engine. */
// @ts-ignore: decorator
@inline const MAX_STEPS: u32 = 64;

// Packed fields of an attempt, as in src/engine/clients/attempts.ts.
// @ts-ignore: decorator
@inline const SUCCESS: u32 = 2;

let usedAttempts: i32 = 0;
let freeAttempt: i32 = 0;
let takenAttempts: i32 = 0;
let pendingCount: i32 = 0;

// @ts-ignore: decorator
@inline
function clientAt(index: i32): usize {
  return CLIENTS + <usize>index * CLIENT_BYTES;
}

// @ts-ignore: decorator
@inline
function attemptAt(number: i32): usize {
  return ATTEMPTS + <usize>(number - 1) * ATTEMPT_BYTES;
}

// @ts-ignore: decorator
@inline
function isCountedKind(fields: u32): bool {
  return (fields & 3) < SUCCESS;
}

/** Index of the watched client with that key; -1 when there is none. */
export function watchedIndexOf(key: f64): i32 {
  const slot = slotOf(key);
  return slot < 0 ? -1 : <i32>load<u32>(CLIENT_SLOTS + (<usize>slot << 2)) - 1;
}

/** Slot of the key, or the one that it would get; -1 when that is too far from the one that it wants. */
function slotOf(key: f64): i32 {
  let slot = <u32><u64>key & CLIENT_MASK;
  for (let step: u32 = 0; step < MAX_STEPS; step++) {
    const number = load<u32>(CLIENT_SLOTS + (<usize>slot << 2));
    if (number == 0 || load<f64>(clientAt(<i32>number - 1)) == key) return <i32>slot;
    slot = (slot + 1) & CLIENT_MASK;
  }
  return -1;
}

/** True when the client's rows must be listed until the call ends. */
export function isPending(index: i32): bool {
  return (load<u32>(clientAt(index), FLAGS) & IS_PENDING) != 0;
}

/** Lists all rows of that client until the call ends, because the engine may follow it when it takes this row. */
export function awaitEngine(key: f64): void {
  const low = <usize>(<u32><u64>key & 0xffff);
  const index = load<u8>(FOLLOWED + low) == 0 ? -1 : watchedIndexOf(key);
  if (index >= 0) {
    if (isPending(index)) return;
    setFlag(index, IS_PENDING);
  } else {
    noteFollowed(low, 1);
  }
  store<f64>(PENDING + (<usize>pendingCount << 3), index >= 0 ? key : -key);
  pendingCount += 1;
}

/** The engine has taken the rows of the last call: clients that it does not follow are watched again. */
export function endPending(): void {
  for (let entry = 0; entry < pendingCount; entry++) {
    const key = load<f64>(PENDING + (<usize>entry << 3));
    const index = key < 0 ? -1 : watchedIndexOf(key);
    if (key < 0) noteFollowed(<usize>(<u32><u64>-key & 0xffff), -1);
    else if (index >= 0) store<u32>(clientAt(index), load<u32>(clientAt(index), FLAGS) & ~IS_PENDING, FLAGS);
  }
  pendingCount = 0;
}

// @ts-ignore: decorator
@inline
function setFlag(index: i32, flag: u32): void {
  store<u32>(clientAt(index), load<u32>(clientAt(index), FLAGS) | flag, FLAGS);
}

/** A slot that reaches 255 keeps that value, as in src/engine/clients/refused-clients.ts. */
// @ts-ignore: decorator
@inline
function noteFollowed(low: usize, change: i32): void {
  const count = <i32>load<u8>(FOLLOWED + low);
  if (count < 255) store<u8>(FOLLOWED + low, <u8>(count + change));
}

/** Watches a client from now on. Returns its index; -1 when it cannot. `attempts`: how many it begins with. */
export function watch(key: f64, attempts: i32): i32 {
  const index = load<i32>(WATCHED_COUNT);
  if (index >= load<i32>(MAX_WATCHED_NOW) || MAX_ATTEMPTS - takenAttempts < attempts) return -1;
  const slot = slotOf(key);
  if (slot < 0) return -1;
  const client = clientAt(index);
  memory.fill(client, 0, CLIENT_BYTES);
  store<f64>(client, key);
  const order = load<f64>(CLIENT_ORDER) + 1;
  store<f64>(CLIENT_ORDER, order);
  store<f64>(client, order, ORDER);
  store<u32>(CLIENT_SLOTS + (<usize>slot << 2), <u32>index + 1);
  store<i32>(WATCHED_COUNT, index + 1);
  noteFollowed(<usize>(<u32><u64>key & 0xffff), 1);
  return index;
}

export function describeWatched(index: i32, identity: f64, pool: f64): void {
  store<f64>(clientAt(index), identity, IDENTITY);
  store<f64>(clientAt(index), pool, POOL);
}

/** Inserts an attempt in order of time, then file key, then offset. False when the client has too many. */
export function addAttempt(index: i32, at: f64, fileKey: f64, offset: f64, fields: u32, arrivedAt: f64): bool {
  const client = clientAt(index);
  const count = load<i32>(client, COUNT);
  if (count + load<i32>(client, FINAL_COUNT) >= MAX_OWN_ATTEMPTS) return false;
  let number = freeAttempt;
  if (number != 0) freeAttempt = load<i32>(attemptAt(number), NEXT);
  else {
    if (usedAttempts >= MAX_ATTEMPTS) return false;
    usedAttempts += 1;
    number = usedAttempts;
  }
  takenAttempts += 1;
  const attempt = attemptAt(number);
  store<f64>(attempt, at);
  store<f64>(attempt, fileKey, FILE_KEY);
  store<f64>(attempt, offset, OFFSET);
  store<f64>(attempt, arrivedAt, ARRIVED_AT);
  store<u32>(attempt, fields, FIELDS);
  const finalLast = load<i32>(client, FINAL_LAST);
  let before = load<i32>(client, LAST);
  while (before != finalLast && isAfter(attemptAt(before), attempt)) before = load<i32>(attemptAt(before), BEFORE);
  const next = before == 0 ? load<i32>(client, FIRST) : load<i32>(attemptAt(before), NEXT);
  store<i32>(attempt, before, BEFORE);
  store<i32>(attempt, next, NEXT);
  if (before == 0) store<i32>(client, number, FIRST);
  else store<i32>(attemptAt(before), number, NEXT);
  if (next == 0) store<i32>(client, number, LAST);
  else store<i32>(attemptAt(next), number, BEFORE);
  store<i32>(client, count + 1, COUNT);
  if (isCountedKind(fields)) store<i32>(client, load<i32>(client, REFUSALS) + 1, REFUSALS);
  else if ((fields & 3) == SUCCESS) setFlag(index, WAS_SERVED);
  return true;
}

// @ts-ignore: decorator
@inline
function isAfter(one: usize, other: usize): bool {
  if (load<f64>(one) != load<f64>(other)) return load<f64>(one) > load<f64>(other);
  if (load<f64>(one, FILE_KEY) != load<f64>(other, FILE_KEY)) return load<f64>(one, FILE_KEY) > load<f64>(other, FILE_KEY);
  return load<f64>(one, OFFSET) > load<f64>(other, OFFSET);
}

/**
 * Makes attempts that arrived by `arrivedBefore` final, ends runs of those silent up to `silentTo`, and forgets clients that have no
 * refusal. RIPE gets the keys of those whose refusals may matter from now on: nothing of them was changed if they have MAX_REFUSALS.
 */
export function finaliseWatched(arrivedBefore: f64, silentTo: f64): void {
  let ripe = 0;
  const most = load<i32>(MAX_REFUSALS);
  for (let index = load<i32>(WATCHED_COUNT) - 1; index >= 0; index--) {
    const client = clientAt(index);
    let isRipe = load<i32>(client, REFUSALS) + load<i32>(client, FINAL_REFUSALS) >= most;
    if (!isRipe) {
      const first = nextToFinalise(client);
      if (first != 0 && load<f64>(attemptAt(first), ARRIVED_AT) > arrivedBefore) continue;
      finalise(client, arrivedBefore, silentTo);
      if ((load<u32>(client, FLAGS) & IS_OPEN) == 0 && load<i32>(client, REFUSALS) == 0) {
        forgetWatched(index);
        continue;
      }
      isRipe = load<i32>(client, FINAL_REFUSALS) > 1 || load<i32>(client, FINAL_COUNT) > MAX_FINAL;
    }
    if (!isRipe) continue;
    store<f64>(RIPE + (<usize>ripe << 3), load<f64>(client));
    ripe += 1;
  }
  store<i32>(RIPE_COUNT, ripe);
}

// @ts-ignore: decorator
@inline
function nextToFinalise(client: usize): i32 {
  const last = load<i32>(client, FINAL_LAST);
  return last == 0 ? load<i32>(client, FIRST) : load<i32>(attemptAt(last), NEXT);
}

/** As `finaliseRuns()` of src/engine/clients/refused-client.ts, for runs too short for a loop. */
function finalise(client: usize, arrivedBefore: f64, silentTo: f64): void {
  const idle = load<f64>(IDLE_MS);
  let flags = load<u32>(client, FLAGS);
  let lastAt = load<f64>(client, LAST_AT);
  for (let number = nextToFinalise(client); number != 0; number = nextToFinalise(client)) {
    const attempt = attemptAt(number);
    if (load<f64>(attempt, ARRIVED_AT) > arrivedBefore) break;
    const at = load<f64>(attempt);
    const fields = load<u32>(attempt, FIELDS);
    store<i32>(client, load<i32>(client, COUNT) - 1, COUNT);
    if ((flags & IS_OPEN) != 0 && at - lastAt >= idle) {
      flags &= ~IS_OPEN;
      dropFinal(client);
    }
    store<i32>(client, number, FINAL_LAST);
    store<i32>(client, load<i32>(client, FINAL_COUNT) + 1, FINAL_COUNT);
    if (isCountedKind(fields)) {
      store<i32>(client, load<i32>(client, REFUSALS) - 1, REFUSALS);
      store<i32>(client, load<i32>(client, FINAL_REFUSALS) + 1, FINAL_REFUSALS);
      flags |= IS_OPEN;
      lastAt = at;
    } else if ((fields & 3) == SUCCESS) {
      flags = (flags | SERVED_BEFORE) & ~IS_OPEN;
      dropFinal(client);
    } else if ((flags & IS_OPEN) != 0) lastAt = at;
    else dropFinal(client);
  }
  if (load<i32>(client, COUNT) == 0 && (flags & IS_OPEN) != 0 && silentTo - lastAt >= idle) {
    flags &= ~IS_OPEN;
    dropFinal(client);
  }
  store<u32>(client, flags, FLAGS);
  store<f64>(client, lastAt, LAST_AT);
}

/** Removes the final attempts of the list. */
function dropFinal(client: usize): void {
  const last = load<i32>(client, FINAL_LAST);
  if (last == 0) return;
  const next = load<i32>(attemptAt(last), NEXT);
  freeAttempts(load<i32>(client, FIRST), last, load<i32>(client, FINAL_COUNT));
  store<i32>(client, next, FIRST);
  if (next == 0) store<i32>(client, 0, LAST);
  else store<i32>(attemptAt(next), 0, BEFORE);
  store<i32>(client, 0, FINAL_LAST);
  store<i32>(client, 0, FINAL_COUNT);
  store<i32>(client, 0, FINAL_REFUSALS);
}

// @ts-ignore: decorator
@inline
function freeAttempts(first: i32, last: i32, count: i32): void {
  store<i32>(attemptAt(last), freeAttempt, NEXT);
  freeAttempt = first;
  takenAttempts -= count;
}

/** Removes the client. The last one takes its place. */
export function forgetWatched(index: i32): void {
  const client = clientAt(index);
  const first = load<i32>(client, FIRST);
  if (first != 0) freeAttempts(first, load<i32>(client, LAST), load<i32>(client, COUNT) + load<i32>(client, FINAL_COUNT));
  const key = load<f64>(client);
  noteFollowed(<usize>(<u32><u64>key & 0xffff), -1);
  removeSlot(<u32>slotOf(key));
  const last = load<i32>(WATCHED_COUNT) - 1;
  store<i32>(WATCHED_COUNT, last);
  if (index == last) return;
  const slot = slotOf(load<f64>(clientAt(last)));
  memory.copy(client, clientAt(last), CLIENT_BYTES);
  store<u32>(CLIENT_SLOTS + (<usize>slot << 2), <u32>index + 1);
}

/** Frees a slot, and moves the entries behind it so that none is cut off from the slot that it wants. */
function removeSlot(from: u32): void {
  let gap = from;
  store<u32>(CLIENT_SLOTS + (<usize>gap << 2), 0);
  for (let slot = (gap + 1) & CLIENT_MASK; ; slot = (slot + 1) & CLIENT_MASK) {
    const number = load<u32>(CLIENT_SLOTS + (<usize>slot << 2));
    if (number == 0) return;
    const wanted = <u32><u64>load<f64>(clientAt(<i32>number - 1)) & CLIENT_MASK;
    if (((slot - wanted) & CLIENT_MASK) < ((slot - gap) & CLIENT_MASK)) continue;
    store<u32>(CLIENT_SLOTS + (<usize>gap << 2), number);
    store<u32>(CLIENT_SLOTS + (<usize>slot << 2), 0);
    gap = slot;
  }
}

/** Writes the client's attempts to LISTED. Returns their number. */
export function listAttempts(index: i32): i32 {
  let count = 0;
  for (let number = load<i32>(clientAt(index), FIRST); number != 0; number = load<i32>(attemptAt(number), NEXT)) {
    const attempt = attemptAt(number);
    const listed = LISTED + <usize>count * 40;
    store<f64>(listed, load<f64>(attempt));
    store<f64>(listed, load<f64>(attempt, FILE_KEY), 8);
    store<f64>(listed, load<f64>(attempt, OFFSET), 16);
    store<f64>(listed, load<f64>(attempt, ARRIVED_AT), 24);
    store<f64>(listed, <f64>load<u32>(attempt, FIELDS), 32);
    count += 1;
  }
  return count;
}

/** Time of the first refusal of the pool's watched clients that may still be part of a loop; Infinity when there is none. */
export function earliestRefusal(pool: f64): f64 {
  let earliest = Infinity;
  for (let index = load<i32>(WATCHED_COUNT) - 1; index >= 0; index--) {
    const client = clientAt(index);
    if (load<f64>(client, POOL) != pool) continue;
    for (let number = load<i32>(client, FIRST); number != 0; number = load<i32>(attemptAt(number), NEXT)) {
      if (!isCountedKind(load<u32>(attemptAt(number), FIELDS))) continue;
      if (load<f64>(attemptAt(number)) < earliest) earliest = load<f64>(attemptAt(number));
      break;
    }
  }
  return earliest;
}
