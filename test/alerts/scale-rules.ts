import { formatDuration, parseDuration } from "../../src/model/durations.ts";
import { readExpression } from "./promql.ts";
import type { RuleFileContent } from "./rule-files.ts";

/** The rules with all durations divided by `factor`: `for`, `keep_firing_for`, ranges, intervals, and thresholds in seconds. */
export function scaleRules(content: RuleFileContent, factor: number): RuleFileContent {
  const scale = (duration: string): string => formatDuration(Math.max(1, millisecondsOf(duration) / factor));
  return {
    groups: content.groups.map((group) => ({
      ...group,
      interval: "1s",
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: isSeconds(rule.record)
          ? rule.expr.replace(/\d+/, (seconds) => String(Number(seconds) / factor))
          : withRanges(rule.expr, scale),
        ...(rule.for === undefined ? {} : { for: scale(rule.for) }),
        ...(rule.keep_firing_for === undefined ? {} : { keep_firing_for: scale(rule.keep_firing_for) }),
      })),
    })),
  };
}

/** The rules with ranges that are one millisecond shorter, the resolution of samples, so that they exclude a sample at their start. */
export function leftOpen(content: RuleFileContent): RuleFileContent {
  const shorten = (duration: string): string => formatDuration(millisecondsOf(duration) - 1);
  return {
    groups: content.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({ ...rule, expr: withRanges(rule.expr, shorten) })),
    })),
  };
}

/** The expression with each duration in square brackets replaced. */
export function withRanges(expr: string, turn: (duration: string) => string): string {
  let text = expr;
  for (const { from, to, text: duration } of readExpression(expr).ranges.toReversed())
    text = text.slice(0, from) + turn(duration) + text.slice(to);
  return text;
}

function isSeconds(record: string | undefined): boolean {
  return record?.endsWith("_seconds:threshold") ?? false;
}

function millisecondsOf(duration: string): number {
  const ms = parseDuration(duration);
  if (ms === null) throw new Error(`Cannot scale a rule: "${duration}" is no duration`);
  return ms;
}
