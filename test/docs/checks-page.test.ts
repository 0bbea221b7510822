import { expect, test } from "@jest/globals";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { EXCHANGE_BUILDS } from "../../src/catalogue/builds.ts";
import { checksPage, SAMPLE_SNAPSHOT } from "../../.ci/docs/checks-page.ts";
import { CHECKS } from "../../src/checks/index.ts";

import { EMPTY_SNAPSHOT, parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";

const FILE = resolve(import.meta.dirname, "../../docs/checks.md");

test("docs/checks.md matches the checks (write it again with UPDATE_DOCS=1)", () => {
  const page = checksPage(CHECKS, EXCHANGE_BUILDS);
  if (process.env["UPDATE_DOCS"] === "1") {
    mkdirSync(resolve(FILE, ".."), { recursive: true });
    writeFileSync(FILE, page);
  }
  expect(readFileSync(FILE, "utf8").replaceAll("\r\n", "\n")).toBe(page);
});

test("the snapshot in the page can be read, and the page lists all parts", () => {
  const { snapshot, faults } = parseSnapshot(JSON.parse(SAMPLE_SNAPSHOT));
  expect(faults).toEqual([]);
  expect(snapshot.virtualDirectories.mapi?.[0]?.Identity).toBe("EX01\\mapi (Default Web Site)");
  const page = checksPage(CHECKS, EXCHANGE_BUILDS);
  for (const part of Object.keys(EMPTY_SNAPSHOT).filter((name) => !["atMs", "collectedBy", "server"].includes(name)))
    expect(page).toContain(`\`${part}\``);
});
