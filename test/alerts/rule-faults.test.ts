import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BOARDS } from "../../dashboards/src/link.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { APP_POOLS, BEARER_APP_POOLS } from "../../src/model/app-pool.ts";
import { ruleFaults } from "./rule-faults.ts";
import type { RuleWorld } from "./rule-faults.ts";
import { parseRuleFile, readRuleFiles, readRuleTests, RUNBOOKS_FOLDER } from "./rule-files.ts";
import { readExpression } from "./promql.ts";

const runbooks = new Map(
  readdirSync(RUNBOOKS_FOLDER).map((name) => [name, readFileSync(join(RUNBOOKS_FOLDER, name), "utf8")]),
);
const metrics: readonly Metric[] = METRICS;
const world: RuleWorld = {
  metrics: new Map(metrics.map((metric) => [metric.name, metric.labels])),
  checks: CHECKS.map((check) => check.id),
  boards: Object.values(BOARDS).map((board) => board.uid),
  runbooks,
  tests: readRuleTests(),
};
const files = readRuleFiles();

test("every alert has labels, texts, a runbook, a dashboard and tests, and uses only names that exist", () => {
  expect(ruleFaults(files, world)).toEqual([]);
});

test("HmaStaleKeysAfterRecycle selects exactly the app pools that check Bearer tokens", () => {
  const rule = files
    .flatMap((file) => file.content.groups)
    .flatMap((group) => group.rules)
    .find((one) => one.alert === "HmaStaleKeysAfterRecycle");
  const pattern = readExpression(rule?.expr ?? "")
    .selectors.flatMap((selector) => selector.matchers)
    .find((matcher) => matcher.label === "app_pool");
  const matched = APP_POOLS.filter((pool) => new RegExp(`^(?:${pattern?.value ?? ""})$`).test(pool));
  expect([...matched].sort()).toEqual([...BEARER_APP_POOLS].sort());
});

