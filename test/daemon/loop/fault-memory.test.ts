import { expect, test } from "@jest/globals";
import { FaultMemory } from "../../../src/daemon/loop/fault-memory.ts";

const HOUR_MS = 3_600_000;

test("a fault that recurs at every try is new only once, with any number of other faults", () => {
  const memory = new FaultMemory(HOUR_MS);
  const timesNew = new Map<string, number>();
  for (let tries = 0; tries < 60; tries++)
    for (let file = 0; file < 500; file++) {
      const fault = `EX01/u_ex${String(file)}.log permission denied`;
      if (memory.isNew(fault, tries * 1_000)) timesNew.set(fault, (timesNew.get(fault) ?? 0) + 1);
    }
  expect([timesNew.size, new Set(timesNew.values())]).toEqual([500, new Set([1])]);
});

test("a fault that did not occur for the whole period is new again", () => {
  const memory = new FaultMemory(HOUR_MS);
  expect(memory.isNew("a", 0)).toBe(true);
  expect(memory.isNew("a", HOUR_MS / 2)).toBe(false);
  expect(memory.isNew("a", 4 * HOUR_MS)).toBe(true);
});
