import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALERTMANAGER_EXAMPLE, MESSAGE_TEMPLATE, readAlertmanagerExample } from "./alertmanager-config.ts";
import type { AlertmanagerConfig } from "./alertmanager-config.ts";
import { ALERTS_FOLDER, alertsOf, readRuleFiles, readRuleTests } from "./rule-files.ts";
import { hasTool, runTool } from "./run-tool.ts";

const EXAMPLES = join(ALERTS_FOLDER, "examples");
const alerts = alertsOf(readRuleFiles());
const describeWithAmtool = hasTool("amtool") ? describe : describe.skip;
const describeWithPromtool = hasTool("promtool") ? describe : describe.skip;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-examples-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describeWithAmtool("alerts/examples/alertmanager.yml", () => {
  test("passes amtool check-config", async () => {
    const { code, stdout, stderr } = await runTool("amtool", ["check-config", ALERTMANAGER_EXAMPLE]);
    expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
  });

  test("fails with a receiver that does not exist, or a template that cannot be read", async () => {
    const text = readFileSync(ALERTMANAGER_EXAMPLE, "utf8");
    copyFileSync(MESSAGE_TEMPLATE, join(folder, "hma.tmpl"));
    writeFileSync(join(folder, "receiver.yml"), text.replace("receiver: pager", "receiver: beeper"));
    expect((await runTool("amtool", ["check-config", join(folder, "receiver.yml")])).code).not.toBe(0);
    writeFileSync(join(folder, "broken.tmpl"), readFileSync(MESSAGE_TEMPLATE, "utf8").replace("{{- end }}", ""));
    writeFileSync(join(folder, "template.yml"), text.replace("hma.tmpl", "broken.tmpl"));
    expect((await runTool("amtool", ["check-config", join(folder, "template.yml")])).code).not.toBe(0);
  });

  const routes = [
    ...alerts.map(({ alert, rule }) => ({
      alert,
      severity: rule.labels?.["severity"] ?? "",
      receiver: { critical: "pager", warning: "tickets", info: "nobody" }[rule.labels?.["severity"] ?? ""] ?? "",
    })),
    { alert: "SomethingElse", severity: "critical", receiver: "nobody" },
  ];
  test.each(routes)("sends $alert ($severity) to $receiver", async ({ alert, severity, receiver }) => {
    const labels = [`alertname=${alert}`, `severity=${severity}`, "job=hma", "instance=EX01"];
    const { code, stdout } = await runTool("amtool", [
      "config",
      "routes",
      "test",
      `--config.file=${ALERTMANAGER_EXAMPLE}`,
      `--verify.receivers=${receiver}`,
      ...labels,
    ]);
    expect({ code, receiver: stdout.trim() }).toEqual({ code: 0, receiver });
  });

  test("the check reports an alert that is sent to the wrong receiver", async () => {
    const args = [
      "config",
      "routes",
      "test",
      `--config.file=${ALERTMANAGER_EXAMPLE}`,
      "--verify.receivers=tickets",
      "alertname=HmaExposed",
      "severity=critical",
    ];
    expect((await runTool("amtool", args)).code).not.toBe(0);
  });
});

describe("inhibition", () => {
  const config = readAlertmanagerExample();

  test("uses alerts that exist, and labels that both sides have", () => {
    expect(inhibitionFaults(config)).toEqual([]);
  });

  test("the check reports an alert that does not exist, a label that one side lacks, and an alert that inhibits itself", () => {
    const [first] = config.inhibit_rules;
    const faults = inhibitionFaults({
      ...config,
      inhibit_rules: [
        { ...first!, source_matchers: ['alertname="HmaManyServers"'] },
        { ...first!, equal: ["job", "instance"] },
        {
          source_matchers: ['alertname="HmaExposed"'],
          target_matchers: ['alertname=~"HmaExposed|HmaKeyChange"'],
          equal: ["job"],
        },
      ],
    });
    expect(faults).toContain("HmaManyServers does not exist");
    expect(faults).toContain("HmaBearerLoopIncidentManyServers has no label instance");
    expect(faults).toContain("HmaExposed inhibits itself");
  });
});

