import { expect, test } from "@jest/globals";
import { RecentKeys } from "../../../src/engine/clients/recent-keys.ts";

test("RecentKeys knows the last keys, and forgets those before", () => {
  const keys = new RecentKeys(10);
  for (let key = 1; key <= 100; key++) {
    keys.add(key);
    for (let back = 0; back < 10; back++) expect(keys.has(key - back)).toBe(key - back > 0);
    expect(keys.has(key - 20)).toBe(false);
  }
});
