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
