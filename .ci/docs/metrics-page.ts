import { initialSeries } from "../../src/catalogue/initial-series.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import {
  METRIC_GROUP_TEXTS,
  METRIC_GROUPS,
  type MetricGroup,
  COLLECTORS,
  WITHOUT_COLLECTOR,
} from "../../src/catalogue/switches.ts";
import { USERS_OF_COLLECTOR, USERS_OF_GROUP, type MetricUsers } from "../../src/catalogue/written/metric-users.ts";
import { seriesBudget } from "../../src/catalogue/series-budget.ts";

const ALL: readonly Metric[] = METRICS;

const SCOPES: readonly { readonly scope: Metric["scope"]; readonly title: string; readonly text: string }[] = [
  {
    scope: "server",
    title: "Server",
    text:
      "Of one Exchange server: on its own page, `/metrics/servers/<name>`, in central mode; on `/metrics` with " +
      "an exporter on the server.",
  },
  { scope: "organisation", title: "Organisation", text: "Of the Exchange organisation: on `/metrics`." },
  { scope: "exporter", title: "Exporter", text: "Of the exporter itself: on `/metrics`." },
];

/** The reference page of the metrics, Markdown. */
export function metricsPage(): string {
  const server = seriesBudget(METRICS.filter(({ scope }) => scope === "server"));
  const own = seriesBudget(METRICS.filter(({ scope }) => scope !== "server"));
  return `# Metrics

This page is generated from the catalogue (\`src/catalogue/metrics.ts\`).

Every label has a closed set of values, so the number of series is bounded. A server has ${number(server.initial)} series from its first
scrape on, and never more than ${number(server.most)}. The exporter and the organisation have ${number(own.initial)} of their own,
never more than ${number(own.most)} plus one to two for each compliance check and object, issuer and collector, and about
90 of the process (\`process_*\` and \`nodejs_*\`).

A counter is 0 from the first scrape on, never disappears, and continues from its value after a restart. A metric marked *absent until
known* has no series while its value is unknown; it is never 0 instead. Impossible combinations of scheme and result (a refused token without
Bearer) have no series.

The name of a server is the label \`instance\` of its target, which Prometheus sets.
${switches()}${SCOPES.map(section).join("")}`;
}

function switches(): string {
  const groups = METRIC_GROUPS.map(
    (group) =>
      `| \`${group}\` | ${METRIC_GROUP_TEXTS[group]} | ${savedBy(group)} | ${usersText(USERS_OF_GROUP[group])} |`,
  );
  const collectors = COLLECTORS.map(
    (name) => `| \`${name}\` | ${WITHOUT_COLLECTOR[name]} | ${usersText(USERS_OF_COLLECTOR[name])} |`,
  );
  return `
## Switching metrics and collectors off

By default everything is on. \`metrics.disabled\` (\`--metrics.disabled histograms,logs\`) removes groups of metrics from the metrics pages and the
text file. Detection, HTML pages, \`/api/v1\` and \`/probe\` do not change. Metrics without a group cannot be switched off: incidents, loops,
refused tokens, exposure, keys, certificates, and whether the exporter reads and collects. A group that is switched off and on again only lacks the
samples in between. \`hma-exporter check-config\` lists the alerts and panels that need a disabled group or collector.

| Group | Content | Series of a server | Alerts and panels that need it, at least in part |
|---|---|---|---|
${groups.join("\n")}

\`collectors.enabled\` (\`--collectors.enabled keys,snapshot\`) names the collectors that run. PowerShell is used only on an Exchange server.

| Collector | Without it | Alerts and panels |
|---|---|---|
${collectors.join("\n")}
`;
}

/** Series of a server's page: from the first scrape, to the most. */
function savedBy(group: MetricGroup): string {
  const { initial, most } = seriesBudget(ALL.filter((metric) => metric.group === group && metric.scope === "server"));
  if (most === 0) return "none";
  return initial === most ? number(initial) : `${number(initial)} to ${number(most)}`;
}

function usersText({ alerts, panels }: MetricUsers): string {
  const boards = Object.entries(panels).map(([board, titles]) => `${titles.length} of ${board}`);
  return [...alerts, ...(boards.length === 0 ? [] : [`panels: ${boards.join(", ")}`])].join(", ");
}

function section({ scope, title, text }: (typeof SCOPES)[number]): string {
  const metrics = METRICS.filter((metric) => metric.scope === scope);
  return `\n## ${title}\n\n${text}\n${metrics.map(entry).join("")}`;
}

function entry(metric: Metric): string {
  const labels = Object.entries(metric.labels);
  const count = initialSeries(metric).length;
  const facts = [
    metric.type,
    metric.absentUntilKnown === true
      ? "absent until known"
      : `${count} label set${count === 1 ? "" : "s"} from the first scrape`,
    ...(metric.buckets === undefined ? [] : [`buckets ${metric.buckets.join(", ")}`]),
  ];
  return (
    `\n### ` +
    `\`${metric.name}\`\n\n${metric.help}.\n\n*${facts.join(" · ")}*\n${labels.length === 0 ? "" : `\n${labels.map(label).join("")}`}`
  );
}

function label([name, values]: readonly [string, readonly string[]]): string {
  return `- \`${name}\`: ${values.length === 0 ? "depends on the installation" : values.map((value) => `\`${value}\``).join(", ")}\n`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
