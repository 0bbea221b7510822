import { COMMANDS } from "../../src/catalogue/commands.ts";
import type { PrintedText } from "./printed-commands.ts";

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
const BY_LENGTH_DESCENDING = PATTERNS.toSorted((first, second) => second.length - first.length);
const WHOLE = PATTERNS.map((pattern) => new RegExp(`^${pattern}$`));

export function isOfCatalogue(line: string): boolean {
  return WHOLE.some((pattern) => pattern.test(line));
}

/** What is left of a text when the catalogue's commands are taken out of it. */
export function withoutCatalogue(text: string): string {
  return BY_LENGTH_DESCENDING.reduce((rest, pattern) => rest.replace(new RegExp(pattern, "g"), ""), text);
}

/** The verbs of the cmdlets that administrators of Exchange use. */
const VERBS =
  "Add|Clear|Connect|Copy|Disable|Enable|Export|Get|Import|Install|Invoke|Move|New|Register|Remove|Restart|Resume|Search|Select|Set|Start|Stop|Suspend|Test|Update";
/**
 * A cmdlet or script in a sentence, with the parameters and the plain or quoted values that follow it. Sample: Set-AuthServer 'a'
 * -Enabled $true
 */
const CALL = new RegExp(
  String.raw`(?:\b(?:${VERBS})-[A-Z]\w+|\.\\\w+\.ps1)(?: (?:-\w+(?::\$\w+)?|'[^']*'|\$(?:true|false|null)\b))*`,
  "g",
);

/** Every command in running prose as it stands there: those of the catalogue, and whatever else has the form of a call. */
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
