import { describe, expect, test } from "@jest/globals";
import { BoundedMap, BoundedSet } from "../../src/model/bounded-map.ts";

describe("a bounded map", () => {
  test("drops the entry that was inserted first, even if it was set again since", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1).set("b", 2).set("a", 3).set("c", 4);
    expect([...map]).toEqual([
      ["b", 2],
      ["c", 4],
    ]);
  });

  test("keeps entries that were renewed", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1).set("b", 2);
    map.renew("a", 3);
    map.set("c", 4);
    expect([...map.keys()]).toEqual(["a", "c"]);
  });
});

describe("a bounded set", () => {
  test("drops the entry that was added first", () => {
    const set = new BoundedSet<number>(2);
    set.add(1).add(2).add(1).add(3);
    expect([...set]).toEqual([2, 3]);
  });
});
