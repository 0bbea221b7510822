import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { causesPage, runbookWithCauses } from "../../.ci/docs/causes-page.ts";
import { CAUSE_RECORDS, DECISIONS } from "../../src/causes/records/index.ts";
import { writtenPage } from "../written-page.ts";

test("docs/causes.md matches the cause records (write it again with UPDATE_DOCS=1)", () => {
  const page = causesPage(Object.values(CAUSE_RECORDS), DECISIONS);
  expect(writtenPage("docs/causes.md", page)).toBe(page);
  for (const { cause, order, because } of DECISIONS) {
    expect(page).toContain(`## ${cause}\n`);
    expect(page).toContain(`| ${order} | [\`${cause}\`](#${cause}) |`);
    expect(page).toContain(because);
  }
});

const RUNBOOK = "docs/runbooks/HmaBearerLoopIncident.md";

test("the table of causes in the runbook matches the records (write it again with UPDATE_DOCS=1)", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../..", RUNBOOK), "utf8");
  const wanted = runbookWithCauses(page, Object.values(CAUSE_RECORDS));
  expect(writtenPage(RUNBOOK, wanted)).toBe(wanted);
  for (const { cause, inRunbook } of Object.values(CAUSE_RECORDS))
    expect(wanted).toContain(`| \`${cause}\` | ${inRunbook.signs} | ${inRunbook.remedy} |`);
  expect(() => runbookWithCauses("# A page without the table", [])).toThrow("Cannot write the causes");
});
