import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { SRC } from "./source-imports.ts";

/**
 * Packages with much code, and modules of Node.js that it does not load for itself: a command that needs none of them should not wait until
 * they are resolved and compiled. The bundle keeps node:child_process of commander out (lazyBuiltins).
 */
const LARGE = new Set([
  "zod",
  "yaml",
  "re2js",
  "node:crypto",
  "node:util",
  "node:child_process",
  "node:worker_threads",
  "node:process",
]);

/** Imports of a module before it runs, without type imports. */
function importsBefore(file: string): string[] {
  const pattern = /^(?:import|export)\s+(?!type\b)[^;"']*?from\s+"([^"]+)"/gm;
  return [...readFileSync(file, "utf8").matchAll(pattern)].map((match) => match[1] ?? "");
}

function largeImportsOf(entry: string, large = LARGE): string[] {
  const seen = new Set([resolve(SRC, entry)]);
  const found: string[] = [];
  for (const file of seen) {
    for (const target of importsBefore(file)) {
      if (target.startsWith(".")) seen.add(join(dirname(file), target));
      else if (large.has(target)) found.push(`${file} imports ${target}`);
    }
  }
  return found;
}

test.each(["main.ts", "commands/analyze.ts"])("%s starts without large packages and modules", (entry) => {
  expect(largeImportsOf(entry)).toEqual([]);
});

test("a daemon without a probe starts without the library that gets tokens", () => {
  expect(largeImportsOf("commands/serve.ts", new Set(["@azure/msal-node"]))).toEqual([]);
});

test("the test detects that commands/demo.ts, which reads a configuration, imports them", () => {
  expect(largeImportsOf("commands/demo.ts").length).toBeGreaterThan(0);
});
