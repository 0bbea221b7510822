import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { importsOf } from "./source-imports.ts";

/** A file on the way of a row, and the other files that its line names. */
interface Station {
  readonly file: string;
  readonly named: readonly string[];
}

/** Maximum number of files that a reader must open to follow a row. */
const MAX_STATIONS = 12;

/** The tables of files in a text, as lists of stations. */
function pathsIn(text: string): Station[][] {
  const paths: Station[][] = [];
  let isTable = false;
  for (const line of text.split("\n")) {
    // Sample: | `src/main.ts` | starts the command line |
    const [file, ...named] = line.startsWith("| `src/") ? filesIn(line) : [];
    if (file !== undefined && !isTable) paths.push([]);
    isTable = file !== undefined;
    if (file !== undefined) paths.at(-1)?.push({ file, named });
  }
  return paths;
}

function filesIn(text: string): string[] {
  return [...text.matchAll(/`(src\/[\w/-]+\.ts)`/g)].map(([, file = ""]) => file);
}

type ImportsOf = (file: string) => readonly string[];

function fileImports(file: string): string[] {
  return importsOf(resolve(file))
    .filter(({ target }) => target.startsWith("."))
    .map(({ target }) => relative("", resolve(dirname(file), target)));
}

/** The steps of a path between files that have nothing to do with each other. */
function gapsOf(path: readonly Station[], imports: ImportsOf): string[] {
  const onPath = new Set(path.map(({ file }) => file));
  const isLinked = (one: string, other: string): boolean =>
    imports(one).includes(other) || imports(other).includes(one);
  return path.slice(1).flatMap(({ file }, at) => {
    const { file: before = "", named = [] } = path[at] ?? {};
    const isShared = named.some((one) => isLinked(one, file) && (onPath.has(one) || isLinked(before, one)));
    return isLinked(before, file) || isShared ? [] : [`${before} → ${file}`];
  });
}

describe("the path of a row in docs/architecture.md", () => {
  const [, section = ""] = readFileSync(join("docs", "architecture.md"), "utf8").split("## The path of a row\n");
  const paths = pathsIn(section.split("\n## ")[0] ?? "");

  test("begins at the start of the program, and has files that exist", () => {
    expect(paths.length).toBeGreaterThan(0);
    expect(paths[0]?.[0]?.file).toBe("src/main.ts");
    expect(paths.flat().filter(({ file, named }) => ![file, ...named].every(existsSync))).toEqual([]);
  });

  test("has at most 12 files", () => {
    for (const path of paths) expect(path.length).toBeLessThanOrEqual(MAX_STATIONS);
  });

  test("goes from each file to one that it imports, that imports it, or that shares the named file with it", () => {
    expect(paths.flatMap((path) => gapsOf(path, fileImports))).toEqual([]);
  });
});

describe("the guard", () => {
  const imports: ImportsOf = (file) => ({ a: ["b"], c: ["b"], d: ["e"], f: ["e"] })[file] ?? [];
  const pathOf = (...stations: readonly (readonly [string, ...string[]])[]): Station[] =>
    stations.map(([file, ...named]) => ({ file, named }));

  test("reports files without a link, and a named file that does not link them", () => {
    expect(gapsOf(pathOf(["a"], ["c"], ["d"]), imports)).toEqual(["a → c", "c → d"]);
    expect(gapsOf(pathOf(["a", "e"], ["d"]), imports)).toEqual(["a → d"]);
  });

  test("accepts an import in either direction, and a file that both import", () => {
    expect(gapsOf(pathOf(["a"], ["b"], ["c"]), imports)).toEqual([]);
    expect(gapsOf(pathOf(["d", "e"], ["f"]), imports)).toEqual([]);
  });

  test("finds each table", () => {
    const text = "| `src/a.ts` | x |\n| `src/b.ts` | in `src/c.ts` |\n\nand\n\n| `src/d.ts` | y |";
    expect(pathsIn(text).map((path) => path.map(({ file }) => file))).toEqual([["src/a.ts", "src/b.ts"], ["src/d.ts"]]);
  });
});
