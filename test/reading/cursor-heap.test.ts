import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CursorHeap } from "../../src/reading/cursor-heap.ts";

describe("CursorHeap", () => {
  test("returns cursors by key, then by rank, in any order of pushes and pops", () => {
    const cursor = fc.record({ key: fc.integer({ min: 0, max: 5 }), rank: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(fc.array(fc.option(cursor), { maxLength: 60 }), (steps) => {
        const heap = new CursorHeap<{ key: number; rank: string }>();
        const model: { key: number; rank: string }[] = [];
        for (const step of steps) {
          if (step !== null) {
            heap.push(step);
            model.push(step);
            model.sort((a, b) => a.key - b.key || (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
          }
          expect(heap.peek()).toEqual(model[0]);
          if (step === null) expect(heap.pop()).toEqual(model.shift());
          expect(heap.size).toBe(model.length);
        }
      }),
    );
  });
});
