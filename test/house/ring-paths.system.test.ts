import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { jestArguments, ringOf } from "../../.ci/rings.ts";

/** Suites that Jest would run for these command-line words, relative to the project. */
function listed(words: readonly string[]): string[] {
  const jest = ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "--listTests"];
  const { stdout } = spawnSync(process.execPath, [...jest, ...jestArguments(words, 2)], { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((path) => relative("", path))
    .sort();
}

describe("the rings selected on the command line", () => {
  test.each([
    { words: [], ring: "unit", rest: [] },
    { words: ["system"], ring: "system", rest: [] },
    { words: ["soak", "oracle"], ring: "soak", rest: ["oracle"] },
    { words: ["test/house"], ring: "all", rest: ["test/house"] },
    { words: ["--verbose"], ring: "unit", rest: ["--verbose"] },
  ])("$words: the ring $ring", ({ words, ring, rest }) => {
    expect(ringOf(words)).toEqual({ ring, rest });
  });

  test("a path after the ring system selects among its suites, and adds none", () => {
    expect(listed(["system", "test/state"])).toEqual([
      "test/state/state-lock.system.test.ts",
      "test/state/state-record.system.test.ts",
    ]);
  });

  test("a path after the ring soak selects among its suites, and adds none", () => {
    expect(listed(["soak", "test/daemon/crash", "test/state"])).toEqual(["test/daemon/crash.system.test.ts"]);
  });

  test("the ring system has exactly the suites that start programs", () => {
    const suites = listed(["system"]);
    expect(suites.length).toBeGreaterThan(50);
    expect(suites.filter((path) => !path.endsWith(".system.test.ts"))).toEqual([]);
  });

  test("a path without a ring selects among all suites", () => {
    expect(listed(["test/state"])).toEqual(expect.arrayContaining(["test/state/state-record.system.test.ts"]));
    expect(listed(["test/state"]).some((path) => !path.endsWith(".system.test.ts"))).toBe(true);
  });
});
