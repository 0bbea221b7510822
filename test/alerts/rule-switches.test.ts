import { describe, expect, test } from "@jest/globals";
import { parser } from "@prometheus-io/lezer-promql";
import type { Metric } from "../../src/catalogue/metric.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import { METRIC_GROUPS, type MetricGroup } from "../../src/catalogue/switches.ts";
import { readExpression } from "./promql.ts";
import { readRuleFiles } from "./rule-files.ts";

const CATALOGUE: readonly Metric[] = METRICS;
const rules = readRuleFiles().flatMap(({ content }) => content.groups.flatMap((group) => group.rules));
const recorded = new Map<string, string[]>();
for (const { record, expr } of rules)
  if (record !== undefined) recorded.set(record, [...(recorded.get(record) ?? []), expr]);

/** Metric groups in an expression, including those behind recorded series. */
function groupsIn(expr: string, above: readonly string[] = []): ReadonlySet<MetricGroup> {
  const groups = new Set<MetricGroup>();
  for (const { metric } of readExpression(expr).selectors) {
    const group = CATALOGUE.find(
      ({ name }) => metric.replace(/_(?:bucket|sum|count)$/, "") === name || metric === name,
    )?.group;
    if (group !== undefined) groups.add(group);
    if (above.includes(metric)) continue;
    for (const inner of recorded.get(metric) ?? [])
      for (const found of groupsIn(inner, [...above, metric])) groups.add(found);
  }
  return groups;
}

/** Groups without which an expression has more series than with them, because only `unless` or `absent` uses them. */
function firesWithout(expr: string): readonly MetricGroup[] {
  const found: MetricGroup[] = [];
  parser.parse(expr).iterate({
    enter: ({ node, name }) => {
      const text = (at: typeof node | null): string => (at === null ? "" : expr.slice(at.from, at.to));
      if (name === "FunctionCall" && /^absent/.test(text(node)))
        found.push(...groupsIn(text(node.getChild("FunctionCallBody"))));
      if (name !== "BinaryExpr" || node.getChild("Unless") === null) return;
      const kept = groupsIn(text(node.firstChild));
      found.push(...[...groupsIn(text(node.lastChild))].filter((group) => !kept.has(group)));
    },
  });
  return found;
}

describe("a disabled group of metrics", () => {
  test.each(rules.filter(({ alert }) => alert !== undefined))("never makes $alert fire", ({ expr }) => {
    expect(firesWithout(expr)).toEqual([]);
  });

  test.each([
    ["hma_incident_open unless on (job) hma_requests_total", ["requests"]],
    ["hma_requests_total > 1 unless hma_requests_total > 2", []],
    ["absent(hma_config_compliant)", ["compliance"]],
    ["hma_incident_open unless job:hma_bearer_requests:rate5m > 0", ["requests"]],
  ])("the check detects that %s returns more series without it", (expr, groups) => {
    expect([...new Set(firesWithout(expr))]).toEqual(groups);
  });

  test("contains at least one metric of the catalogue", () => {
    expect(METRIC_GROUPS.filter((group) => !CATALOGUE.some((metric) => metric.group === group))).toEqual([]);
  });
});
