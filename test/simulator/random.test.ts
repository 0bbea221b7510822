import { describe, expect, test } from "@jest/globals";
import { createRandom } from "../../src/simulator/random.ts";

describe("createRandom()", () => {
  test("returns the same numbers for the same seed and stream on every machine", () => {
    const random = createRandom(42, "people of EX01");
    const again = createRandom(42, "people of EX01");
    const numbers = Array.from({ length: 1_000 }, random.next);
    expect(Array.from({ length: 1_000 }, again.next)).toEqual(numbers);
    expect(createRandom(1, "golden").hex(32)).toBe("153edf965dbb64971184fb04c66a5b35");
  });

  test("returns different numbers for a different seed or stream", () => {
    const first = createRandom(42, "a").hex(16);
    expect(createRandom(43, "a").hex(16)).not.toBe(first);
    expect(createRandom(42, "b").hex(16)).not.toBe(first);
  });

  test("is evenly distributed between 0 and 1", () => {
    const random = createRandom(7, "spread");
    const shares = new Array<number>(10).fill(0);
    for (let count = 0; count < 100_000; count++) {
      const at = random.below(10);
      shares[at] = (shares[at] ?? 0) + 1;
    }
    for (const share of shares) expect(Math.abs(share - 10_000)).toBeLessThan(500);
  });

  test("guid() is a version 4 GUID and does not repeat", () => {
    const random = createRandom(7, "guids");
    const guids = Array.from({ length: 20_000 }, random.guid);
    for (const guid of guids) expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(guids).size).toBe(guids.length);
  });

  test("gap() has the requested mean", () => {
    const random = createRandom(7, "gaps");
    let sum = 0;
    for (let count = 0; count < 50_000; count++) sum += random.gap(200);
    expect(sum / 50_000).toBeCloseTo(200, -1);
  });
});
