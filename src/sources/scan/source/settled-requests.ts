/**
 * Requests that were counted and of which one row of IIS is known, as src/engine/requests/settled-requests.ts keeps them. This side looks
 * them up, adds some and forgets the oldest.
 */
import { SETTLED, SETTLED_BYTES, SETTLED_FIRST, SETTLED_NEXT, SETTLED_ROOM, SETTLED_SIZE, SETTLED_SLOTS } from "./memory";

/** As in src/engine/requests/settled-requests.ts. */
// @ts-ignore: decorator
@inline const MAX_STEPS: u32 = 64;

// @ts-ignore: decorator
@inline
function recordAt(number: u32): usize {
  return SETTLED + <usize>(number & (<u32>load<f64>(SETTLED_ROOM) - 1)) * SETTLED_BYTES;
}

export function hasRoomForSettled(): bool {
  return load<f64>(SETTLED_NEXT) - load<f64>(SETTLED_FIRST) < load<f64>(SETTLED_ROOM);
}

/** Slot of the key, or the one that it would get; -1 when that is too far from the one that it wants, or when there are no slots. */
export function settledSlotOf(key: f64): i32 {
  if (load<f64>(SETTLED_ROOM) == 0) return -1;
  const mask = 2 * <u32>load<f64>(SETTLED_ROOM) - 1;
  let slot = <u32><u64>key & mask;
  for (let step: u32 = 0; step < MAX_STEPS; step++) {
    const number = load<u32>(SETTLED_SLOTS + (<usize>slot << 2));
    if (number == 0 || load<f64>(recordAt(number - 1)) == key) return <i32>slot;
    slot = (slot + 1) & mask;
  }
  return -1;
}

/** Index of the server whose request has that slot; -1 when it is free. */
export function serverOfSettled(slot: i32): f64 {
  const number = load<u32>(SETTLED_SLOTS + (<usize>slot << 2));
  return number == 0 ? -1 : load<f64>(recordAt(number - 1), 8);
}

/** Gives the slot, which is free, to a request of that key. Returns the address of its record, of which only the key is written. */
export function addSettled(slot: i32, key: f64): usize {
  const number = load<f64>(SETTLED_NEXT);
  const record = recordAt(<u32><u64>number);
  store<f64>(record, key);
  store<f64>(SETTLED_NEXT, number + 1);
  store<f64>(SETTLED_SIZE, load<f64>(SETTLED_SIZE) + 1);
  store<u32>(SETTLED_SLOTS + (<usize>slot << 2), <u32><u64>number + 1);
  return record;
}

/** Removes the oldest requests, up to the first one that arrived after `arrivedBefore`. */
export function expireSettled(arrivedBefore: f64): void {
  const next = load<f64>(SETTLED_NEXT);
  let first = load<f64>(SETTLED_FIRST);
  while (first < next) {
    const record = recordAt(<u32><u64>first);
    if (load<f64>(record) != 0) {
      if (load<f64>(record, 16) > arrivedBefore) break;
      removeSettled(record);
    }
    first += 1;
  }
  store<f64>(SETTLED_FIRST, first);
}

/** Removes the record, and moves the entries behind its slot so that none is cut off from the slot that it wants. */
function removeSettled(record: usize): void {
  const mask = 2 * <u32>load<f64>(SETTLED_ROOM) - 1;
  let gap = <u32>settledSlotOf(load<f64>(record));
  store<f64>(record, 0);
  store<f64>(SETTLED_SIZE, load<f64>(SETTLED_SIZE) - 1);
  store<u32>(SETTLED_SLOTS + (<usize>gap << 2), 0);
  for (let slot = (gap + 1) & mask; ; slot = (slot + 1) & mask) {
    const number = load<u32>(SETTLED_SLOTS + (<usize>slot << 2));
    if (number == 0) return;
    const wanted = <u32><u64>load<f64>(recordAt(number - 1)) & mask;
    if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
    store<u32>(SETTLED_SLOTS + (<usize>gap << 2), number);
    store<u32>(SETTLED_SLOTS + (<usize>slot << 2), 0);
    gap = slot;
  }
}
