import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { incidentsOf, type IncidentLoop } from "../../src/detectors/incident.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";

const MINUTE = 60_000;
const rules = DEFAULT_RULES.incident;

/** From the minute `start` to the minute `end`. */
function loop(client: number, start: number, end: number): IncidentLoop {
  return {
    client,
    startMs: start * MINUTE,
    endMs: end * MINUTE,
    lastRefusalMs: end * MINUTE,
    isRecovered: false,
  };
}

/** Served a tenth of a minute after its last refusal. */
function recovered(one: IncidentLoop): IncidentLoop {
  return { ...one, lastRefusalMs: one.endMs - 0.1 * MINUTE, isRecovered: true };
}

function spans(loops: IncidentLoop[]): [number, number, number][] {
  return incidentsOf(loops, rules).map((span) => [span.startMs / MINUTE, span.endMs / MINUTE, span.loops.length]);
}

describe("incidentsOf()", () => {
  const cases: { name: string; loops: IncidentLoop[]; want: [number, number, number][] }[] = [
    { name: "three clients at once", loops: [loop(1, 0, 5), loop(2, 1, 6), loop(3, 2, 7)], want: [[0, 7, 3]] },
    { name: "two clients are none", loops: [loop(1, 0, 5), loop(2, 1, 6)], want: [] },
    {
      name: "two clients with two loops each are not an incident",
      loops: [loop(1, 0, 5), loop(2, 0, 6), loop(1, 5.5, 8), loop(2, 6.5, 8)],
      want: [],
    },
    { name: "three that never overlap are none", loops: [loop(1, 0, 1), loop(2, 2, 3), loop(3, 4, 5)], want: [] },
    {
      name: "a loop that ended before is not part of it",
      loops: [loop(9, 0, 1), loop(1, 2, 5), loop(2, 3, 6), loop(3, 4, 7)],
      want: [[2, 7, 3]],
    },
    {
      name: "a loop within the quiet time continues it",
      loops: [loop(1, 0, 5), loop(2, 1, 6), loop(3, 2, 7), loop(4, 11.9, 14)],
      want: [[0, 14, 4]],
    },
    {
      name: "five quiet minutes end it",
      loops: [loop(1, 0, 5), loop(2, 1, 6), loop(3, 2, 7), loop(4, 12, 14)],
      want: [[0, 7, 3]],
    },
    {
      name: "one recovers at the moment when the third starts",
      loops: [recovered(loop(1, 0, 2)), loop(2, 1, 6), loop(3, 2, 7)],
      want: [],
    },
    {
      name: "its end is the last rejection, not the recovery",
      loops: [recovered(loop(1, 0, 5)), recovered(loop(2, 1, 6)), recovered(loop(3, 2, 7))],
      want: [[0, 6.9, 3]],
    },
    {
      name: "two incidents of one pool",
      loops: [loop(1, 0, 5), loop(2, 0, 5), loop(3, 0, 5), loop(1, 30, 35), loop(2, 30, 35), loop(3, 30, 35)],
      want: [
        [0, 5, 3],
        [30, 35, 3],
      ],
    },
  ];
  test.each(cases)("$name", ({ loops, want }) => {
    expect(spans(loops)).toEqual(want);
  });

  test("any order of loops gives the same incidents", () => {
    const any = fc.array(
      fc.record({
        client: fc.integer({ min: 1, max: 6 }),
        start: fc.integer({ min: 0, max: 60 }),
        length: fc.integer({ min: 1, max: 10 }),
        ok: fc.boolean(),
      }),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(any, fc.infiniteStream(fc.nat()), (list, order) => {
        const loops = list.map(({ client, start, length, ok }) =>
          ok ? recovered(loop(client, start, start + length)) : loop(client, start, start + length),
        );
        const shuffled = loops
          .map((one) => ({ one, at: order.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(spans(shuffled)).toEqual(spans(loops));
      }),
    );
  });
});