describe("ruleFaults() reports", () => {
  const cases: [name: string, file: string, from: string, to: string, fault: string][] = [
    [
      "a metric that does not exist",
      "hma-exporter.rules.yml",
      'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      "hma_log_lost_bytes != 0",
      "HmaUnaccountedBytes, expr: the catalogue has no metric hma_log_lost_bytes",
    ],
    [
      "a metric that does not exist, in a text",
      "hma-exporter.rules.yml",
      'printf "hma_log_files{',
      'printf "hma_log_file{',
      "HmaLogStale, annotation: the catalogue has no metric hma_log_file",
    ],
    [
      "a label that a metric lacks",
      "hma-exporter.rules.yml",
      'hma_log_last_event_timestamp_seconds{job=~"hma.*",format=~',
      'hma_log_last_event_timestamp_seconds{job=~"hma.*",kind=~',
      "hma_log_last_event_timestamp_seconds has no label kind",
    ],
    [
      "a value that a label never has",
      "hma-capacity.rules.yml",
      'category=~"invalid_token|invalid_user"',
      'category=~"invalid_tokens|invalid_user"',
      'hma_bearer_rejections_total{category} is never "invalid_tokens"',
    ],
    [
      "a check that does not exist",
      "hma-risk.rules.yml",
      'check="auth_certificate"',
      'check="auth_cert"',
      'hma_config_compliant{check} is never "auth_cert"',
    ],
    [
      "a recorded series that nobody records",
      "hma-risk.rules.yml",
      "expr: job:hma_exposed:max == 1",
      "expr: job:hma_exposed:sum == 1",
      "HmaExposed, expr: the catalogue has no metric job:hma_exposed:sum",
    ],
    [
      "a misnamed recorded series",
      "hma-symptoms.rules.yml",
      "record: job:hma_servers:count",
      "record: job_hma_servers_count",
      "job_hma_servers_count: no name of the form level:metric:operation",
    ],
    [
      "a threshold outside the thresholds' file",
      "hma-risk.rules.yml",
      "> scalar(hma:auth_admin_age_seconds:threshold)",
      "> 86400",
      "HmaAuthAdminNotRunning, expr: 86400 is compared with here and not in hma-thresholds.rules.yml",
    ],
    [
      "a threshold that nobody uses",
      "hma-risk.rules.yml",
      "> scalar(hma:auth_admin_age_seconds:threshold)",
      "> 0",
      "hma:auth_admin_age_seconds:threshold: no rule uses this threshold",
    ],
    [
      "a threshold whose absence nobody would notice",
      "hma-exporter.rules.yml",
      "or absent(hma:slo_objective:ratio)",
      "",
      "hma:slo_objective:ratio: HmaThresholdsMissing does not watch it",
    ],
    [
      "what Prometheus 3 cannot read",
      "hma-exporter.rules.yml",
      'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      "hma_log_unaccounted_bytes <> 0",
      "HmaUnaccountedBytes, expr: not PromQL of Prometheus 3 near",
    ],
    [
      "a function that Prometheus 3 no longer has",
      "hma-exporter.rules.yml",
      'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      "holt_winters(hma_log_unaccounted_bytes[1h], 0.5, 0.5) > 0",
      "HmaUnaccountedBytes, expr: not PromQL of Prometheus 3 near",
    ],
    [
      "a match on le",
      "hma-exporter.rules.yml",
      'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      'hma_bearer_loop_duration_seconds_bucket{le="60"} > 0',
      "HmaUnaccountedBytes, expr: le is matched",
    ],
    [
      "a range too short",
      "hma-capacity.rules.yml",
      'result="rejected"}[4m55s]',
      'result="rejected"}[1m]',
      "range [1m] is too short",
    ],
    [
      "a page without keep_firing_for",
      "hma-symptoms.rules.yml",
      "expr: job_instance:hma_incident_outage:count > 0\n        keep_firing_for: 10m",
      "expr: job_instance:hma_incident_outage:count > 0",
      "HmaBearerLoopIncident: a page without keep_firing_for",
    ],
    [
      "a missing severity",
      "hma-risk.rules.yml",
      "severity: critical",
      "level: critical",
      'HmaAuthCertificateExpiryImminent: severity is ""',
    ],
    ["an unknown component", "hma-risk.rules.yml", "component: certificate", "component: cert", 'component is "cert"'],
    [
      "a summary with a value in it",
      "hma-risk.rules.yml",
      "summary: The next worker process",
      "summary: '{{ $value }} worker process",
      "HmaExposed: summary is no static sentence",
    ],
    [
      "a missing annotation",
      "hma-risk.rules.yml",
      "          summary: The next worker process that starts will refuse Bearer tokens\n",
      "",
      "HmaExposed: annotations are not",
    ],
    [
      "a description without a first action",
      "hma-risk.rules.yml",
      "First action: Get-AuthServer",
      "Then: Get-AuthServer",
      "HmaExposed: description names no first action",
    ],
    [
      "a runbook that is missing",
      "hma-risk.rules.yml",
      "/HmaExposed.md",
      "/HmaExposure.md",
      "HmaExposed: runbook_url does not lead to its page",
    ],
    [
      "a dashboard that is missing",
      "hma-risk.rules.yml",
      "/d/hma-server?",
      "/d/hma-servers?",
      'HmaStaleKeysAfterRecycle: dashboard_url leads to no dashboard ("hma-servers")',
    ],
    [
      "a dashboard link without the server",
      "hma-risk.rules.yml",
      "&var-instance={{ $labels.instance | urlquery }}",
      "",
      "HmaStaleKeysAfterRecycle: dashboard_url does not carry the server",
    ],
    [
      "a new alert without page and tests",
      "hma-risk.rules.yml",
      "alert: HmaExposed",
      "alert: HmaExposedNow",
      "HmaExposedNow: no rule test sees it fire",
    ],
  ];

  test.each(cases)("%s", (_name, file, from, to, fault) => {
    const text = readFileSync(files.find((one) => one.name === file)!.path, "utf8");
    expect(text).toContain(from);
    const broken = files.map((one) =>
      one.name === file ? { ...one, content: parseRuleFile(fixQuotes(text.replace(from, to))) } : one,
    );
    expect(ruleFaults(broken, world).join("\n")).toContain(fault);
  });

  test("a runbook without an alert, with wrong sections, or without a command", () => {
    const other = new Map(runbooks)
      .set("HmaGone.md", "# HmaGone\n")
      .set("HmaExposed.md", "# HmaExposed\n\n## Meaning\n");
    const faults = ruleFaults(files, { ...world, runbooks: other });
    expect(faults).toContain("docs/runbooks/HmaGone.md: no alert of that name");
    expect(faults.join("\n")).toContain("HmaExposed: its runbook's sections are not");
    expect(faults).toContain("HmaExposed: its runbook has no command");
  });

  test("an alert without a test for a near miss or for its resolution", () => {
    const tests = world.tests.map((file) => ({
      ...file,
      content: {
        ...file.content,
        tests: file.content.tests.filter((one) => !one.name.includes("HmaUnaccountedBytes")),
      },
    }));
    const faults = ruleFaults(files, { ...world, tests });
    expect(faults).toContain("HmaUnaccountedBytes: no rule test is its near miss");
    expect(faults).toContain("HmaUnaccountedBytes: no rule test sees it resolve");
  });
});

/** Closes the quote that a replacement opened in a plain YAML scalar. */
function fixQuotes(text: string): string {
  return text.replace(/^(\s+summary: '.*[^'])$/m, "$1'");
}
