import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { PRESENT_VERSIONS } from "./prometheus-versions.ts";
import { ALERTS_FOLDER, readRuleFiles, readRuleTests, RuleTestText } from "./rule-files.ts";
import type { RuleTestFile } from "./rule-files.ts";
import { readExpression } from "./promql.ts";
import { leftOpen } from "./scale-rules.ts";
import { hasTool, runTool } from "./run-tool.ts";

const describeWithPromtool = hasTool("promtool") ? describe : describe.skip;
const files = readRuleFiles();

describeWithPromtool("promtool", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hma-rules-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("check rules reports nothing", async () => {
    const { code, stdout, stderr } = await runTool("promtool", [
      "check",
      "rules",
      "--lint=all",
      "--lint-fatal",
      ...files.map((file) => file.path),
    ]);
    expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
  });

  test("check rules fails on a duplicate rule", async () => {
    const path = join(folder, "twice.rules.yml");
    const rule = { record: "job:hma_exposed:max", expr: "max by (job) (hma_exposed)" };
    writeFileSync(path, stringify({ groups: [{ name: "twice", rules: [rule, rule] }] }));
    expect((await runTool("promtool", ["check", "rules", "--lint=all", "--lint-fatal", path])).code).not.toBe(0);
  });

  const tests = readRuleTests();
  test.each(tests)("test rules $name passes", async (file) => {
    const { code, stdout, stderr } = await runTool("promtool", ["test", "rules", withNamedThresholds(folder, file)]);
    expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
  });

  // The stage of test/all.sh that sets HMA_PROMETHEUS_3 runs this suite with that promtool.
  const isElsewhere = isPromtool3() || process.env["HMA_PROMETHEUS_3"] === "1";
  const third = PRESENT_VERSIONS.find(({ name }) => name === "3.5");
  (isElsewhere || third === undefined ? test.skip : test).each(tests)(
    "test rules $name passes with the promtool of Prometheus 3.5",
    async (file) => {
      const tested = withNamedThresholds(folder, file);
      const { code, stdout, stderr } = await runTool(third?.promtool ?? "promtool", ["test", "rules", tested]);
      expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
    },
  );

  // Prometheus 3 excludes a sample exactly at the start of a range. Without its promtool, a copy with left-open ranges is tested: that may
  // change numbers in texts, but not alerts.
  (isElsewhere || third !== undefined ? test.skip : test).each(tests.filter(hasRanges))(
    "test rules $name passes with left-open ranges, as in Prometheus 3",
    async ({ name, path }) => {
      const { code, stdout, stderr } = await runTool("promtool", [
        "test",
        "rules",
        copyWithOpenRanges(folder, name, path),
      ]);
      expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
    },
  );

  test("test rules fails on an alert that fires too early", async () => {
    const path = join(folder, "early.test.yml");
    const series = [{ series: 'hma_exposed{job="hma",instance="EX01"}', values: "1x60" }];
    const early = { alertname: "HmaExposed", eval_time: "10m", exp_alerts: [] };
    writeFileSync(
      path,
      stringify({
        rule_files: [join(ALERTS_FOLDER, "hma-risk.rules.yml")],
        tests: [{ interval: "1m", input_series: series, alert_rule_test: [early] }],
      }),
    );
    expect((await runTool("promtool", ["test", "rules", path])).code).not.toBe(0);
  });

  test("the error budget is not recorded before its objective, because dashboards would show NaN", async () => {
    const path = join(folder, "no-objective.test.yml");
    const labels = 'job="hma",instance="EX01",protocol="mapi",scheme="bearer"';
    const series = [
      { series: `hma_requests_total{${labels},result="success"}`, values: "0+60x30" },
      { series: `hma_requests_total{${labels},result="rejected"}`, values: "0+1x30" },
    ];
    const known = {
      expr: "count(job:hma_bearer_refused:ratio_rate30d)",
      eval_time: "20m",
      exp_samples: [{ value: 1 }],
    };
    const budget = { expr: "job:hma_bearer_error_budget:left30d", eval_time: "20m", exp_samples: [] };
    writeFileSync(
      path,
      stringify({
        rule_files: [join(ALERTS_FOLDER, "hma-capacity.rules.yml")],
        tests: [{ interval: "1m", input_series: series, promql_expr_test: [known, budget] }],
      }),
    );
    const { code, stdout, stderr } = await runTool("promtool", ["test", "rules", path]);
    expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
  });
});

const THRESHOLDS = "hma-thresholds.rules.yml";

/**
 * A copy of the test file that loads, of the thresholds, those that its other rules name: promtool evaluates each loaded rule once a
 * minute, and most of that time went into thresholds that nothing compares. The tests of the thresholds themselves load all of them.
 */
function withNamedThresholds(folder: string, { name, path, content }: RuleTestFile): string {
  const thresholds = files.find((file) => file.name === THRESHOLDS)!;
  if (name.startsWith("thresholds") || !content.rule_files.some((loaded) => loaded.endsWith(THRESHOLDS))) return path;
  const others = files.filter(
    (file) => file !== thresholds && content.rule_files.some((loaded) => loaded.endsWith(file.name)),
  );
  const text = JSON.stringify([content.tests, others.map((file) => file.content)]);
  const groups = thresholds.content.groups.map((group) => ({
    ...group,
    rules: group.rules.filter(({ record }) => record !== undefined && text.includes(record)),
  }));
  const named = join(folder, `${name}-${THRESHOLDS}`);
  writeFileSync(named, stringify({ groups }));
  const copy = join(folder, name);
  writeFileSync(copy, stringify({ ...content, rule_files: [named, ...others.map((file) => file.path)] }));
  return copy;
}

function isPromtool3(): boolean {
  return / version 3\./.test(spawnSync("promtool", ["--version"], { encoding: "utf8" }).stdout);
}

/** True if a rule that the test file loads uses a range. */
function hasRanges({ content }: RuleTestFile): boolean {
  const loaded = files.filter((file) => content.rule_files.some((ruleFile) => ruleFile.endsWith(file.name)));
  return loaded
    .flatMap((file) => file.content.groups)
    .flatMap((group) => group.rules)
    .some((rule) => readExpression(rule.expr).ranges.length > 0);
}

/** The test file and copies of its rule files with left-open ranges, both without annotations. */
function copyWithOpenRanges(folder: string, name: string, path: string): string {
  const content = RuleTestText.parse(parse(readFileSync(path, "utf8")));
  content.rule_files = content.rule_files.map((ruleFile) => {
    const file = files.find((one) => ruleFile.endsWith(one.name))!;
    const open = leftOpen(file.content);
    for (const rule of open.groups.flatMap((group) => group.rules)) delete rule.annotations;
    const copy = join(folder, file.name);
    writeFileSync(copy, stringify(open));
    return copy;
  });
  for (const alert of content.tests.flatMap((one) => one.alert_rule_test).flatMap((one) => one.exp_alerts))
    delete alert.exp_annotations;
  const copy = join(folder, name);
  writeFileSync(copy, stringify(content));
  return copy;
}
