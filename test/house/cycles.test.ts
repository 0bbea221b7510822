import { dirname, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { importsOf, sources, SRC } from "./source-imports.ts";

/** Maps each file to its imports, including type imports. */
type Graph = ReadonlyMap<string, readonly string[]>;

/** The first cycle found, as its path; null if there is none. */
function cycleIn(graph: Graph): readonly string[] | null {
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): readonly string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return null;
    way.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    way.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

describe("imports of src", () => {
  test("no file imports itself through others, not even its types", () => {
    const graph = new Map(
      sources(SRC).map((path) => {
        const targets = importsOf(path).filter(({ target }) => target.startsWith("."));
        return [
          relative(SRC, path),
          targets.map(({ file, target }) => relative(SRC, resolve(SRC, dirname(file), target))),
        ] as const;
      }),
    );
    expect(graph.size).toBeGreaterThan(200);
    expect(cycleIn(graph)?.join(" → ")).toBeUndefined();
  });

  test("the guard reports a cycle of two, of three, and of one, and accepts a diamond", () => {
    expect(
      cycleIn(
        new Map([
          ["a", ["b"]],
          ["b", ["a"]],
        ]),
      ),
    ).toEqual(["a", "b", "a"]);
    expect(
      cycleIn(
        new Map([
          ["z", ["a"]],
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["a"]],
        ]),
      ),
    ).toEqual(["a", "b", "c", "a"]);
    expect(cycleIn(new Map([["a", ["a"]]]))).toEqual(["a", "a"]);
    expect(
      cycleIn(
        new Map([
          ["a", ["b", "c"]],
          ["b", ["d"]],
          ["c", ["d"]],
          ["d", []],
        ]),
      ),
    ).toBeNull();
  });
});
