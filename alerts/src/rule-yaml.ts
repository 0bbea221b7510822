import type { CommentedRule, Rule, RuleFile } from "./rule-files.ts";

const WIDTH = 140;

/** A rule file in the format of Prometheus, with its comments. */
export function ruleYaml({ name, comment, interval, rules }: RuleFile): string {
  return [
    ...commentLines(comment, ""),
    "# Made by the generator of alerts/src (npm run mixin): change it there.",
    "groups:",
    `  - name: ${name}`,
    `    interval: ${interval}`,
    "    rules:",
    ...rules.flatMap(ruleLines),
    "",
  ].join("\n");
}

function ruleLines({ comment, rule }: CommentedRule, index: number): string[] {
  const [first = "", ...rest] = fieldLines(rule);
  const gap = index > 0 && (rule.alert !== undefined || comment !== "") ? [""] : [];
  return [
    ...gap,
    ...commentLines(comment, "      "),
    `      - ${first}`,
    ...rest.map((line) => (line === "" ? "" : `        ${line}`)),
  ];
}

function fieldLines({ record, alert, expr, ...rest }: Rule): string[] {
  return [
    record === undefined ? `alert: ${alert ?? ""}` : `record: ${record}`,
    ...textLines("expr", expr),
    ...(rest.for === undefined ? [] : [`for: ${rest.for}`]),
    ...(rest.keep_firing_for === undefined ? [] : [`keep_firing_for: ${rest.keep_firing_for}`]),
    ...mapLines("labels", rest.labels),
    ...mapLines("annotations", rest.annotations),
  ];
}

function mapLines(name: string, map: Readonly<Record<string, string>> | undefined): string[] {
  if (map === undefined) return [];
  return [`${name}:`, ...Object.entries(map).flatMap(([key, text]) => textLines(key, text).map((line) => `  ${line}`))];
}

/** A field as YAML: several lines as a block, a long text folded at blanks, other texts plain or quoted if needed. */
function textLines(name: string, text: string): string[] {
  if (text.includes("\n")) return [`${name}: |-`, ...text.split("\n").map((line) => `  ${line}`)];
  if (text.length > WIDTH - 20 && !/ {2}|^ | $/.test(text))
    return [`${name}: >-`, ...wrapped(text).map((line) => `  ${line}`)];
  if (isPlain(text)) return [`${name}: ${text}`];
  return [`${name}: '${text.replaceAll("'", "''")}'`];
}

/** True if the text needs no quotes in YAML. */
function isPlain(text: string): boolean {
  // Samples: 5m, job:hma_exposed:max == 1; not: true, 0.995, [a], a: b, a #b
  return (
    /^[A-Za-z0-9_(]/.test(text) &&
    !/: |:$| #|\s$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|[\d._e+-]+)$/i.test(text)
  );
}

function commentLines(comment: string, indent: string): string[] {
  return comment === "" ? [] : wrapped(comment).map((line) => `${indent}# ${line}`);
}

/** Wraps at about 120 columns; evidence, cause and first action of an alert start on new lines. */
function wrapped(text: string): string[] {
  // Sample: … are refused. Likely cause: a worker …
  return text.split(/ (?=(?:Evidence|Likely cause|Named cause|First action): )/).flatMap(wrappedLines);
}

function wrappedLines(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length > WIDTH - 20) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
