import { setFlagsFromString } from "node:v8";

/**
 * Space for young objects, MiB. Reading logs fills it hundreds of times, and each time the objects in use are copied: with 2 MiB, two and a
 * half times as often as with 4. More than 4 makes this program no faster.
 */
const YOUNG_MIB = 4;

/**
 * Lets the space for young objects grow from 1 MiB to its size in one step, the first time that it is full, which is while the program
 * starts. Only for `analyze`. Call it before anything else.
 */
export function sizeYoungSpace(args: readonly string[]): void {
  if (args[0] === "analyze") setFlagsFromString(`--semi-space-growth-factor=${YOUNG_MIB}`);
}

/**
 * Keeps the heap close to the size of the live data. With many short-lived rows, V8 enlarges the space of young objects up to three times
 * 16 MiB, and lets the old space grow to a multiple before it collects; neither makes this program faster. Applies to the whole process.
 * Threads that start later have the full space for young objects at once.
 */
export function limitHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString(`--min-semi-space-size=${YOUNG_MIB}`);
  setFlagsFromString("--heap-growing-percent=30");
}

/**
 * Lets the heap grow to twice the size of the live data before all of it is collected, until `limitHeap()` is called again: half as many
 * collections while a daemon reads the logs that exist.
 */
export function relaxHeap(): void {
  setFlagsFromString("--heap-growing-percent=100");
}
