import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { newTrack } from "../../../src/engine/clients/client-tracks.ts";
import { Tracks } from "../../../src/engine/clients/tracks.ts";

test("Tracks are a Map, whatever is set and deleted, many with the same low bits", () => {
  const keys = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 400 })).map(([low, high]) => low + high * 65_536 * 65_536);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), keys), { maxLength: 900 }), (steps) => {
      const tracks = new Tracks();
      const plain = new Map<number, unknown>();
      for (const [isSet, key] of steps) {
        if (isSet) {
          const track = newTrack(key, 1, 1);
          tracks.set(key, track);
          plain.set(key, track);
        } else {
          expect(tracks.delete(key)).toBe(plain.delete(key));
        }
        expect(tracks.get(key)).toBe(plain.get(key));
      }
      expect([...tracks]).toEqual([...plain]);
    }),
    { numRuns: 30 },
  );
});
