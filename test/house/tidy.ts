import ts from "typescript";

/** Maximum number of characters per line. */
const MAX_LINE = 140;

/** Banned words in names and comments, and what to write instead. Texts for users are not checked here. */
const BANNED_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b[Tt]old\b|[a-z]Told(?![a-z])|\btold[A-Z]/, "the act: logged, reported, listed, known, distinguished"],
  [/\b[Ss]ight(?:ing)?\b|[a-z]Sighting/, "row, or observation"],
  [/\bhears\b/i, "receives"],
  [/\bwoken\b/i, "paged"],
  [/\b(?:MOST|LEAST)_/, "MAX_ or MIN_"],
];

/** A string of one line that is longer than this must be broken at a space. */
const MAX_TEXT = 120;

/**
 * Lines longer than the limit, as `file:line`. A string counts if it can be broken at a space. Templates of several lines, regular
 * expressions and texts without spaces (certificates, column lists) do not count, because nothing can break them.
 */
export function longLines(file: string, text: string): string[] {
  const lines = text.split("\n");
  // Most files have no long line even with their texts, and need not be parsed.
  if (lines.every((line) => line.length <= MAX_LINE)) return [];
  const rest = withoutTexts(text).split("\n");
  const texts = breakableTexts(text);
  return lines.flatMap((line, at) =>
    (rest[at] ?? "").length > MAX_LINE || (line.length > MAX_LINE && texts.has(at))
      ? [`${file}:${String(at + 1)} has ${String(line.length)} characters`]
      : [],
  );
}

/** Numbers of the lines, from 0, with a string that can be continued on the next line by `+`. */
function breakableTexts(text: string): Set<number> {
  const source = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node)) return;
    if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) {
      ts.forEachChild(node, visit);
      return;
    }
    const raw = node.getText(source).slice(1, -1);
    const words = raw.replaceAll(/\$\{[^}]*\}/g, (code) => "x".repeat(code.length)).split(" ");
    const isBreakable = words.length > 1 && words.every((word) => word.length <= MAX_TEXT / 2);
    if (raw.length > MAX_TEXT && isBreakable && !raw.includes("\n"))
      lines.add(source.getLineAndCharacterOfPosition(node.getStart(source)).line);
  };
  visit(source);
  return lines;
}

/** Banned words in names and comments, with their replacements. */
export function bannedWords(file: string, text: string): string[] {
  if (BANNED_WORDS.every(([word]) => !word.test(text))) return [];
  return withoutTexts(text)
    .split("\n")
    .flatMap((line, at) =>
      BANNED_WORDS.flatMap(([word, instead]) => {
        const found = word.exec(line)?.[0];
        return found === undefined ? [] : [`${file}:${String(at + 1)} says "${found}"; write ${instead}`];
      }),
    );
}

/** Exports of `product` that neither another of the files nor the file itself uses: `file name`. */
export function deadExports(files: ReadonlyMap<string, string>): string[] {
  const users = new Map<string, number>();
  for (const text of files.values())
    for (const name of new Set(text.match(/[A-Za-z_$][\w$]*/g))) users.set(name, (users.get(name) ?? 0) + 1);
  return [...files].flatMap(([file, text]) =>
    [...text.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) ([\w$]+)/gm)].flatMap(
      ([, name = ""]) => {
        const isUsed = (users.get(name) ?? 0) > 1 || (text.match(new RegExp(`\\b${name}\\b`, "g"))?.length ?? 0) > 1;
        return isUsed ? [] : [`${file} ${name}`];
      },
    ),
  );
}

/** Keys in backticks on a page, such as `follow.poll`, that start with a section of the configuration but do not exist. */
export function unknownKeys(page: string, keys: ReadonlySet<string>): string[] {
  const sections = new Set([...keys].filter((key) => key.includes(".")).map((key) => key.slice(0, key.indexOf("."))));
  // Sample: set `follow.poll` to 2s
  return [...page.matchAll(/`([a-z]\w*(?:\.[A-Za-z]\w*)+)(?::[^`]*)?`/g)]
    .map(([, key = ""]) => key)
    .filter(
      (key) => sections.has(key.slice(0, key.indexOf("."))) && !/\.(?:ya?ml|json|md|ts|ps1|tsv|log|html|om)$/.test(key),
    )
    .filter((key) => !keys.has(key));
}

/** The text with the contents of strings, templates and regular expressions removed; the line numbers stay. */
function withoutTexts(text: string): string {
  const source = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
  const spans: (readonly [number, number])[] = [];
  const visit = (node: ts.Node): void => {
    const isText = ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node) || ts.isTemplateExpression(node);
    if (isText) spans.push([node.getStart(source), node.getEnd()]);
    else ts.forEachChild(node, visit);
  };
  visit(source);
  let rest = text;
  for (const [from, to] of spans.toReversed())
    rest = rest.slice(0, from) + '"' + rest.slice(from, to).replaceAll(/[^\n]/g, "") + '"' + rest.slice(to);
  return rest;
}
