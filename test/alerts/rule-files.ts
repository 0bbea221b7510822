import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** Root folder of the project. */
export const PROJECT = join(import.meta.dirname, "../..");
export const ALERTS_FOLDER = join(PROJECT, "alerts");
export const RUNBOOKS_FOLDER = join(PROJECT, "docs/runbooks");
export const RULE_TESTS_FOLDER = join(import.meta.dirname, "rules");

const Labels = z.record(z.string(), z.string());

const Rule = z.strictObject({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: Labels.optional(),
  annotations: Labels.optional(),
});

const RuleFileText = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), interval: z.string(), rules: z.array(Rule) })),
});

export type RuleFileContent = z.infer<typeof RuleFileText>;
export type Rule = z.infer<typeof Rule>;

export interface RuleFile {
  /** `hma-symptoms.rules.yml` */
  readonly name: string;
  readonly path: string;
  readonly content: RuleFileContent;
}

export interface AlertRule {
  readonly alert: string;
  readonly group: string;
  readonly rule: Rule;
}

/** The rule files of `alerts/`. */
export function readRuleFiles(): RuleFile[] {
  return namesIn(ALERTS_FOLDER, ".rules.yml").map((name) => {
    const path = join(ALERTS_FOLDER, name);
    return { name, path, content: parseRuleFile(readFileSync(path, "utf8")) };
  });
}

export function parseRuleFile(text: string): RuleFileContent {
  return RuleFileText.parse(parse(text));
}

export function alertsOf(files: readonly RuleFile[]): AlertRule[] {
  return files.flatMap((file) =>
    file.content.groups.flatMap((group) =>
      group.rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ alert: rule.alert, group: group.name, rule }])),
    ),
  );
}

/** A file of rule tests in promtool's format. */
export const RuleTestText = z.looseObject({
  rule_files: z.array(z.string()),
  tests: z.array(
    z.looseObject({
      name: z.string(),
      input_series: z.array(z.object({ series: z.string(), values: z.string() })),
      alert_rule_test: z.array(
        z.object({
          alertname: z.string(),
          eval_time: z.string(),
          exp_alerts: z.array(z.object({ exp_labels: Labels, exp_annotations: Labels.optional() })),
        }),
      ),
    }),
  ),
});

export interface RuleTestFile {
  readonly name: string;
  readonly path: string;
  readonly content: z.infer<typeof RuleTestText>;
}

/** The rule tests of `test/alerts/rules/`. */
export function readRuleTests(): RuleTestFile[] {
  return namesIn(RULE_TESTS_FOLDER, ".test.yml").map((name) => {
    const path = join(RULE_TESTS_FOLDER, name);
    return { name, path, content: RuleTestText.parse(parse(readFileSync(path, "utf8"))) };
  });
}

function namesIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort();
}
