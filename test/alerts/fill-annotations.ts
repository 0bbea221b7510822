/**
 * Writes the annotations that each rule test sees into the test files: `npx node test/alerts/fill-annotations.ts`. Read the diff:
 * these texts are what people get. Only an alert that fires as expected, with the labels expected, is filled in.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isMap, isSeq, parseDocument } from "yaml";
import type { YAMLMap } from "yaml";
import { readRuleTests } from "./rule-files.ts";
import { runTool } from "./run-tool.ts";

interface SeenAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

for (const file of readRuleTests()) {
  const { stdout, stderr } = await runTool("promtool", ["test", "rules", file.path]);
  const seen = seenAlerts(`${stdout}\n${stderr}`);
  const document = parseDocument(readFileSync(file.path, "utf8"));
  for (const test of items(document.get("tests"))) {
    for (const check of items(test.get("alert_rule_test"))) {
      const key = [test.get("name"), check.get("alertname"), seconds(String(check.get("eval_time")))].join("|");
      const alerts = seen.get(key) ?? [];
      const expected = items(check.get("exp_alerts"));
      if (alerts.length !== expected.length) continue;
      for (const one of expected) {
        const labels = (one.toJSON() as { exp_labels: Record<string, string> }).exp_labels;
        const match = alerts.find((alert) => sameLabels(labels, alert.labels));
        if (match !== undefined) one.set("exp_annotations", document.createNode({ ...match.annotations }));
      }
    }
  }
  writeFileSync(file.path, document.toString({ lineWidth: 0, flowCollectionPadding: true }));
}

/** The alerts that promtool reports as "got", by test, alert and time. */
function seenAlerts(text: string): Map<string, SeenAlert[]> {
  const seen = new Map<string, SeenAlert[]>();
  // Sample: name: HmaExposed fires,\n    alertname: HmaExposed, time: 30m, \n        exp:[ … ], \n        got:[ … ]
  for (const failure of text.matchAll(
    /name: (.*),\n\s+alertname: (\w+), time: (\S+), \n\s+exp:\[[^]*?\n? *\], \n\s+got:\[([^]*?)\n *\](?=\n)/g,
  )) {
    const [, name = "", alert = "", time = "", got = ""] = failure;
    const alerts: SeenAlert[] = [];
    // Sample: Labels:{alertname="HmaExposed", job="hma"}\n   Annotations:{summary="…"}
    for (const one of got.matchAll(/Labels:(\{.*\})\n\s+Annotations:(\{.*\})/g)) {
      alerts.push({ labels: labelSet(one[1] ?? ""), annotations: labelSet(one[2] ?? "") });
    }
    seen.set([name, alert, seconds(time)].join("|"), alerts);
  }
  return seen;
}

function labelSet(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  // Sample: {alertname="HmaExposed", job="hma \"east\""}
  for (const [, name = "", value = ""] of text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g))
    labels[name] = JSON.parse(value) as string;
  return labels;
}

function sameLabels(expected: Readonly<Record<string, string>>, got: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(got).filter((name) => name !== "alertname");
  return names.length === Object.keys(expected).length && names.every((name) => expected[name] === got[name]);
}

function seconds(time: string): number {
  let sum = 0;
  // Sample: 2h20m
  for (const [, count = "", unit = ""] of time.matchAll(/(\d+)([hms])/g))
    sum += Number(count) * (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
  return sum;
}

function items(node: unknown): YAMLMap[] {
  return isSeq(node) ? node.items.filter(isMap) : [];
}
