import type { Parameters } from "./parameters.ts";
import { forSite, templateForSite } from "./promql.ts";
import type { AlertParts, BoardTarget, RuleFileParts, RuleParts } from "./rule.ts";
import { capacityRules } from "./rules/capacity.ts";
import { complianceRules } from "./rules/compliance.ts";
import { exporterRules } from "./rules/exporter.ts";
import { probeRules } from "./rules/probe.ts";
import { riskRules } from "./rules/risk.ts";
import { symptomRules } from "./rules/symptoms.ts";
import { thresholdRules } from "./rules/thresholds.ts";
import { answer, ELSE, END, link } from "./template.ts";

/** A rule in the format of Prometheus. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface CommentedRule {
  readonly comment: string;
  readonly rule: Rule;
}

/** A rule group, written to a file of its own. */
export interface RuleFile {
  /** `hma-symptoms` */
  readonly name: string;
  readonly comment: string;
  readonly interval: string;
  readonly rules: readonly CommentedRule[];
}

/** The rule files of a site. */
export function ruleFiles(parameters: Parameters): readonly RuleFile[] {
  return [
    thresholdRules(parameters),
    symptomRules(),
    riskRules(),
    probeRules(),
    complianceRules(),
    capacityRules(),
    exporterRules(),
  ].map((file) => fileOf(file, parameters));
}

function fileOf({ name, comment, interval, rules }: RuleFileParts, parameters: Parameters): RuleFile {
  return {
    name,
    comment,
    interval,
    rules: rules.map((rule) => ({ comment: rule.comment ?? "", rule: ruleOf(rule, parameters) })),
  };
}

function ruleOf(rule: RuleParts, parameters: Parameters): Rule {
  const expr = forSite(unindented(rule.expr), parameters);
  if (rule.kind === "record")
    return { record: rule.record, expr, ...(rule.labels === undefined ? {} : { labels: rule.labels }) };
  const annotations = annotationsOf(rule);
  return {
    alert: rule.alert,
    expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    ...(rule.keepFiringFor === undefined ? {} : { keep_firing_for: rule.keepFiringFor }),
    labels: { severity: rule.severity, component: rule.component },
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([name, text]) => [name, templateForSite(text, parameters.groupLabels)]),
    ),
  };
}

function annotationsOf(rule: AlertParts): Record<string, string> {
  return {
    summary: rule.summary,
    description: oneLine(rule.description),
    ...(rule.since === undefined ? {} : { since: oneLine(rule.since) }),
    ...(rule.incident === undefined ? {} : { incident_url: oneLine(rule.incident) }),
    runbook_url: `${link("runbooks")}/${rule.alert}.md`,
    dashboard_url: dashboardUrl(rule.board),
  };
}

function dashboardUrl({ name, from, ofServer }: BoardTarget): string {
  const instance = ofServer === true ? "&var-instance={{ $labels.instance | urlquery }}" : "";
  return `${link("grafana")}/d/hma-${name}?var-job={{ $labels.job | urlquery }}${instance}&from=${fromOf(from, ofServer === true)}&to=now`;
}

/** Template for the start of the time range, in Unix milliseconds for Grafana. */
function fromOf(from: BoardTarget["from"], ofServer: boolean): string {
  const ms = '{{ . | first | value | printf "%.0f" }}';
  if (from !== "incident") return `${answer(`1000 * (time() - ${from.hours * 3600})`)}${ms}${END}`;
  const labels = ofServer ? "job=$job,instance=$instance" : "job=$job";
  const began = answer(`1000 * (min(hma_incident_start_timestamp_seconds{${labels}}) - 1800)`);
  return `${began}${ms}${ELSE}now-3h${END}`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}

/** Removes the indentation that all lines share. */
function unindented(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const least = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(least).trimEnd()).join("\n");
}
