import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareEntries } from "../../../src/detectors/loop.ts";
import { insertEntry, newTrack, recordOf, removeEntry, trackOf } from "../../../src/engine/clients/client-tracks.ts";
import { TrackEntries, type TrackEntry } from "../../../src/engine/clients/track-entries.ts";
import { CATEGORIES, PROTOCOLS } from "../../../src/model/label-values.ts";

const entry: fc.Arbitrary<TrackEntry> = fc.record({
  atMs: fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_009 }),
  fileKey: fc.constantFrom(2 ** 52 - 1, 7),
  offset: fc.nat({ max: 5_000_000_000 }),
  kind: fc.constantFrom("refused" as const, "success" as const, "other" as const),
  category: fc.constantFrom(null, ...CATEGORIES),
  isBackEnd: fc.boolean(),
  protocol: fc.constantFrom(...PROTOCOLS),
  takenAtMs: fc.constantFrom(0, Number.MAX_SAFE_INTEGER),
});

interface Step {
  readonly track: number;
  readonly entry: TrackEntry;
  readonly removes: number;
  readonly clears: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  track: fc.nat({ max: 4 }),
  entry,
  removes: fc.nat({ max: 400 }),
  clears: fc.nat({ max: 99 }).map((one) => one === 0),
});

describe("TrackEntries", () => {
  test("hold of several tracks what sorted lists would", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3_000, size: "max" }), (steps) => {
        const entries = new TrackEntries();
        const tracks = Array.from({ length: 5 }, (_, index) => newTrack(index, 1, 1));
        const plain: TrackEntry[][] = tracks.map(() => []);
        for (const { track: index, entry: one, removes, clears } of steps) {
          const [track, list] = [tracks[index]!, plain[index]!];
          insertEntry(entries, track, one);
          list.splice(list.findLastIndex((other) => compareEntries(other, one) <= 0) + 1, 0, one);
          const gone = list[removes];
          if (gone !== undefined) {
            const at = list.findIndex((other) => other.fileKey === gone.fileKey && other.offset === gone.offset);
            expect(removeEntry(entries, track, gone)).toBe(true);
            list.splice(at, 1);
          }
          if (!clears) continue;
          entries.clear(track);
          list.length = 0;
        }
        expect(tracks.map((track) => recordOf(entries, track).entries)).toEqual(plain);
        expect(tracks.map(({ count, refusals }) => [count, refusals])).toEqual(
          plain.map((list) => [list.length, list.filter(({ kind }) => kind === "refused").length]),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("a track is the same again from its record", () => {
    fc.assert(
      fc.property(fc.array(entry), (given) => {
        const entries = new TrackEntries();
        const track = newTrack(1, 2, 3);
        for (const one of given) insertEntry(entries, track, one);
        const record = recordOf(entries, track);
        const others = new TrackEntries();
        expect(recordOf(others, trackOf(others, record))).toEqual(record);
      }),
    );
  });

  test("takes nothing out that is not there", () => {
    const entries = new TrackEntries();
    expect(removeEntry(entries, newTrack(1, 1, 1), { fileKey: 1, offset: 1 })).toBe(false);
  });
});
