import type { Dashboard } from "@grafana/schema";
import { DEFAULT_PARAMETERS } from "../../alerts/src/parameters.ts";
import { ruleFiles, type Rule } from "../../alerts/src/rule-files.ts";
import { boardFiles } from "../../dashboards/src/boards.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import { COLLECTORS, METRIC_GROUPS } from "../../src/catalogue/switches.ts";

/** An expression of a rule or board, and what of it shows or fires nothing without its metrics. */
interface Use {
  readonly kind: "alert" | "panel";
  /** Empty for an alert. */
  readonly board: string;
  readonly name: string;
  readonly expr: string;
}

/** With its line break. */
const LINE_LENGTH = 121;

/** Series of Node.js itself; what they are called after. */
const OF_THE_PROCESS = /^(?:process|nodejs)_/;

const CATALOGUE: readonly Metric[] = METRICS;

/** `src/catalogue/written/metric-users.ts`: alerts and panels by the group of metrics, or the collector, that they rest on. */
export function metricUsersModule(): string {
  const uses = allUses();
  const groups = METRIC_GROUPS.map((name) => {
    const metrics = new Set(CATALOGUE.filter(({ group }) => group === name).flatMap(seriesNames));
    return entry(
      name,
      usersOf(uses, (series) => metrics.has(series) || (name === "internals" && OF_THE_PROCESS.test(series))),
    );
  });
  const collectors = COLLECTORS.map((name) => {
    const metrics = new Set(CATALOGUE.filter((metric) => metric.collectors?.includes(name)).flatMap(seriesNames));
    return entry(
      name,
      usersOf(uses, (series) => metrics.has(series)),
    );
  });
  return `// Written from the rules and boards by the test of the catalogue with UPDATE_DOCS=1; not by hand.
import type { CollectorName, MetricGroup } from "../switches.ts";

/** Shipped alerts and panels that cannot fire or show incomplete data without some metrics. */
export interface MetricUsers {
  readonly alerts: readonly string[];
  /** Titles of panels and annotations by board. */
  readonly panels: Readonly<Record<string, readonly string[]>>;
}

/** Alerts and panels that need the metrics of a group. */
export const USERS_OF_GROUP: Readonly<Record<MetricGroup, MetricUsers>> = {
${groups.join("")}};

/** Alerts and panels that need metrics without a value when a collector does not run. */
export const USERS_OF_COLLECTOR: Readonly<Record<CollectorName, MetricUsers>> = {
${collectors.join("")}};
`;
}

interface Users {
  readonly alerts: readonly string[];
  readonly panels: ReadonlyMap<string, readonly string[]>;
}

function usersOf(uses: readonly Use[], isMeant: (series: string) => boolean): Users {
  const found = uses.filter(({ expr }) => [...identifiers(expr)].some(isMeant));
  const namesOf = (some: readonly Use[]): readonly string[] => [...new Set(some.map(({ name }) => name))].toSorted();
  const panels = found.filter(({ kind }) => kind === "panel");
  return {
    alerts: namesOf(found.filter(({ kind }) => kind === "alert")),
    panels: new Map(
      [...new Set(panels.map(({ board }) => board))]
        .toSorted()
        .map((board) => [board, namesOf(panels.filter((use) => use.board === board))]),
    ),
  };
}

function seriesNames({ name, type }: Metric): readonly string[] {
  return type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function allUses(): readonly Use[] {
  const rules = ruleFiles(DEFAULT_PARAMETERS).flatMap((file) => file.rules.map(({ rule }) => rule));
  const whole = expander(rules);
  return [
    ...rules.flatMap(({ alert, expr }) =>
      alert === undefined ? [] : [{ kind: "alert" as const, board: "", name: alert, expr: whole(expr) }],
    ),
    ...boardFiles(DEFAULT_PARAMETERS).flatMap(({ dashboard }) =>
      usesOfBoard(dashboard).map((use) => ({ ...use, expr: whole(use.expr) })),
    ),
  ];
}

/** Gives an expression with, behind it, those of the recorded series that it names, and of those that they name. */
function expander(rules: readonly Rule[]): (expr: string) => string {
  const recorded = new Map<string, string[]>();
  for (const { record, expr } of rules)
    if (record !== undefined) recorded.set(record, [...(recorded.get(record) ?? []), expr]);
  const whole = (expr: string, above: ReadonlySet<string>): string =>
    [...identifiers(expr)]
      .filter((name) => !above.has(name))
      .flatMap((name) => (recorded.get(name) ?? []).map((inner) => whole(inner, new Set([...above, name]))))
      .reduce((text, inner) => `${text} ${inner}`, expr);
  return (expr) => whole(expr, new Set());
}

function usesOfBoard({ uid, panels, annotations }: Dashboard): readonly Use[] {
  const board = uid ?? "";
  const all = (panels ?? []).flatMap((panel) => ("panels" in panel ? [panel, ...(panel.panels ?? [])] : [panel]));
  const shown = all.flatMap((panel) =>
    ("targets" in panel ? (panel.targets ?? []) : []).map((target) => ({ name: panel.title ?? "", of: target })),
  );
  const marks = (annotations?.list ?? []).map((annotation) => ({
    name: `annotation ${annotation.name}`,
    of: annotation,
  }));
  return [...shown, ...marks].map(({ name, of }) => ({ kind: "panel", board, name, expr: exprOf(of) }));
}

function exprOf(target: object): string {
  return "expr" in target && typeof target.expr === "string" ? target.expr : "";
}

/** Names of series among other words; no label and no function has the name of a metric. */
function identifiers(expr: string): ReadonlySet<string> {
  return new Set(expr.match(/[a-zA-Z_:][\w:]*/g) ?? []);
}

function entry(name: string, { alerts, panels }: Users): string {
  const boards = [...panels].map(([board, titles]) => listEntry(JSON.stringify(board), titles, "      "));
  const shown = boards.length === 0 ? "{}" : `{\n${boards.join("")}    }`;
  return `  ${name}: {\n${listEntry("alerts", alerts, "    ")}    panels: ${shown},\n  },\n`;
}

/** As the formatter writes it: in one line where it fits. */
function listEntry(key: string, items: readonly string[], indent: string): string {
  const texts = items.map((item) => JSON.stringify(item));
  const line = `${indent}${key}: [${texts.join(", ")}],\n`;
  if (line.length <= LINE_LENGTH) return line;
  return `${indent}${key}: [\n${texts.map((text) => `${indent}  ${text},\n`).join("")}${indent}],\n`;
}
