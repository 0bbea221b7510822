import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { openSnapshotLooks, type SnapshotLooks } from "../../src/collectors/snapshot-looks.ts";
import type { SnapshotFolder } from "../../src/exchange/snapshot-folder.ts";
import { openLogger } from "../../src/logging/open-logger.ts";
import { clockOf } from "../model/test-clock.ts";

const logger = openLogger({ level: "error", format: "json", output: null, file: null });

let nowMs = 0;
let answer: () => void = () => undefined;

/** A folder whose answer the test releases. */
function slowFolder(): SnapshotLooks {
  const folder: SnapshotFolder = {
    readNew: () =>
      new Promise((resolve) => {
        answer = () => {
          resolve({ snapshots: [], faults: [] });
        };
      }),
  };
  return openSnapshotLooks({
    folder,
    logger,
    clock: clockOf(() => nowMs),
    onSnapshot: () => undefined,
  });
}

/** Whether the read has returned after `ms` milliseconds. */
async function hasReturned(look: Promise<void>, ms: number): Promise<boolean> {
  let isOver = false;
  void look.then(() => (isOver = true));
  await jest.advanceTimersByTimeAsync(ms);
  return isOver;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe("openSnapshotLooks()", () => {
  test("waits ten seconds for the first read, because the logs that are read next need its evidence", async () => {
    const looks = slowFolder();
    const first = looks.lookIfDue();
    expect(await hasReturned(first, 9_900)).toBe(false);
    answer();
    expect(await hasReturned(first, 0)).toBe(true);
    expect(looks.silentSinceMs()).toBeNull();
  });

  test("goes on without a folder that does not answer, and waits two seconds for later reads", async () => {
    const looks = slowFolder();
    expect(await hasReturned(looks.lookIfDue(), 10_000)).toBe(true);
    expect(looks.silentSinceMs()).toBe(0);
    nowMs = 20_000;
    expect(await hasReturned(looks.lookIfDue(), 0)).toBe(true);
    answer();
    await jest.advanceTimersByTimeAsync(0);
    expect(looks.silentSinceMs()).toBeNull();
    nowMs = 40_000;
    const later = looks.lookIfDue();
    expect(await hasReturned(later, 1_900)).toBe(false);
    expect(await hasReturned(later, 200)).toBe(true);
  });
});
