import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { cycloneDx, dependencyPage, readShippedPackages } from "../../.ci/build/dependencies.ts";
import { readBuildInfo } from "../../.ci/build/build-info.ts";
import { writtenPage } from "../written-page.ts";

/** Licences under which a package may be distributed with a program under Apache-2.0. */
const WELCOME = [
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "0BSD",
  "(MIT OR CC0-1.0)",
];

const packages = readShippedPackages(process.cwd());

describe("the shipped packages (write their lists again with npm run dependencies)", () => {
  test("docs/dependencies.md", () => {
    expect(writtenPage("docs/dependencies.md", dependencyPage(packages))).toBe(dependencyPage(packages));
  });

  test("docs/sbom.cdx.json", () => {
    const document = cycloneDx(packages, readBuildInfo().version);
    expect(writtenPage("docs/sbom.cdx.json", document)).toBe(document);
  });

  test("each has an accepted licence", () => {
    expect(packages.filter(({ license }) => !WELCOME.includes(license))).toEqual([]);
  });

  test("contain the packages of the program, and none of development", () => {
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["commander", "express", "winston", "zod"]));
    expect(names.filter((name) => ["jest", "typescript", "oxlint", "esbuild", "postject"].includes(name))).toEqual([]);
  });

  test("package.json has one exact version of each, never a range", () => {
    const {
      dependencies,
      devDependencies,
    }: Record<string, Record<string, string>> = JSON.parse(readFileSync("package.json", "utf8"));
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/(?:^|@)\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
    );
    expect(ranges).toEqual([]);
  });
});
