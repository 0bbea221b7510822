import { describe, expect, test } from "@jest/globals";
import { isOfCatalogue, withoutCatalogue } from "./catalogue-patterns.ts";
import { documentedBlocks, documentedSpans, proseTexts, remedyCommands } from "./printed-commands.ts";

/** Cmdlets that change something: each line with one must come from the catalogue. */
const CHANGING =
  /\b(?:Set|New|Remove|Import|Export|Enable|Disable|Add|Update|Restart)-(?:Auth|Exchange|Organization|Setting|Partner|WebAppPool|\w+VirtualDirectory|WebConfiguration|MgServicePrincipal)\w*/;

describe("commands that change something", () => {
  test("in remedies come from the catalogue", () => {
    expect(remedyCommands().filter(({ text }) => !isOfCatalogue(text))).toEqual([]);
  });

  test("in code blocks and spans of the documentation come from the catalogue", () => {
    const lines = [...documentedBlocks(), ...documentedSpans()].flatMap(({ where, text }) =>
      text.split("\n").map((line) => ({ where, text: line.trim() })),
    );
    const left = lines.filter(({ text }) => !text.startsWith("#") && CHANGING.test(withoutCatalogue(text)));
    // A search of the audit log contains the name of a cmdlet.
    expect(left.filter(({ text }) => !text.startsWith("Search-AdminAuditLog"))).toEqual([]);
  });

  test("in the texts of rules and dashboards come completely from the catalogue", () => {
    const left = proseTexts().flatMap(({ where, text }) => {
      const rest = withoutCatalogue(text);
      return [...rest.matchAll(/\b(?:Set|New|Remove|Import|Export|Restart|Update)-[A-Z]\w+ -\w+|\w+\.ps1 -\w+/g)].map(
        (match) => `${where}: ${match[0]}`,
      );
    });
    expect(left).toEqual([]);
  });
});
