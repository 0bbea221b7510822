import type { Dashboard, Panel, VariableModel } from "@grafana/schema";
import { isPromql, RATE_INTERVAL, selectorsOf, withSampleValues, type Selector } from "./promql.ts";
import { panelsOf, queryOf, targetsOf, variableNamed, type Target } from "./board-files.ts";
import { grafanaData } from "./fields.ts";

/** A finding of a rule of grafana/dashboard-linter. */
export interface Finding {
  readonly rule: string;
  readonly dashboard: string;
  readonly panel?: string;
  readonly target?: number;
  readonly message: string;
}

type Found = Omit<Finding, "rule" | "dashboard">;
type Rule = (board: Dashboard) => readonly Found[];

/** Grafana's own units; the linter has a copy of the list. */
const UNITS = new Set(
  grafanaData()
    .getValueFormats()
    .flatMap((category) => category.submenu ?? [])
    .map((unit) => String(unit.value)),
);

/** Panel types that the linter checks as panels ("timetable" is its name for a table). */
const LINTED_PANELS = new Set(["stat", "singlestat", "graph", "table", "timeseries", "gauge"]);
const PANELS_WITH_QUERIES = new Set(["singlestat", "gauge", "table", "stat", "state-timeline", "timeseries"]);

/** The rules of grafana/dashboard-linter, by the names that a .lint file uses. */
export const LINT_RULES: Readonly<Record<string, Rule>> = {
  "template-datasource-rule": templateDatasource,
  "template-job-rule": (board) => templateOf(board, "job"),
  "template-instance-rule": (board) => templateOf(board, "instance"),
  "template-label-promql-rule": templateLabelPromql,
  "template-on-time-change-reload-rule": templateReload,
  "panel-datasource-rule": (board) => perPanel(board, panelDatasource),
  "panel-title-description-rule": (board) =>
    perPanel(board, (panel) =>
      LINTED_PANELS.has(panel.type) && (!panel.title || !panel.description) ? "has no title or no description" : null,
    ),
  "panel-units-rule": (board) => perPanel(board, panelUnits),
  "panel-no-targets-rule": (board) =>
    perPanel(board, (panel) =>
      LINTED_PANELS.has(panel.type) && targetsOf(panel).length === 0 ? "has no targets" : null,
    ),
  "target-logql-rule": (board) =>
    perTarget(board, (_, target) => (target.datasource?.type === "loki" ? "is LogQL: not linted here" : null)),
  "target-logql-auto-rule": (board) =>
    perTarget(board, (_, target) =>
      target.datasource?.type === "loki" && !target.expr.includes("$__auto") ? "does not use $__auto" : null,
    ),
  "target-promql-rule": (board) =>
    perTarget(board, (panel, target) =>
      PANELS_WITH_QUERIES.has(panel.type) && !isPromql(withSampleValues(target.expr))
        ? `invalid PromQL query '${target.expr}'`
        : null,
    ),
  "target-rate-interval-rule": (board) =>
    perTarget(board, (panel, target) => (PANELS_WITH_QUERIES.has(panel.type) ? firstOf(target, rateInterval) : null)),
  "target-job-rule": (board) =>
    perTarget(board, (_, target) => firstOf(target, (selector) => lacksMatcher(selector, "job"))),
  "target-instance-rule": (board) =>
    perTarget(board, (_, target) => firstOf(target, (selector) => lacksMatcher(selector, "instance"))),
  "target-counter-agg-rule": (board) => perTarget(board, (_, target) => firstOf(target, counterAggregation)),
  "uneditable-dashboard": (board) => (board.editable === false ? [] : [{ message: "is editable" }]),
};

/** All findings of the rules for a dashboard. */
export function lint(board: Dashboard): readonly Finding[] {
  return Object.entries(LINT_RULES).flatMap(([rule, check]) =>
    check(board).map((found) => ({ rule, dashboard: board.title ?? "", ...found })),
  );
}

function templateDatasource(board: Dashboard): readonly Found[] {
  const sources = (board.templating?.list ?? []).filter((variable) => variable.type === "datasource");
  if (sources.length === 0) return [{ message: "has no data source variable" }];
  return sources.flatMap((source) => {
    const own = `${queryOf(source).toLowerCase()}_datasource`;
    const names = sources.length === 1 ? ["datasource", own] : [own];
    const labels = sources.length === 1 ? ["Data source", "Prometheus data source"] : ["Prometheus data source"];
    return [
      ...(names.includes(source.name) ? [] : [{ message: `data source variable is named '${source.name}'` }]),
      ...(labels.includes(source.label ?? "")
        ? []
        : [{ message: `data source variable is labelled '${source.label}'` }]),
    ];
  });
}

