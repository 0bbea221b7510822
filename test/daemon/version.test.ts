import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { whyTooOld } from "../../src/daemon/version.ts";

test.each([
  ["18.19.0", false],
  ["20.20.2", false],
  ["22.11.0", false],
  ["22.12.0", true],
  ["22.22.0", true],
  ["24.0.0", true],
  ["100.1.0", true],
])("whyTooOld() of Node.js %s", (node, isEnough) => {
  expect(whyTooOld(node)).toEqual(
    isEnough
      ? null
      : expect.stringMatching(`^Cannot run on Node\\.js ${node}: 22\\.12 or later is needed; .*"npm start --"`),
  );
});

test("whyTooOld() requires the version in package.json", () => {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
  expect(engines.node).toBe(">=22.12");
});
