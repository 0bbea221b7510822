import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { alertmanagerForSite, mixin } from "../../alerts/src/mixin.ts";
import { DEFAULT_PARAMETERS, type Parameters } from "../../alerts/src/parameters.ts";
import { forSite, templateForSite } from "../../alerts/src/promql.ts";
import { readParameters } from "../../alerts/src/read-parameters.ts";
import { ruleFiles } from "../../alerts/src/rule-files.ts";
import { ruleYaml } from "../../alerts/src/rule-yaml.ts";
import { selectorsOf, withSampleValues } from "../dashboards/promql.ts";
import { ALERTMANAGER_EXAMPLE } from "./alertmanager-config.ts";
import { queriesIn, readExpression } from "./promql.ts";
import { parseRuleFile, PROJECT } from "./rule-files.ts";
import { hasTool, runTool } from "./run-tool.ts";

const SITE: Parameters = {
  ...DEFAULT_PARAMETERS,
  jobSelector: 'job=~"exchange-.*",env="prod"',
  groupLabels: ["cluster", "site"],
  thresholds: { "hma:incident_servers:threshold": 5, "hma:slo_objective:ratio": 0.99 },
  links: { ...DEFAULT_PARAMETERS.links, grafana: "https://grafana.contoso.example" },
};
const made = new Map(mixin(SITE).map(({ path, text }) => [path, text]));
const ruleTexts = [...made].filter(([path]) => path.endsWith(".rules.yml"));
const rules = ruleTexts.flatMap(([, text]) => parseRuleFile(text).groups).flatMap((group) => group.rules);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-mixin-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the shipped files", () => {
  test.each(mixin(DEFAULT_PARAMETERS).map(({ path, text }) => [path, text] as const))(
    "%s matches the generator's output (npm run mixin writes it)",
    (path, text) => {
      expect(readFileSync(join(PROJECT, path), "utf8")).toBe(text);
    },
  );

  test.each(["alerts", "dashboards"])("in %s are all written by the generator", (under) => {
    const shipped = readdirSync(join(PROJECT, under)).filter((name) => /\.rules\.yml$|\.json$/.test(name));
    expect(shipped.filter((name) => !made.has(`${under}/${name}`))).toEqual([]);
  });
});

describe("ruleYaml()", () => {
  test.each(ruleFiles(DEFAULT_PARAMETERS))("$name says what the rules are", (file) => {
    const { name, interval, rules: commented } = file;
    expect(parse(ruleYaml(file))).toEqual({ groups: [{ name, interval, rules: commented.map(({ rule }) => rule) }] });
  });
});

describe("forSite()", () => {
  const site = { ...DEFAULT_PARAMETERS, jobSelector: 'job="x"', groupLabels: ["cluster"] };
  test.each([
    ["hma_exposed", 'hma_exposed{job="x"}'],
    ['hma_exposed{a="b"} + up', 'hma_exposed{job="x",a="b"} + up{job="x"}'],
    ['up{job="y"}', 'up{job="y"}'],
    ["job:hma_exposed:max", "job:hma_exposed:max"],
    ["sum by (job, instance) (up)", 'sum by (cluster, job, instance) (up{job="x"})'],
    ["job:a:b and on (job) job:c:d", "job:a:b and on (cluster, job) job:c:d"],
    ["sum by (cause) (job:a:b)", "sum by (cause) (job:a:b)"],
    ["count by (job, cluster) (job:a:b)", "count by (job, cluster) (job:a:b)"],
  ])("of %s is %s", (expr, wanted) => {
    expect(forSite(expr, site)).toBe(wanted);
  });

  test("adds the site's labels to a template's queries in the same order as its arguments", () => {
    expect(
      templateForSite('{{ with printf "a{job=%q,x=%q} + b{job=%q}" $labels.job $labels.x $labels.job | query }}', [
        "site",
      ]),
    ).toBe(
      '{{ with printf "a{site=%q,job=%q,x=%q} + b{site=%q,job=%q}" $labels.site $labels.job $labels.x $labels.site $labels.job | query }}',
    );
  });
});

