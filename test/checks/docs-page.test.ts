import { expect, test } from "@jest/globals";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { EXCHANGE_BUILDS } from "../../src/catalogue/builds.ts";
import { checksPage } from "../../src/checks/docs-page.ts";
import { CHECKS } from "../../src/checks/index.ts";

const FILE = resolve(import.meta.dirname, "../../docs/checks.md");

test("docs/checks.md is what the checks say (write it again with UPDATE_DOCS=1)", () => {
  const page = checksPage(CHECKS, EXCHANGE_BUILDS);
  if (process.env["UPDATE_DOCS"] === "1") {
    mkdirSync(resolve(FILE, ".."), { recursive: true });
    writeFileSync(FILE, page);
  }
  expect(readFileSync(FILE, "utf8").replaceAll("\r\n", "\n")).toBe(page);
});