/** Faults of the inhibition rules. The labels of an alert are those in its rule tests. */
function inhibitionFaults(config: AlertmanagerConfig): string[] {
  const labelsOf = new Map(
    readRuleTests()
      .flatMap((file) => file.content.tests)
      .flatMap((one) => one.alert_rule_test)
      .flatMap((one) => one.exp_alerts.map(({ exp_labels: labels }) => [one.alertname, Object.keys(labels)] as const))
      .toReversed(),
  );
  const faults: string[] = [];
  for (const rule of config.inhibit_rules) {
    const sources = rule.source_matchers.flatMap(namesIn);
    const targets = rule.target_matchers.flatMap(namesIn);
    for (const name of [...sources, ...targets]) {
      const labels = labelsOf.get(name);
      if (labels === undefined) faults.push(`${name} does not exist`);
      else for (const label of rule.equal) if (!labels.includes(label)) faults.push(`${name} has no label ${label}`);
    }
    for (const name of sources) if (targets.includes(name)) faults.push(`${name} inhibits itself`);
  }
  return faults;
}

function namesIn(matcher: string): string[] {
  // Sample: alertname=~"HmaExposed|HmaKeyChange"
  return /^alertname=~?"(.*)"$/.exec(matcher)?.[1]?.split("|") ?? [];
}