describe("the rules of a site with its own jobs, labels and thresholds", () => {
  test("every series of the exporter is selected by the site's jobs", () => {
    const without = rules.flatMap((rule) =>
      readExpression(rule.expr)
        .selectors.filter(({ metric }) => metric === "up" || metric.startsWith("hma_"))
        .filter(({ matchers }) => !matchers.some(({ label, value }) => label === "job" && value === "exchange-.*"))
        .map(({ metric }) => `${rule.alert ?? rule.record}: ${metric}`),
    );
    expect(without).toEqual([]);
  });

  test("groupings and matchings by job keep the site's labels, in texts too", () => {
    const queries = rules.flatMap((rule) => [rule.expr, ...Object.values(rule.annotations ?? {}).flatMap(queriesIn)]);
    const lists = queries.flatMap((query) => [...query.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].map(([, list]) => list!));
    expect(lists.filter((list) => list.includes("job") && !list.includes("cluster, site"))).toEqual([]);
    expect(queries.flatMap((query) => readExpression(query).errors)).toEqual([]);
  });

  test("thresholds and links are those of the site", () => {
    const recorded = (name: string) => rules.find((rule) => rule.record === name);
    expect(recorded("hma:incident_servers:threshold")?.expr).toBe("vector(5)");
    expect(recorded("hma:links:info")?.labels?.["grafana"]).toBe("https://grafana.contoso.example");
    expect(made.get("dashboards/hma-capacity.json")).toContain("vector(0.99)");
  });

  (hasTool("promtool") ? test : test.skip)(
    "pass promtool, and an alert has the site's labels",
    async () => {
      for (const [path, text] of ruleTexts) writeFileSync(join(folder, path.replace("alerts/", "")), text);
      const files = ruleTexts.map(([path]) => join(folder, path.replace("alerts/", "")));
      const checked = await runTool("promtool", ["check", "rules", "--lint=all", "--lint-fatal", ...files]);
      expect([checked.code, checked.code === 0 ? "" : checked.stderr]).toEqual([0, ""]);
      const labels = 'job="exchange-a",env="prod",cluster="c1",instance="EX01"';
      const two = (site: string, value: string) => ({ series: `hma_exposed{${labels},site="${site}"}`, values: value });
      const file = join(folder, "site.test.yml");
      const alert = { alertname: "HmaExposed", eval_time: "30m" };
      const exp_labels = { job: "exchange-a", cluster: "c1", site: "north", severity: "warning", component: "keys" };
      writeFileSync(
        file,
        stringify({
          rule_files: files,
          tests: [
            {
              interval: "1m",
              input_series: [two("north", "1x60"), two("south", "0x60")],
              alert_rule_test: [{ ...alert, exp_alerts: [{ exp_labels }] }],
            },
          ],
        }),
      );
      const { stdout, stderr } = await runTool("promtool", ["test", "rules", file]);
      // Only labels are expected; the printed texts, which the test does not state, contain the site in the link.
      expect(`${stdout}${stderr}`).toContain("/d/hma-fleet?var-cluster=c1&var-site=north&var-job=exchange-a&from=");
      expect(`${stdout}${stderr}`).not.toMatch(/site="south"/);
    },
    60_000,
  );
});

describe("the dashboards of such a site", () => {
  const boards = [...made].filter(([path]) => path.startsWith("dashboards/"));

  test.each(boards)("%s selects and groups by the site's labels", (_, text) => {
    const board = JSON.parse(text) as {
      templating: { list: { name: string; definition?: string }[] };
      panels: { panels?: object[]; targets?: { expr: string }[] }[];
    };
    expect(board.templating.list.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["datasource", "cluster", "site", "job", "instance"]),
    );
    expect(board.templating.list.find(({ name }) => name === "job")?.definition).toContain(SITE.jobSelector);
    const exprs = [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, json]) => JSON.parse(json!) as string);
    for (const expr of exprs)
      for (const { matchers, name } of selectorsOf(withSampleValues(expr)))
        if (matchers.some(({ label }) => label === "job"))
          expect([name, matchers.map(({ label }) => label)]).toEqual([
            name,
            expect.arrayContaining(["cluster", "site"]),
          ]);
  });
});

describe("manifests", () => {
  test("contain all rules, as objects of the operator", () => {
    const objects = parseAllDocuments(made.get("alerts/kubernetes/prometheus-rules.yml")!).map(
      (document) => document.toJS() as { kind: string; spec: { groups: { rules: unknown[] }[] } },
    );
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(["PrometheusRule"]));
    expect(objects.flatMap(({ spec }) => spec.groups).flatMap((group) => group.rules)).toEqual(rules);
  });

  test("scrape the servers that the exporter lists and its own page as one job", () => {
    const objects = parseAllDocuments(made.get("alerts/kubernetes/scrape-config.yml")!).map(
      (document) => document.toJS() as { kind: string; spec: Record<string, unknown> },
    );
    expect(objects.map(({ kind }) => kind)).toEqual(["ScrapeConfig", "ScrapeConfig"]);
    expect(objects[0]?.spec["httpSDConfigs"]).toEqual([
      { url: "http://hma-exporter.monitoring.svc:10401/sd", refreshInterval: "1m" },
    ]);
  });

  (hasTool("amtool") ? test : test.skip)("Alertmanager's sample groups and inhibits by the site's labels", async () => {
    const text = alertmanagerForSite(readFileSync(ALERTMANAGER_EXAMPLE, "utf8"), SITE);
    expect(text).toContain("group_by: [cluster, site, alertname, job]");
    expect(text).toContain("equal: [cluster, site, job, instance]");
    const path = join(folder, "alertmanager.yml");
    writeFileSync(path, text.replace("hma.tmpl", join(PROJECT, "alerts/examples/hma.tmpl")));
    expect((await runTool("amtool", ["check-config", path])).code).toBe(0);
  });
});

describe("readParameters()", () => {
  const read = async (text: string) => {
    const path = join(folder, "site.yml");
    writeFileSync(path, text);
    return readParameters(path);
  };

  test("uses the defaults for missing values", async () => {
    expect(await read("groupLabels: [cluster]\nthresholds: { 'hma:slo_objective:ratio': 0.99 }\n")).toEqual({
      ...DEFAULT_PARAMETERS,
      groupLabels: ["cluster"],
      thresholds: { "hma:slo_objective:ratio": 0.99 },
    });
    expect(await read("")).toEqual(DEFAULT_PARAMETERS);
  });

  test.each([
    ["jobSelector: hma.*\n", 'jobSelector: expected matchers: job=~"hma.*"'],
    ["groupLabels: [job]\n", "groupLabels.0: expected another label than job and instance"],
    ["links: { grafana: grafana.example }\n", "links.grafana: expected an http or https address"],
    ["thresholds: { 'hma:slo:ratio': 1 }\n", 'thresholds: "hma:slo:ratio" is none of hma:incident_servers:threshold'],
  ])("refuses %s", async (text, fault) => {
    await expect(read(text)).rejects.toThrow(fault);
  });
});