function templateOf(board: Dashboard, name: string): readonly Found[] {
  const variable = variableNamed(board, name);
  if (variable === undefined) return [{ message: `is missing the ${name} variable` }];
  const wrong: string[] = [];
  if (
    !["$datasource", "${datasource}", "$prometheus_datasource", "${prometheus_datasource}"].includes(
      variable.datasource?.uid ?? "",
    )
  )
    wrong.push("does not use the data source variable");
  if (variable.type !== "query") wrong.push("is no query");
  if (variable.label !== `${name.charAt(0).toUpperCase()}${name.slice(1)}`)
    wrong.push(`is labelled '${variable.label}'`);
  if (variable.multi !== true) wrong.push("is not multi select");
  if (variable.allValue !== ".+") wrong.push("has another allValue than '.+'");
  return wrong.map((what) => ({ message: `${name} variable ${what}` }));
}

function templateLabelPromql(board: Dashboard): readonly Found[] {
  return queryVariables(board).flatMap((variable) => {
    // Sample: label_values(up{job=~"$job"}, instance)
    const parts = /^([a-z_]+)\((.+)\)$/.exec(queryOf(variable));
    if (parts === null) return [{ message: `variable '${variable.name}' has an invalid query` }];
    if (!["label_names", "label_values", "metrics", "query_result"].includes(parts[1]!))
      return [{ message: `variable '${variable.name}' uses the function ${parts[1]}` }];
    const argument = parts[1] === "label_values" ? parts[2]!.slice(0, parts[2]!.lastIndexOf(",")) : parts[2]!;
    return isPromql(withSampleValues(argument))
      ? []
      : [{ message: `variable '${variable.name}' has an invalid query: ${argument}` }];
  });
}

function templateReload(board: Dashboard): readonly Found[] {
  return queryVariables(board)
    .filter((variable) => variable.refresh !== 2)
    .map((variable) => ({ message: `variable '${variable.name}' is not read again when the time changes` }));
}

function queryVariables(board: Dashboard): readonly VariableModel[] {
  return (board.templating?.list ?? []).filter((variable) => variable.type === "query");
}

/** Stricter than the linter, which checks four panel types: checks all panels with queries. */
function panelDatasource(panel: Panel): string | null {
  if (panel.type === "text") return null;
  return panel.datasource?.uid === "${datasource}" || panel.datasource?.uid === "$datasource"
    ? null
    : `uses the data source '${panel.datasource?.uid}'`;
}

function panelUnits(panel: Panel): string | null {
  if (!LINTED_PANELS.has(panel.type)) return null;
  const reduce = panel.options?.["reduceOptions"] as { fields?: string } | undefined;
  if (panel.type === "stat" && reduce?.fields) return null;
  const properties = (panel.fieldConfig?.overrides ?? []).flatMap((override) => override.properties);
  if (panel.fieldConfig?.defaults.mappings || properties.some((property) => property.id === "mappings")) return null;
  const overridden = properties.filter((property) => property.id === "unit").map((property) => String(property.value));
  const unit = overridden.at(-1) ?? panel.fieldConfig?.defaults.unit ?? "";
  return UNITS.has(unit) ? null : `has no or an invalid unit: '${unit}'`;
}

function rateInterval(selector: Selector): string | null {
  const isRate = selector.call === "rate" || selector.call === "irate";
  return isRate && selector.range !== RATE_INTERVAL
    ? `${selector.call}(${selector.name}[${selector.range}]) should use $__rate_interval`
    : null;
}

function lacksMatcher(selector: Selector, label: string): string | null {
  const fits = selector.matchers.some(
    (matcher) => matcher.label === label && matcher.operator === "=~" && matcher.value === `$${label}`,
  );
  return fits ? null : `${selector.name} lacks ${label}=~"$${label}"`;
}

/** Stricter than the linter, which only finds selectors without matchers. */
function counterAggregation(selector: Selector): string | null {
  if (!selector.name.endsWith("_total")) return null;
  return selector.range !== null && ["rate", "irate", "increase"].includes(selector.call ?? "")
    ? null
    : `counter ${selector.name} is not aggregated with rate, irate or increase`;
}

function firstOf(target: Target, look: (selector: Selector) => string | null): string | null {
  for (const selector of selectorsOf(withSampleValues(target.expr))) {
    const message = look(selector);
    if (message !== null) return message;
  }
  return null;
}

function perPanel(board: Dashboard, look: (panel: Panel) => string | null): readonly Found[] {
  return panelsOf(board).flatMap((panel) => {
    const message = look(panel);
    return message === null ? [] : [{ panel: panel.title ?? "", message }];
  });
}

function perTarget(board: Dashboard, look: (panel: Panel, target: Target) => string | null): readonly Found[] {
  return panelsOf(board).flatMap((panel) =>
    targetsOf(panel).flatMap((target, index) => {
      const message = look(panel, target);
      return message === null ? [] : [{ panel: panel.title ?? "", target: index, message }];
    }),
  );
}
