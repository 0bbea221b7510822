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
    text: "Of one Exchange server: on its own page, `/metrics/servers/<name>`, in central mode; on `/metrics` beside Exchange.",
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
scrape, whatever happens on it, and never more than ${number(server.most)}. The exporter and the organisation have ${number(own.initial)} of their own,
never more than ${number(own.most)} plus one to two for each compliance check and object, issuer and collector, and about
90 of the process (\`process_*\` and \`nodejs_*\`).

A counter stands at 0 from the first scrape, never disappears, and goes on where it was after a restart. A metric marked *absent
until known* has no series while its value is not known: it is never 0 for want of knowledge. Combinations of scheme and result that cannot
be (a refused token without Bearer) are not there.

The name of a server is the \`instance\` label of its target and no label of ours.
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

Everything is on. \`metrics.disabled\` (\`--metrics.disabled histograms,logs\`) leaves groups of metrics off the metrics pages and the text
file; what is detected, the pages for people, \`/api/v1\` and \`/probe\` stay as they are. Metrics without a group are always there: incidents,
loops, refused tokens, exposure, keys, certificates, and whether the exporter reads and collects. A group that is switched off and on again has
lost nothing but the time between. \`hma-exporter check-config\` names the alerts and panels that need a group or collector which is off.

| Group | Holds | Series of a server | Without it, silent or empty at least in part |
|---|---|---|---|
${groups.join("\n")}

\`collectors.enabled\` (\`--collectors.enabled keys,snapshot\`) names the collectors that run. PowerShell is asked beside Exchange only.

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
  return `\n### \`${metric.name}\`\n\n${metric.help}.\n\n*${facts.join(" · ")}*\n${labels.length === 0 ? "" : `\n${labels.map(label).join("")}`}`;
}

function label([name, values]: readonly [string, readonly string[]]): string {
  return `- \`${name}\`: ${values.length === 0 ? "what is installed" : values.map((value) => `\`${value}\``).join(", ")}\n`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
