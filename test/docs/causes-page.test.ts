import { expect, test } from "@jest/globals";
import { causesPage } from "../../.ci/docs/causes-page.ts";
import { CAUSE_RECORDS, DECISIONS } from "../../src/causes/records/index.ts";
import { writtenPage } from "../written-page.ts";

test("docs/causes.md is what the records of the causes say (write it again with UPDATE_DOCS=1)", () => {
  const page = causesPage(Object.values(CAUSE_RECORDS), DECISIONS);
  expect(writtenPage("docs/causes.md", page)).toBe(page);
  for (const { cause, order, because } of DECISIONS) {
    expect(page).toContain(`## ${cause}\n`);
    expect(page).toContain(`| ${order} | [\`${cause}\`](#${cause}) |`);
    expect(page).toContain(because);
  }
});
