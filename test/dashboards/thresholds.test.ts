import { describe, expect, test } from "@jest/globals";
import { METRICS } from "../../src/catalogue/metrics.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { THRESHOLDS } from "../../dashboards/src/thresholds.ts";
import { HEAL_SECONDS } from "../../dashboards/src/expressions.ts";
import { readRuleFiles } from "../alerts/rule-files.ts";

describe("the limits of the boards", () => {
  const rules = readRuleFiles()
    .flatMap((file) => file.content.groups)
    .flatMap((group) => group.rules);

  test.each(Object.entries(THRESHOLDS))("%s is %d, as in the rules", (name, value) => {
    expect(rules.filter((rule) => rule.record === name).map((rule) => rule.expr)).toEqual([`vector(${value})`]);
  });

  test("30 minutes are the bound of a bucket in both histograms of lengths", () => {
    const histograms = (METRICS as readonly Metric[]).filter((metric) => metric.type === "histogram");
    expect(histograms.map((metric) => metric.buckets?.includes(HEAL_SECONDS))).toEqual([true, true]);
  });
});
