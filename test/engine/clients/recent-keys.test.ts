import { expect, test } from "@jest/globals";
import { RecentKeys } from "../../../src/engine/clients/recent-keys.ts";

test("RecentKeys contains the last keys, and drops older ones", () => {
  const keys = new RecentKeys(10);
  for (let key = 1; key <= 100; key++) {
    keys.add(key);
    for (let back = 0; back < 10; back++) expect(keys.has(key - back)).toBe(key - back > 0);
    expect(keys.has(key - 20)).toBe(false);
  }
});

test("RecentKeys accepts keys that need the same slot, and contains the last of them", () => {
  const keys = new RecentKeys(1_000);
  for (let key = 1; key <= 900; key++) {
    keys.add(key * 0x1_0000_0000);
    expect(keys.has(key * 0x1_0000_0000)).toBe(true);
  }
  keys.add(7);
  expect(keys.has(7)).toBe(true);
  expect(keys.has(8)).toBe(false);
});

test("RecentKeys grows with its keys, up to its capacity, and forgets none on the way", () => {
  const keys = new RecentKeys(5_000);
  for (let key = 1; key <= 4_999; key++) {
    keys.add(key * 977);
    if (key % 64 === 0) expect(missing(keys, key)).toEqual([]);
  }
  expect(keys.has(978)).toBe(false);
});

/** Those of the keys 977, 1954 … of the test above that are not contained. */
function missing(keys: RecentKeys, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1) * 977).filter((key) => !keys.has(key));
}
