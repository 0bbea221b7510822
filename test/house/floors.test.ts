import { readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { importsOf, sources, SRC, type Import } from "./source-imports.ts";

/** Floors from bottom to top. A room may import from floors below its own and from itself, but not from a neighbour. */
const FLOORS: readonly (readonly string[])[] = [
  ["model"],
  ["catalogue"],
  ["detectors", "checks", "sources", "probe"],
  ["causes"],
  ["engine", "simulator", "markup"],
  ["files"],
  ["config", "exchange", "logging", "probing", "front-end"],
  ["reading"],
  ["follow"],
  ["live", "state", "report", "web"],
  ["analysis", "collectors"],
  ["daemon"],
  ["commands"],
];

/** Pure rooms: without files, processes, network, clock or randomness. */
const PURE = new Set([
  "model",
  "catalogue",
  "detectors",
  "checks",
  "sources",
  "probe",
  "causes",
  "engine",
  "simulator",
  "markup",
]);
const PURE_NODE = new Set(["node:crypto", "node:buffer"]);

function folderOf(path: string): string {
  return path.split(/[\\/]/)[0] ?? "";
}

function floorOf(folder: string): number {
  return folder.endsWith(".ts") ? FLOORS.length : FLOORS.findIndex((floor) => floor.includes(folder));
}

function packageOf(target: string): string | null {
  if (target.startsWith(".") || target.startsWith("node:")) return null;
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
}

function faultOf({ file, target }: Import): string | null {
  if (!target.startsWith(".")) return null;
  const from = folderOf(file);
  const to = folderOf(relative(SRC, resolve(SRC, dirname(file), target)));
  if (from === to) return null;
  return floorOf(to) >= 0 && floorOf(to) < floorOf(from) ? null : `${file} imports ${target}`;
}

const imports = sources(SRC).flatMap(importsOf);

describe("the floors of src", () => {
  test("every folder has a floor", () => {
    expect(
      readdirSync(SRC, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && floorOf(entry.name) < 0)
        .map((entry) => entry.name),
    ).toEqual([]);
  });

  test("imports only go downwards", () => {
    expect(imports.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  });

  test("the pure floors do no I/O", () => {
    const touching = imports.filter(
      ({ file, target }) => PURE.has(folderOf(file)) && target.startsWith("node:") && !PURE_NODE.has(target),
    );
    expect(touching).toEqual([]);
    const clocks = sources(SRC)
      .filter((file) => PURE.has(folderOf(relative(SRC, file))))
      .filter((file) =>
        /\bDate\.now\(|\bMath\.random\(|\bprocess\.(?:env|argv|hrtime|memoryUsage|on|once|exit|cwd|platform|stdout|stderr|nextTick|pid)\b|\bsetTimeout\(|new Date\(\)/.test(
          code(file),
        ),
      );
    expect(clocks.map((file) => relative(SRC, file))).toEqual([]);
  });

  test("each npm package has one home", () => {
    const homes = new Map<string, Set<string>>();
    for (const { file, target } of imports) {
      const name = packageOf(target);
      if (name !== null) homes.set(name, (homes.get(name) ?? new Set()).add(folderOf(file)));
    }
    expect(
      [...homes]
        .filter(([, folders]) => folders.size > 1)
        .map(([name, folders]) => `${name}: ${[...folders].join(", ")}`),
    ).toEqual([]);
  });

  test("the guard reports an import upwards, sideways and within the same floor", () => {
    expect(faultOf({ file: "model/a.ts", target: "../engine/b.ts" })).not.toBeNull();
    expect(faultOf({ file: "follow/a.ts", target: "../exchange/b.ts" })).toBeNull();
    expect(faultOf({ file: "web/a.ts", target: "../report/b.ts" })).not.toBeNull();
    expect(faultOf({ file: "engine/a.ts", target: "../model/b.ts" })).toBeNull();
    expect(faultOf({ file: "main.ts", target: "./commands/b.ts" })).toBeNull();
  });
});

/** Maximum number of files per folder, so that a reader can survey it. */
const MAX_FILES = 16;
/** Folders that are lists: one file per item of one kind. */
const LISTS = new Set(["checks", "simulator/scenarios"]);

/** Folders with more files than allowed. */
function overfull(files: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  return [...counts]
    .filter(([folder, count]) => count > MAX_FILES && !LISTS.has(folder))
    .map(([folder, count]) => `${folder}: ${count} files`);
}

describe("the folders of src", () => {
  test("have at most sixteen files, except for lists", () => {
    expect(overfull(sources(SRC).map((file) => relative(SRC, file).replaceAll("\\", "/")))).toEqual([]);
  });

  test("the guard reports a folder with one file too many", () => {
    const files = Array.from({ length: MAX_FILES + 1 }, (_, index) => `web/file-${index}.ts`);
    expect(overfull(files)).toEqual(["web: 17 files"]);
    expect(overfull(files.slice(1))).toEqual([]);
  });
});

describe("the code in src", () => {
  test("has no assertion except as const, no any, and no non-null assertion", () => {
    const asserting = sources(SRC).filter((file) => /\bas (?!const\b)[A-Z{(]|\bas any\b/.test(code(file)));
    expect(asserting.map((file) => relative(SRC, file))).toEqual([]);
  });
});

/** The file without comments and string literals. */
function code(file: string): string {
  return readFileSync(file, "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|[^:])\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
    .replace(/`(?:[^`\\]|\\.)*`/g, "``");
}
