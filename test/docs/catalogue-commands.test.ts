import { describe, expect, test } from "@jest/globals";
import { COMMANDS } from "../../src/catalogue/commands.ts";
import { documentedBlocks, documentedSpans, proseTexts, remedyCommands } from "./printed-commands.ts";

/** A catalogue's command as a pattern: its placeholders stand for anything, and quotes around a plain word may be left out. */
const PATTERNS = Object.values(COMMANDS).map(({ text }) => {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return escaped
    .replace(/'<server>\\\\[^']*'/g, "'[^']*'")
    .replace(/'<methods>'/g, "(?:'\\w+'(?:, )?)+")
    .replace(/'<[^>']+>'/g, "(?:'(?:[^']|'')*'|[\\w$.-]+)")
    .replace(/<[^>']+>/g, "[^'\"]*")
    .replace("Default Web Site'\\]", "[^']*'\\]");
});
/** A command may be part of a longer one. */
const LONGEST_FIRST = PATTERNS.toSorted((first, second) => second.length - first.length);
const WHOLE = PATTERNS.map((pattern) => new RegExp(`^${pattern}$`));

function isOfCatalogue(line: string): boolean {
  return WHOLE.some((pattern) => pattern.test(line));
}

/** What is left of a text when the catalogue's commands are taken out of it. */
function withoutCatalogue(text: string): string {
  return LONGEST_FIRST.reduce((rest, pattern) => rest.replace(new RegExp(pattern, "g"), ""), text);
}

/** Cmdlets that change something: each line with one must be the catalogue's. */
const CHANGING =
  /\b(?:Set|New|Remove|Import|Export|Enable|Disable|Add|Update|Restart)-(?:Auth|Exchange|Organization|Setting|Partner|WebAppPool|\w+VirtualDirectory|WebConfiguration|MgServicePrincipal)\w*/;

describe("commands that change something", () => {
  test("of remedies are the catalogue's", () => {
    expect(remedyCommands().filter(({ text }) => !isOfCatalogue(text))).toEqual([]);
  });

  test("of the documentation's blocks and spans are the catalogue's", () => {
    const lines = [...documentedBlocks(), ...documentedSpans()].flatMap(({ where, text }) =>
      text.split("\n").map((line) => ({ where, text: line.trim() })),
    );
    const left = lines.filter(({ text }) => !text.startsWith("#") && CHANGING.test(withoutCatalogue(text)));
    // The audit log is asked for a cmdlet by its name.
    expect(left.filter(({ text }) => !text.startsWith("Search-AdminAuditLog"))).toEqual([]);
  });

  test("in the prose of rules and boards are the catalogue's, whole", () => {
    const left = proseTexts().flatMap(({ where, text }) => {
      const rest = withoutCatalogue(text);
      return [...rest.matchAll(/\b(?:Set|New|Remove|Import|Export|Restart|Update)-[A-Z]\w+ -\w+|\w+\.ps1 -\w+/g)].map(
        (match) => `${where}: ${match[0]}`,
      );
    });
    expect(left).toEqual([]);
  });
});
