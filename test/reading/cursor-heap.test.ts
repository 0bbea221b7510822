import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CursorHeap } from "../../src/reading/cursor-heap.ts";

interface Ranked {
  readonly key: number;
  readonly rank: string;
}

function byRank(a: Ranked, b: Ranked): number {
  return a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0;
}

describe("CursorHeap", () => {
  test.each([
    {
      what: "by key, then by rank",
      given: undefined,
      compare: (a: Ranked, b: Ranked) => a.key - b.key || byRank(a, b),
    },
    {
      what: "by another order",
      given: (a: Ranked, b: Ranked) => a.key >> 1 < b.key >> 1 || (a.key >> 1 === b.key >> 1 && a.rank < b.rank),
      compare: (a: Ranked, b: Ranked) => (a.key >> 1) - (b.key >> 1) || byRank(a, b),
    },
  ])("returns cursors $what, in any order of pushes and pops", ({ given, compare }) => {
    const cursor = fc.record({ key: fc.integer({ min: 0, max: 5 }), rank: fc.constantFrom("a", "b", "c") });
    fc.assert(
      fc.property(fc.array(fc.option(cursor), { maxLength: 60 }), (steps) => {
        const heap = new CursorHeap<Ranked>(given);
        const model: Ranked[] = [];
        for (const step of steps) {
          if (step !== null) {
            heap.push(step);
            model.push(step);
            model.sort(compare);
          }
          const [first] = model;
          // Of equal cursors either may come first.
          const taken = step === null ? heap.pop() : heap.peek();
          expect(taken === undefined || first === undefined ? taken === first : compare(taken, first) === 0).toBe(true);
          if (step === null && taken !== undefined) model.splice(model.indexOf(taken), 1);
          expect(heap.size).toBe(model.length);
        }
      }),
    );
  });
});