describeWithAmtool("alerts/examples/hma.tmpl", () => {
  const labels = {
    alertname: "HmaBearerLoopIncident",
    job: "hma",
    instance: "EX01",
    severity: "critical",
    component: "bearer",
  };
  const annotations = {
    summary: "An Exchange server refuses tokens",
    description:
      "At least 41 clients <Outlook> are refused on EX01; it heals by 2026-11-22 08:30:05.25 +0000 UTC. " +
      "Evidence: a key is missing in AD. First action: drain EX01.",
    since: "2026-11-22 07:58:41.5 +0000 UTC",
    incident_url: "http://exporter.example:10401/incidents/EX01-Pool-20261122T075841Z",
    runbook_url: "https://wiki.example/HmaBearerLoopIncident.md",
    dashboard_url: "http://grafana.example/d/hma-server?var-job=hma&var-instance=EX01",
  };
  const alert = {
    status: "firing",
    labels,
    annotations,
    startsAt: "2026-11-22T08:00:05Z",
    endsAt: "0001-01-01T00:00:00Z",
  };
  interface Message {
    readonly alerts: unknown[];
    readonly common: Readonly<Record<string, string>>;
    readonly status?: string;
  }
  /** The text of a template; `hma.html` is rendered as HTML. */
  const render = async (name: string, { alerts: alertList, common, status = "firing" }: Message): Promise<string> => {
    const path = join(folder, `${name}.json`);
    writeFileSync(
      path,
      JSON.stringify({
        status,
        alerts: alertList,
        commonLabels: common,
        commonAnnotations: common["alertname"] === undefined ? {} : annotations,
      }),
    );
    const args = [
      "template",
      "render",
      `--template.glob=${MESSAGE_TEMPLATE}`,
      `--template.type=${name === "hma.html" ? "html" : "text"}`,
      `--template.data=${path}`,
      `--template.text={{ template "${name}" . }}`,
    ];
    const { code, stdout, stderr } = await runTool("amtool", args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };

  test("hma.title shows urgency, problem and server", async () => {
    expect(await render("hma.title", { alerts: [alert], common: labels })).toBe(
      "[PAGE] An Exchange server refuses tokens - EX01 (hma)",
    );
    expect(await render("hma.title", { alerts: [alert], common: { ...labels, severity: "warning" } })).toBe(
      "[TICKET] An Exchange server refuses tokens - EX01 (hma)",
    );
    expect(await render("hma.title", { alerts: [alert], common: labels, status: "resolved" })).toBe(
      "[OVER] An Exchange server refuses tokens - EX01 (hma)",
    );
  });

  test("hma.title of several alerts lists them and their servers", async () => {
    const other = { ...alert, labels: { ...labels, alertname: "HmaBearerLoopIncidentProlonged", instance: "EX02" } };
    expect(await render("hma.title", { alerts: [alert, other], common: { job: "hma", severity: "critical" } })).toBe(
      "[PAGE] 2 alerts: HmaBearerLoopIncident, HmaBearerLoopIncidentProlonged - EX01, EX02 (hma)",
    );
  });

  test("hma.text is a readable message", async () => {
    const over = {
      ...alert,
      status: "resolved",
      labels: { ...labels, instance: "EX02" },
      endsAt: "2026-11-22T08:31:00Z",
    };
    expect(await render("hma.text", { alerts: [alert, over], common: labels }))
      .toBe(`NOW: An Exchange server refuses tokens
Where: EX01, job hma
Since: 2026-11-22 07:58:41 UTC
What: At least 41 clients <Outlook> are refused on EX01; it heals by 2026-11-22 08:30:05 UTC.
Evidence: a key is missing in AD.
First action: drain EX01.
Incident: http://exporter.example:10401/incidents/EX01-Pool-20261122T075841Z
Runbook: https://wiki.example/HmaBearerLoopIncident.md
Dashboard: http://grafana.example/d/hma-server?var-job=hma&var-instance=EX01
Alert: HmaBearerLoopIncident, severity critical, component bearer

OVER: An Exchange server refuses tokens
Where: EX02, job hma
Since: 2026-11-22 07:58:41 UTC, until 2026-11-22 08:31:00 UTC
It was: At least 41 clients <Outlook> are refused on EX01; it heals by 2026-11-22 08:30:05 UTC.
Evidence: a key is missing in AD.
Incident: http://exporter.example:10401/incidents/EX01-Pool-20261122T075841Z
Runbook: https://wiki.example/HmaBearerLoopIncident.md
Dashboard: http://grafana.example/d/hma-server?var-job=hma&var-instance=EX01
Alert: HmaBearerLoopIncident, severity critical, component bearer`);
  });

  test("hma.text of an alert without an incident shows when the alert started", async () => {
    const text = await render("hma.text", {
      alerts: [{ ...alert, annotations: { ...annotations, since: "" } }],
      common: labels,
    });
    expect(text).toContain("Since: 2026-11-22 08:00:05 UTC\n");
  });

  test("hma.html escapes values and links to runbook and dashboard", async () => {
    const html = await render("hma.html", { alerts: [alert], common: labels });
    expect(html).toContain(
      "At least 41 clients &lt;Outlook&gt; are refused on EX01; it heals by 2026-11-22 08:30:05 UTC.",
    );
    expect(html.match(/<strong>Since<\/strong>/g)).toHaveLength(1);
    expect(html).toContain("<strong>Since</strong> 2026-11-22 07:58:41 UTC");
    expect(html).toContain('<a href="http://exporter.example:10401/incidents/EX01-Pool-20261122T075841Z">Incident</a>');
    expect(html).toContain('<a href="https://wiki.example/HmaBearerLoopIncident.md">Runbook</a>');
    expect(html).toContain(
      '<a href="http://grafana.example/d/hma-server?var-job=hma&amp;var-instance=EX01">Dashboard</a>',
    );
  });

  test("a page without the labels job and instance still shows where the problem is", async () => {
    const all = { ...alert, labels: { alertname: "HmaExportersAllDown", severity: "critical", component: "exporter" } };
    expect(
      await render("hma.title", { alerts: [all], common: { alertname: "HmaExportersAllDown", severity: "critical" } }),
    ).toBe("[PAGE] An Exchange server refuses tokens - organisation");
    expect(await render("hma.text", { alerts: [all], common: {} })).toContain("Where: every job");
  });
});

describeWithPromtool("alerts/examples/prometheus.yml and exporter-web-config.yml", () => {
  test("pass promtool check config, rule files included", async () => {
    const { code, stdout, stderr } = await runTool("promtool", [
      "check",
      "config",
      "--lint=all",
      join(EXAMPLES, "prometheus.yml"),
    ]);
    expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
    expect(stdout).toContain(`SUCCESS: ${readRuleFiles().length} rule files found`);
  });

  test("fails with a key that does not exist", async () => {
    const path = join(folder, "prometheus.yml");
    writeFileSync(
      path,
      readFileSync(join(EXAMPLES, "prometheus.yml"), "utf8").replace("http_sd_configs:", "http_sd_config:"),
    );
    expect((await runTool("promtool", ["check", "config", "--syntax-only", path])).code).not.toBe(0);
  });

  test("pass promtool check web-config", async () => {
    const { code, stdout, stderr } = await runTool("promtool", [
      "check",
      "web-config",
      join(EXAMPLES, "exporter-web-config.yml"),
    ]);
    expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
    const path = join(folder, "web-config.yml");
    writeFileSync(path, "basic_auth_user:\n  prometheus: x\n");
    expect((await runTool("promtool", ["check", "web-config", path])).code).not.toBe(0);
  });
});
