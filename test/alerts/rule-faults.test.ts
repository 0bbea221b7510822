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
  interface Fault {
    readonly name: string;
    /** Rule file in which `from` is replaced by `to`. */
    readonly file: string;
    readonly from: string;
    readonly to: string;
    /** Part of the expected report. */
    readonly fault: string;
  }

  const cases: readonly Fault[] = [
    {
      name: "a metric that does not exist",
      file: "hma-exporter.rules.yml",
      from: 'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      to: "hma_log_lost_bytes != 0",
      fault: "HmaUnaccountedBytes, expr: the catalogue has no metric hma_log_lost_bytes",
    },
    {
      name: "a metric that does not exist, in a text",
      file: "hma-exporter.rules.yml",
      from: 'printf "hma_log_files{',
      to: 'printf "hma_log_file{',
      fault: "HmaLogStale, annotation: the catalogue has no metric hma_log_file",
    },
    {
      name: "a label that a metric lacks",
      file: "hma-exporter.rules.yml",
      from: 'hma_log_last_event_timestamp_seconds{job=~"hma.*",format=~',
      to: 'hma_log_last_event_timestamp_seconds{job=~"hma.*",kind=~',
      fault: "hma_log_last_event_timestamp_seconds has no label kind",
    },
    {
      name: "a value that a label never has",
      file: "hma-capacity.rules.yml",
      from: 'category=~"invalid_token|invalid_user"',
      to: 'category=~"invalid_tokens|invalid_user"',
      fault: 'hma_bearer_rejections_total{category} is never "invalid_tokens"',
    },
    {
      name: "a check that does not exist",
      file: "hma-risk.rules.yml",
      from: 'check="auth_certificate"',
      to: 'check="auth_cert"',
      fault: 'hma_config_compliant{check} is never "auth_cert"',
    },
    {
      name: "a recorded series that nobody records",
      file: "hma-risk.rules.yml",
      from: "expr: job:hma_exposed:max == 1",
      to: "expr: job:hma_exposed:sum == 1",
      fault: "HmaExposed, expr: the catalogue has no metric job:hma_exposed:sum",
    },
    {
      name: "a misnamed recorded series",
      file: "hma-symptoms.rules.yml",
      from: "record: job:hma_servers:count",
      to: "record: job_hma_servers_count",
      fault: "job_hma_servers_count: no name of the form level:metric:operation",
    },
    {
      name: "a threshold outside the thresholds' file",
      file: "hma-risk.rules.yml",
      from: "> scalar(hma:auth_admin_age_seconds:threshold)",
      to: "> 86400",
      fault: "HmaAuthAdminNotRunning, expr: 86400 is compared with here and not in hma-thresholds.rules.yml",
    },
    {
      name: "a threshold that nobody uses",
      file: "hma-risk.rules.yml",
      from: "> scalar(hma:auth_admin_age_seconds:threshold)",
      to: "> 0",
      fault: "hma:auth_admin_age_seconds:threshold: no rule uses this threshold",
    },
    {
      name: "a threshold whose absence nobody would notice",
      file: "hma-exporter.rules.yml",
      from: "or absent(hma:slo_objective:ratio)",
      to: "",
      fault: "hma:slo_objective:ratio: HmaThresholdsMissing does not watch it",
    },
    {
      name: "what Prometheus 3 cannot read",
      file: "hma-exporter.rules.yml",
      from: 'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      to: "hma_log_unaccounted_bytes <> 0",
      fault: "HmaUnaccountedBytes, expr: not PromQL of Prometheus 3 near",
    },
    {
      name: "a function that Prometheus 3 no longer has",
      file: "hma-exporter.rules.yml",
      from: 'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      to: "holt_winters(hma_log_unaccounted_bytes[1h], 0.5, 0.5) > 0",
      fault: "HmaUnaccountedBytes, expr: not PromQL of Prometheus 3 near",
    },
    {
      name: "a match on le",
      file: "hma-exporter.rules.yml",
      from: 'hma_log_unaccounted_bytes{job=~"hma.*"} != 0',
      to: 'hma_bearer_loop_duration_seconds_bucket{le="60"} > 0',
      fault: "HmaUnaccountedBytes, expr: le is matched",
    },
    {
      name: "a range too short",
      file: "hma-capacity.rules.yml",
      from: 'result="rejected"}[4m55s]',
      to: 'result="rejected"}[1m]',
      fault: "range [1m] is too short",
    },
    {
      name: "a page without keep_firing_for",
      file: "hma-symptoms.rules.yml",
      from: "expr: job_instance:hma_incident_outage:count > 0\n        keep_firing_for: 10m",
      to: "expr: job_instance:hma_incident_outage:count > 0",
      fault: "HmaBearerLoopIncident: a page without keep_firing_for",
    },
    {
      name: "a missing severity",
      file: "hma-risk.rules.yml",
      from: "severity: critical",
      to: "level: critical",
      fault: 'HmaAuthCertificateExpiryImminent: severity is ""',
    },
    {
      name: "an unknown component",
      file: "hma-risk.rules.yml",
      from: "component: certificate",
      to: "component: cert",
      fault: 'component is "cert"',
    },
    {
      name: "a summary with a value in it",
      file: "hma-risk.rules.yml",
      from: "summary: The next worker process",
      to: "summary: '{{ $value }} worker process",
      fault: "HmaExposed: summary is no static sentence",
    },
    {
      name: "a missing annotation",
      file: "hma-risk.rules.yml",
      from: "          summary: The next worker process that starts will refuse Bearer tokens\n",
      to: "",
      fault: "HmaExposed: annotations are not",
    },
    {
      name: "a description without a first action",
      file: "hma-risk.rules.yml",
      from: "First action: Get-AuthServer",
      to: "Then: Get-AuthServer",
      fault: "HmaExposed: description names no first action",
    },
    {
      name: "a runbook that is missing",
      file: "hma-risk.rules.yml",
      from: "/HmaExposed.md",
      to: "/HmaExposure.md",
      fault: "HmaExposed: runbook_url does not lead to its page",
    },
    {
      name: "a dashboard that is missing",
      file: "hma-risk.rules.yml",
      from: "/d/hma-server?",
      to: "/d/hma-servers?",
      fault: 'HmaStaleKeysAfterRecycle: dashboard_url leads to no dashboard ("hma-servers")',
    },
    {
      name: "a dashboard link without the server",
      file: "hma-risk.rules.yml",
      from: "&var-instance={{ $labels.instance | urlquery }}",
      to: "",
      fault: "HmaStaleKeysAfterRecycle: dashboard_url does not carry the server",
    },
    {
      name: "a new alert without page and tests",
      file: "hma-risk.rules.yml",
      from: "alert: HmaExposed",
      to: "alert: HmaExposedNow",
      fault: "HmaExposedNow: no rule test sees it fire",
    },
  ];

  test.each(cases)("$name", ({ file, from, to, fault }) => {
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
