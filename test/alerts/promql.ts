import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

/** Parts of an expression, parsed with the grammar of Prometheus 3. */
export interface Expression {
  /** Text around each syntax error. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  /** Durations in square brackets, for example `5m`, with their positions. */
  readonly ranges: readonly { readonly from: number; readonly to: number; readonly text: string }[];
  /** Numbers on one side of a comparison, for example `> 0.5`. */
  readonly comparedNumbers: readonly number[];
}

const COMPARISONS = new Set(["Eql", "EqlSingle", "Neq", "Gtr", "Lss", "Gte", "Lte", "EqlC"]);

export function readExpression(text: string): Expression {
  const errors: string[] = [];
  const selectors: Selector[] = [];
  const ranges: { from: number; to: number; text: string }[] = [];
  const comparedNumbers: number[] = [];
  parser.parse(text).iterate({
    enter: ({ node, name }) => {
      if (node.type.isError) errors.push(text.slice(Math.max(0, node.from - 20), node.to + 20));
      if (name === "VectorSelector") selectors.push(selectorAt(node, text));
      if (name === "MatrixSelector") ranges.push(rangeAt(node, text));
      if (name === "BinaryExpr") comparedNumbers.push(...numbersComparedAt(node, text));
    },
  });
  return { errors, selectors, ranges, comparedNumbers };
}

function selectorAt(node: SyntaxNode, text: string): Selector {
  const identifier = node.getChild("Identifier");
  const matchers: Matcher[] = [];
  node
    .getChild("LabelMatchers")
    ?.toTree()
    .iterate({
      enter: (inner) => {
        if (inner.name !== "UnquotedLabelMatcher") return;
        const at = node.getChild("LabelMatchers")?.from ?? 0;
        // Sample: cause!~"junk_tokens|unknown_user"
        const parts = /^\s*(\w+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")\s*$/.exec(
          text.slice(at + inner.from, at + inner.to),
        );
        if (parts === null) return;
        matchers.push({
          label: parts[1] ?? "",
          operator: parts[2] as Matcher["operator"],
          value: JSON.parse(parts[3] ?? '""') as string,
        });
      },
    });
  return { metric: identifier === null ? "" : text.slice(identifier.from, identifier.to), matchers };
}

function rangeAt(node: SyntaxNode, text: string): { from: number; to: number; text: string } {
  const open = text.lastIndexOf("[", node.to - 1);
  return { from: open + 1, to: node.to - 1, text: text.slice(open + 1, node.to - 1) };
}

function numbersComparedAt(node: SyntaxNode, text: string): number[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  if (!children.some((child) => COMPARISONS.has(child.name))) return [];
  return children
    .filter((child) => child.name === "NumberDurationLiteral")
    .map((child) => Number(text.slice(child.from, child.to)));
}

/** The PromQL texts in an annotation's template, with `%q` filled in. */
export function queriesIn(template: string): string[] {
  const queries: string[] = [];
  // Sample: {{ with printf "job:hma_exposed:max{job=%q}" $labels.job | query }}, {{ with query "hma:links:info" }}
  for (const [, literal = '""'] of template.matchAll(/(?:\bprintf|\bquery) ("(?:[^"\\]|\\.)*")/g)) {
    const text = JSON.parse(literal) as string;
    if (!text.startsWith("%")) queries.push(text.replaceAll("%q", '"x"'));
  }
  return queries;
}
