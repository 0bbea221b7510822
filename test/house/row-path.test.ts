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
    const chain = [before, ...named.filter((one) => !onPath.has(one)), file];
    const isChain = chain.slice(1).every((one, index) => isLinked(chain[index] ?? "", one));
    const isGiven = named.some((one) => onPath.has(one) && isLinked(one, file));
    return isLinked(before, file) || isChain || isGiven ? [] : [`${before} → ${file}`];
  });
}

/** `whole` up to the first file of `end`, and then `end`. */
function joined(whole: readonly Station[], end: readonly Station[]): Station[] {
  const at = whole.findIndex(({ file }) => file === end[0]?.file);
  if (at < 0) throw new Error(`Cannot join a path at "${String(end[0]?.file)}": the first table has no such file`);
  return [...whole.slice(0, at), ...end];
}

describe("the path of a row in docs/architecture.md", () => {
  const [, section = ""] = readFileSync(join("docs", "architecture.md"), "utf8").split("## The path of a row\n");
  const paths = pathsIn(section.split("\n## ")[0] ?? "");

  test("begins at the start of the program, and has files that exist", () => {
    expect(paths.length).toBeGreaterThan(0);
    expect(paths[0]?.[0]?.file).toBe("src/main.ts");
    expect(paths.flat().filter(({ file, named }) => ![file, ...named].every(existsSync))).toEqual([]);
  });

  test("has at most 12 files, to either page", () => {
    const [whole = [], ...ends] = paths;
    for (const path of [whole, ...ends.map((end) => joined(whole, end))])
      expect(path.length).toBeLessThanOrEqual(MAX_STATIONS);
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

  test("accepts an import in either direction, and files that link both", () => {
    expect(gapsOf(pathOf(["a"], ["b"], ["c"]), imports)).toEqual([]);
    expect(gapsOf(pathOf(["d", "e"], ["f"]), imports)).toEqual([]);
    expect(gapsOf(pathOf(["d", "e", "f"], ["g"]), (file) => (file === "g" ? ["f"] : imports(file)))).toEqual([]);
  });

  test("joins the end of a path to its beginning", () => {
    expect(joined(pathOf(["a"], ["b"], ["c"]), pathOf(["b"], ["d"]))).toEqual(pathOf(["a"], ["b"], ["d"]));
    expect(() => joined(pathOf(["a"]), pathOf(["b"]))).toThrow('Cannot join a path at "b"');
  });

  test("finds each table", () => {
    const text = "| `src/a.ts` | x |\n| `src/b.ts` | in `src/c.ts` |\n\nand\n\n| `src/d.ts` | y |";
    expect(pathsIn(text).map((path) => path.map(({ file }) => file))).toEqual([["src/a.ts", "src/b.ts"], ["src/d.ts"]]);
  });
});
