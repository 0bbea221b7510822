import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** A series selector in an expression. */
export interface Selector {
  /** "" if there are only matchers. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** Text of the range, `5m`; null for an instant selector. */
  readonly range: string | null;
  /** Function whose direct argument is the selector (apart from offset and @); null if none. */
  readonly call: string | null;
}

/** Replaces Grafana's variables with sample values, because `[$__rate_interval]` is not PromQL. Variables inside quotes stay. */
export function withSampleValues(expr: string): string {
  return expr
    .split('"')
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part
            // Sample: [$__rate_interval]
            .replace(/\$__rate_interval/g, "8869990787ms")
            // Sample: [$__range:1m]
            .replace(/\$__range\b/g, "6069770749ms")
            // Sample: [$__interval]
            .replace(/\$__interval\b/g, "4867856611ms"),
    )
    .join('"');
}

/** The range that replaces `$__rate_interval`. */
export const RATE_INTERVAL = "8869990787ms";

/** True if Prometheus' own grammar accepts the text. Argument types are not checked. */
export function isPromql(expr: string): boolean {
  let isSound = expr.trim() !== "";
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) isSound = false;
    },
  });
  return isSound;
}

/** All selectors of an expression, in the order of the text. */
export function selectorsOf(expr: string): readonly Selector[] {
  const selectors: Selector[] = [];
  parser.parse(expr).iterate({
    enter: (ref) => {
      if (ref.name === "VectorSelector") selectors.push(selectorAt(ref.node, expr));
    },
  });
  return selectors;
}

function selectorAt(node: SyntaxNode, expr: string): Selector {
  const name = node.getChild("Identifier");
  const matchers = (node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []).map((matcher) => ({
    label: textOf(matcher.getChild("LabelName"), expr),
    operator: textOf(matcher.getChild("MatchOp"), expr),
    value: unquoted(textOf(matcher.getChild("StringLiteral"), expr)),
  }));
  const matrix = node.parent?.name === "MatrixSelector" ? node.parent : null;
  return {
    name: textOf(name, expr),
    matchers,
    range: matrix === null ? null : textOf(matrix.getChild("DurationExpr"), expr),
    call: callAround(matrix ?? node, expr),
  };
}

function callAround(node: SyntaxNode, expr: string): string | null {
  let parent = node.parent;
  while (parent?.name === "OffsetExpr" || parent?.name === "StepInvariantExpr") parent = parent.parent;
  if (parent?.name !== "FunctionCallBody" || parent.parent?.name !== "FunctionCall") return null;
  return textOf(parent.parent.getChild("FunctionIdentifier"), expr);
}

function textOf(node: SyntaxNode | null | undefined, expr: string): string {
  return node === null || node === undefined ? "" : expr.slice(node.from, node.to);
}

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll("\\\\", "\\").replaceAll('\\"', '"');
}
