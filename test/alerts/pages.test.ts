import { describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readAlertmanagerExample } from "./alertmanager-config.ts";
import { ALERTS_FOLDER, alertsOf, PROJECT, readRuleFiles, RUNBOOKS_FOLDER } from "./rule-files.ts";

const files = readRuleFiles();
const alerts = alertsOf(files);
const alertsPage = readFileSync(join(PROJECT, "docs/alerts.md"), "utf8");
const readme = readFileSync(join(ALERTS_FOLDER, "README.md"), "utf8");
const rules = files.flatMap((file) => file.content.groups).flatMap((group) => group.rules);

describe("docs/alerts.md", () => {
  // Sample: | [HmaExposed](runbooks/HmaExposed.md) | warning | keys | a published … | 10m | 30m |
  const rows = [
    ...alertsPage.matchAll(/^\| \[(\w+)\]\(runbooks\/(\w+)\.md\) \| (\w+) \| (\w+) \| .+ \| (\S+) \| (\S+) \|$/gm),
  ].map((match) => match.slice(1, 7).join(" "));

  test("has a row for each alert, with its severity, component and times", () => {
    const expected = alerts.map(({ alert, rule }) =>
      [
        alert,
        alert,
        rule.labels?.["severity"],
        rule.labels?.["component"],
        rule.for ?? "-",
        rule.keep_firing_for ?? "-",
      ].join(" "),
    );
    expect([...rows].sort()).toEqual([...expected].sort());
  });

  test("has a row for each inhibition", () => {
    const expected = readAlertmanagerExample().inhibit_rules.map((rule) => {
      const [source = ""] = rule.source_matchers;
      const [target = "", ...more] = rule.target_matchers;
      const names = (matcher: string): string => (/"(.*)"/.exec(matcher)?.[1] ?? "").replaceAll("|", ", ");
      // Sample: collector="keys"
      return (
        `| ${names(source)} | ` +
        `${names(target)}${more.map((one) => one.replace(/^(\w+)="(.*)"$/, " of $1 `$2`")).join("")} | ` +
        `${rule.equal.join(", ")} |`
      );
    });
    for (const row of expected) expect(alertsPage).toContain(`${row}\n`);
  });

  test("names every recorded series", () => {
    const named = rules.flatMap((rule) =>
      rule.record === undefined || rule.record.startsWith("hma:") ? [] : [rule.record.replace(/_rate\d+[mhd]$/, "")],
    );
    for (const name of named) expect(alertsPage).toContain(`\`${name}`);
  });
});

describe("alerts/README.md", () => {
  test("lists all thresholds with their default values, and all files", () => {
    const constants = new Map<string, string[]>();
    for (const rule of rules)
      if (rule.record?.startsWith("hma:"))
        constants.set(rule.record, [
          ...(constants.get(rule.record) ?? []),
          /vector\((.*)\)/.exec(rule.expr)?.[1] ?? "",
        ]);
    constants.delete("hma:links:info");
    for (const [name, values] of constants)
      expect(readme).toMatch(new RegExp(`\\| \`${name}\` \\| ${values.join(", ").replaceAll(".", "\\.")}[ |]`));
    for (const file of files) expect(readme).toContain(`\`${file.name}\``);
    for (const name of readdirSync(join(ALERTS_FOLDER, "examples"))) expect(readme).toContain(`examples/${name}\``);
  });
});

describe("dashboard links", () => {
  const boards = readdirSync(join(PROJECT, "dashboards"))
    .filter((name) => name.endsWith(".json"))
    .map(
      (name) =>
        JSON.parse(readFileSync(join(PROJECT, "dashboards", name), "utf8")) as {
          uid: string;
          templating: { list: { name: string }[] };
        },
    );

  test.each(alerts)("$alert links to a dashboard that has the variables of the link", ({ rule }) => {
    const url = rule.annotations?.["dashboard_url"] ?? "";
    // Sample: …{{ end }}/d/hma-server?var-job={{ $labels.job | urlquery }}&var-instance=…
    const board = boards.find(({ uid }) => uid === /\/d\/([\w-]+)\?/.exec(url)?.[1]);
    const variables = [...url.matchAll(/[?&]var-(\w+)=/g)].map((match) => match[1]);
    expect(board?.templating.list.map(({ name }) => name)).toEqual(expect.arrayContaining(variables));
  });
});

describe("links and headings", () => {
  const pages = [
    join(PROJECT, "docs/alerts.md"),
    join(ALERTS_FOLDER, "README.md"),
    ...readdirSync(RUNBOOKS_FOLDER).map((name) => join(RUNBOOKS_FOLDER, name)),
  ];

  test.each(pages)("all links and headings in %s exist", (page) => {
    expect(deadLinks(page, readFileSync(page, "utf8"))).toEqual([]);
  });

  test("the check reports a page and a heading that do not exist", () => {
    const page = join(RUNBOOKS_FOLDER, "README.md");
    expect(deadLinks(page, "[a](HmaGone.md) [b](README.md#drain-a-server) [c](README.md#drain-it)")).toEqual([
      "HmaGone.md",
      "README.md#drain-it",
    ]);
  });

  test.each(alerts)("the runbook of $alert states its severity and component", ({ alert, rule }) => {
    const text = readFileSync(join(RUNBOOKS_FOLDER, `${alert}.md`), "utf8");
    expect(text).toContain(`**Severity ${rule.labels?.["severity"]}, component ${rule.labels?.["component"]}`);
  });

  test("docs/runbooks/README.md contains the procedures to which alerts link", () => {
    const text = readFileSync(join(RUNBOOKS_FOLDER, "README.md"), "utf8");
    for (const command of [
      "Set-AuthServer -RefreshAuthMetadata",
      "Set-ServerComponentState",
      "Restart-WebAppPool",
      "repadmin",
    ])
      expect(text).toContain(command);
  });
});

function deadLinks(page: string, text: string): string[] {
  const dead: string[] = [];
  // Sample: [Drain a server](README.md#drain-a-server)
  for (const [, path = "", anchor] of text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
    const target = path === "" ? page : join(dirname(page), path);
    const isThere =
      existsSync(target) && (anchor === undefined || anchorsOf(readFileSync(target, "utf8")).includes(anchor));
    if (!isThere) dead.push(anchor === undefined ? path : `${path}#${anchor}`);
  }
  return dead;
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
