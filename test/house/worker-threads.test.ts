import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, test } from "@jest/globals";
import { sources, SRC } from "./source-imports.ts";

const BUILD = [".ci/build/bundle.ts", ".ci/build/executable.ts"].map((path) => readFileSync(path, "utf8"));

/** Files of src that start worker threads, with the module that each of them runs. */
function workers(): { readonly file: string; readonly module: string | undefined }[] {
  return sources(SRC).flatMap((path) => {
    const text = readFileSync(path, "utf8");
    // Sample: new URL(isSource ? "./reading-thread.ts" : "./reading-thread.js", import.meta.url)
    const module = /isSource \? "\.\/([\w-]+)\.ts" : "\.\/\1\.js", import\.meta\.url/.exec(text)?.[1];
    return /\bnew (?:\w+\.)?Worker\(/.test(text) ? [{ file: relative(SRC, path), module }] : [];
  });
}

test("every module that a worker thread runs is in the bundle and in the executable, under the name that starts it", () => {
  expect(workers().length).toBeGreaterThan(1);
  const missing = workers().filter(
    ({ module }) => module === undefined || !BUILD.every((build) => build.includes(module)),
  );
  expect(missing).toEqual([]);
});
