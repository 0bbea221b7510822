import { COMMANDS } from "../../src/catalogue/commands.ts";
import type { PrintedText } from "./printed-commands.ts";

/** A command of the catalogue as a pattern: placeholders match anything, and quotes around a plain word are optional. */
const PATTERNS = Object.values(COMMANDS).map(({ text }) => {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return escaped
    .replace(/'<server>\\\\[^']*'/g, "'[^']*'")
    .replace(/'<methods>'/g, "(?:'\\w+'(?:, )?)+")
    .replace(/'<[^>']+>'/g, "(?:'(?:[^']|'')*'|[\\w$.-]+)")
    .replace(/<[^>']+>/g, "[^'\"]*")
    .replace("Default Web Site'\\]", "[^']*'\\]");
});
/** Longest first, because a command can be part of a longer one. */
const BY_LENGTH_DESCENDING = PATTERNS.toSorted((first, second) => second.length - first.length);
const WHOLE = PATTERNS.map((pattern) => new RegExp(`^${pattern}$`));

export function isOfCatalogue(line: string): boolean {
  return WHOLE.some((pattern) => pattern.test(line));
}

/** The text without the catalogue's commands. */
export function withoutCatalogue(text: string): string {
  return BY_LENGTH_DESCENDING.reduce((rest, pattern) => rest.replace(new RegExp(pattern, "g"), ""), text);
}

/** Verbs of the cmdlets that Exchange administrators use. */
const VERBS =
  "Add|Clear|Connect|Copy|Disable|Enable|Export|Get|Import|Install|Invoke|Move|New|Register|Remove|Restart|Resume|Search|Select|Set|Start|Stop|Suspend|Test|Update";
/** A cmdlet or script in a sentence, with its parameters and their plain or quoted values. Sample: Set-AuthServer 'a' -Enabled $true */
const CALL = new RegExp(
  String.raw`(?:\b(?:${VERBS})-[A-Z]\w+|\.\\\w+\.ps1)(?: (?:-\w+(?::\$\w+)?|'[^']*'|\$(?:true|false|null)\b))*`,
  "g",
);

/** All commands in prose: those of the catalogue, and anything else that looks like a call. */
export function commandsInProse({ where, text }: PrintedText): readonly PrintedText[] {
  const found: PrintedText[] = [];
  let rest = text;
  for (const pattern of [...BY_LENGTH_DESCENDING.map((one) => new RegExp(one, "g")), CALL])
    rest = rest.replace(pattern, (match) => {
      found.push({ where, text: match });
      return "";
    });
  return found;
}
