import { expect, test } from "@jest/globals";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { guardFields } from "../../src/logging/log-fields.ts";

const SOURCES = resolve(import.meta.dirname, "../../src");

/** Sentence and field names of each logger call in a text. */
function calls(text: string): readonly { readonly sentence: string; readonly fields: readonly string[] }[] {
  // Sample: logger.warn("Log not read", { server: error.server, file })
  return [...text.matchAll(/\blog(?:ger)?\.(?:debug|info|warn|error)\((["`])(.*?)\1(?:, \{(.*?)\})?\)/g)].map(
    ([, , sentence = "", fields = ""]) => ({
      sentence,
      fields: [...fields.replace(/\([^()]*\)/g, "").matchAll(/(?:^|, ?) ?(\w+)(?=\s*(?::|,|$))/g)].map(
        ([, name = ""]) => name,
      ),
    }),
  );
}

test("calls() finds the names of the fields", () => {
  expect(
    calls('logger.warn("Log not read", { server: error.server, file, error: String(error), count: lines.length });'),
  ).toEqual([{ sentence: "Log not read", fields: ["server", "file", "error", "count"] }]);
});

test("no log call of the program has a field that would be withheld, or a sentence that is not fixed", () => {
  const faults: string[] = [];
  for (const file of globSync("**/*.ts", { cwd: SOURCES })) {
    for (const { sentence, fields } of calls(readFileSync(resolve(SOURCES, file), "utf8"))) {
      if (sentence.includes("${")) faults.push(`${file}: ${sentence}`);
      for (const name of fields)
        if (guardFields({ [name]: "text" })[name] !== "text") faults.push(`${file}: ${name} of "${sentence}"`);
    }
  }
  expect(faults).toEqual([]);
});

test("guardFields() keeps a Windows path whole if its folder name contains a blank, and scrubs its parts", () => {
  const path = "C:\\Web Logs\\W3SVC1";
  expect(guardFields({ path, folder: "D:\\of jane.doe@example.com\\logs", error: "denied to CONTOSO\\jane" })).toEqual({
    path,
    folder: "D:\\of [account]\\logs",
    error: "denied to [account]",
  });
});
