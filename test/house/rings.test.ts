import { dirname, join, normalize, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { inOrder, jestArguments, LONGEST_FIRST } from "../../.ci/rings.ts";
import { importsOf, sources } from "./source-imports.ts";

/** Modules that start other programs. A suite that imports one of these through test files belongs to the system ring. */
const STARTS_PROGRAMS = new Set(["node:child_process", "playwright-core", "src/exchange/powershell/run-collection.ts"]);

/** Imports of each test file: packages by name, files by path. */
type Imports = ReadonlyMap<string, readonly string[]>;

function startsPrograms(file: string, imports: Imports, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  return (imports.get(file) ?? []).some(
    (target) => STARTS_PROGRAMS.has(target) || startsPrograms(target, imports, seen),
  );
}

/** Suites whose name indicates a different ring from what they do. */
function misnamed(imports: Imports): string[] {
  return [...imports.keys()]
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => file.endsWith(".system.test.ts") !== startsPrograms(file, imports));
}

describe("the rings of the tests", () => {
  test("a suite is named .system.test.ts if and only if it starts other programs", () => {
    const imports = new Map(
      sources(resolve("test")).map((path) => [
        relative("", path),
        importsOf(path).map(({ target }) =>
          target.startsWith(".") ? normalize(join(relative("", dirname(path)), target)) : target,
        ),
      ]),
    );
    expect(imports.size).toBeGreaterThan(100);
    expect(misnamed(imports)).toEqual([]);
  });

  test("the guard reports a unit suite that starts a program through a helper, and a system suite that starts none", () => {
    const imports = new Map([
      ["test/a.test.ts", ["test/helper.ts"]],
      ["test/helper.ts", ["test/deeper.ts", "test/helper.ts"]],
      ["test/deeper.ts", ["node:child_process"]],
      ["test/b.system.test.ts", ["node:fs"]],
      ["test/c.test.ts", ["node:fs"]],
      ["test/d.system.test.ts", ["playwright-core"]],
      ["test/e.test.ts", ["src/exchange/powershell/run-collection.ts"]],
    ]);
    expect(misnamed(imports)).toEqual(["test/a.test.ts", "test/b.system.test.ts", "test/e.test.ts"]);
  });

  test("the longest suites start first, the others by size", () => {
    const suites = [
      "/a/test/b.test.ts",
      "/a/test/alerts/drill.system.test.ts",
      "/a/test/c.test.ts",
      "/a/test/daemon/crash.system.test.ts",
    ];
    const order = inOrder(
      suites.map((path) => ({ path })),
      ({ path }) => (path === "/a/test/c.test.ts" ? 2 : 1),
    );
    expect(order.map(({ path }) => path.slice("/a/test/".length))).toEqual([
      "daemon/crash.system.test.ts",
      "alerts/drill.system.test.ts",
      "c.test.ts",
      "b.test.ts",
    ]);
    expect(
      LONGEST_FIRST.filter(
        (suite) => ![".test.ts", ".system.test.ts"].some((end) => existsSync(`test/${suite}${end}`)),
      ),
    ).toEqual([]);
  });

  test("the caller can set the number of workers", () => {
    const workers = (words: readonly string[]) =>
      jestArguments(words, 2).filter((word) => word.startsWith("--maxWorkers"));
    expect(workers(["system"])).toEqual(["--maxWorkers=5"]);
    expect(workers(["all", "--maxWorkers=1"])).toEqual(["--maxWorkers=1"]);
  });
});
