import { expect, test } from "@jest/globals";
import { printable } from "../../src/markup/printable.ts";

test.each([
  ["EX01", "EX01"],
  ["Ä \u{1F600} 'x'", "Ä \u{1F600} 'x'"],
  ["EX\u001b[2J01", "EX\\u{1b}[2J01"],
  ["EX\n01\r", "EX\\u{a}01\\u{d}"],
  ["EX\u009b31m", "EX\\u{9b}31m"],
  ["EX\u202e10", "EX\\u{202e}10"],
])("printable(%j) is %j", (line, wanted) => {
  expect(printable(line)).toBe(wanted);
});
