import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { newTrack } from "../../src/engine/client-tracks.ts";
import { Tracks } from "../../src/engine/tracks.ts";

test("Tracks are a Map, whatever is set and deleted, many with the same low bits", () => {
  const keys = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 400 })).map(([low, high]) => low + high * 65_536 * 65_536);
  fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), keys), { maxLength: 900 }), (steps) => {
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
  }), { numRuns: 30 });
});

test("takeOldest() takes the track that was put in first, also one of those put in after all were gone", () => {
  const tracks = new Tracks();
  for (const key of [5, 6, 7]) tracks.set(key, newTrack(key, 1, 1));
  tracks.delete(5);
  tracks.set(5, newTrack(5, 1, 1));
  expect([tracks.takeOldest()?.key, tracks.takeOldest()?.key, tracks.takeOldest()?.key, tracks.takeOldest()?.key]).toEqual([6, 7, 5, undefined]);
  tracks.set(8, newTrack(8, 1, 1));
  expect([tracks.takeOldest()?.key, tracks.size, tracks.get(8)]).toEqual([8, 0, undefined]);
});
