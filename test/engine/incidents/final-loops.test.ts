import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareLoops, incidentsInOrder, incidentsOf } from "../../../src/detectors/incident.ts";
import type { RefusalRun } from "../../../src/detectors/loop.ts";
import { bookLoop, FinalLoops, merged, type BookLoop } from "../../../src/engine/incidents/final-loops.ts";
import { DEFAULT_RULES } from "../../../src/model/rules.ts";

const MINUTE_MS = 60_000;
const rules = DEFAULT_RULES.incident;

interface Sketch {
  readonly client: number;
  readonly startMinute: number;
  readonly minutes: number;
  readonly outcome: "recovered" | "unresolved" | null;
  readonly isProven: boolean;
  readonly wasServed: boolean;
}

function runOf({ startMinute, minutes, outcome, isProven, wasServed }: Sketch): RefusalRun {
  const startMs = startMinute * MINUTE_MS;
  const lastRefusalMs = startMs + minutes * MINUTE_MS;
  return {
    startMs,
    lastRefusalMs,
    outcome,
    endMs: outcome === "recovered" ? lastRefusalMs + 5_000 : lastRefusalMs,
    rejections: 10,
    backEndRejections: 0,
    categories: isProven ? { invalid_signature: 10 } : { suspected: 10 },
    protocol: "ews",
    isLoop: true,
    servedBefore: wasServed,
    early: minutes > 240 ? { rejections: 4, lastRefusalMs: startMs + 230 * MINUTE_MS, isProven } : null,
  };
}

const sketch: fc.Arbitrary<Sketch> = fc.record({
  client: fc.integer({ min: 1, max: 6 }),
  startMinute: fc.integer({ min: 0, max: 90 }),
  minutes: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(300)),
  outcome: fc.constantFrom("recovered", "unresolved"),
  isProven: fc.boolean(),
  wasServed: fc.boolean(),
});

/** Reference implementation: creates all loops again and sorts them. */
function plain(sketches: readonly (readonly [Sketch, RefusalRun])[], chronicMs: number): BookLoop[] {
  return sketches.map(([one, span]) =>
    bookLoop(one.client, span, { wasServed: one.wasServed, isFinal: true, nowMs: 0, chronicMs }),
  );
}

describe("FinalLoops", () => {
  test("contain the same loops in the same order, and give the same incidents, as if all were sorted again", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(sketch, { maxLength: 12 }), fc.boolean(), fc.boolean()), { maxLength: 6 }),
        (steps) => {
          const loops = new FinalLoops();
          let known: (readonly [Sketch, RefusalRun])[] = [];
          let chronicMs = rules.chronicMs;
          for (const [sketches, removes, changesRule] of steps) {
            for (const one of sketches) {
              const span = runOf(one);
              known.push([one, span]);
              loops.add({ clientKey: one.client, client: one.client, wasServed: one.wasServed, span });
            }
            if (removes) {
              const gone = new Set(known.filter((_, index) => index % 3 === 0).map(([, span]) => span));
              known = known.filter(([, span]) => !gone.has(span));
              loops.remove(gone);
            }
            if (changesRule) chronicMs = chronicMs === rules.chronicMs ? 2 * 3_600_000 : rules.chronicMs;
            const wanted = plain(known, chronicMs).sort(compareLoops);
            expect(loops.ordered(chronicMs)).toEqual(wanted);
            expect(loops.size).toBe(known.length);
            expect(loops.values().map(({ span }) => span)).toEqual(known.map(([, span]) => span));
            const { spans, outside } = incidentsInOrder(loops.ordered(chronicMs), rules);
            expect(spans).toEqual(incidentsOf(plain(known, chronicMs), rules));
            const inside = new Set(spans.flatMap((span) => span.loops));
            expect(new Set(outside)).toEqual(new Set(loops.ordered(chronicMs).filter((loop) => !inside.has(loop))));
          }
        },
      ),
    );
  });

  test("form all incidents that no other loop touches, and leave out the loops that belong to no incident", () => {
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 14 }), fc.array(sketch, { maxLength: 6 }), (final, open) => {
        const [first, second] = [final, open].map((all) =>
          plain(
            all.map((one) => [one, runOf(one)] as const),
            rules.chronicMs,
          ).sort(compareLoops),
        );
        const alone = incidentsInOrder(first ?? [], rules);
        const all = incidentsInOrder(merged(first ?? [], second ?? []), rules);
        const isOpen = new Set<BookLoop>(second);
        const untouched = all.spans.filter((span) => span.loops.every((loop) => !isOpen.has(loop)));
        for (const span of untouched) expect(alone.spans).toContainEqual(span);
        const outside = new Set(alone.outside);
        for (const loop of all.outside) if (!isOpen.has(loop)) expect(outside.has(loop)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("come first if a loop that is not final is equal", () => {
    fc.assert(
      fc.property(fc.array(sketch), fc.array(sketch), (final, open) => {
        const [first, second] = [final, open].map((all) =>
          plain(
            all.map((one) => [one, runOf(one)] as const),
            1,
          ),
        );
        const wanted = [...(first ?? []), ...(second ?? [])].sort(compareLoops);
        expect(merged((first ?? []).sort(compareLoops), (second ?? []).sort(compareLoops))).toEqual(wanted);
      }),
    );
  });
});
