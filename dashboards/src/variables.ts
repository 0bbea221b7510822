import { VariableHide, VariableRefresh, VariableSort } from "@grafana/schema";
import type { VariableModel } from "@grafana/schema";
import { DATASOURCE } from "./query.ts";

/** Targets that the variable `instance` offers: servers, exporters that check the configuration, or all. */
export type Targets = "servers" | "judges" | "everything";

/** A series that exists on the page of each of these targets. */
const MARKS: Readonly<Record<Targets, string>> = {
  servers: "hma_bearer_loops_open",
  judges: "hma_config_check_success",
  everything: "hma_bearer_loops_open|hma_exporter_build_info",
};

const SOURCE: VariableModel = {
  name: "datasource",
  type: "datasource",
  label: "Data source",
  query: "prometheus",
  refresh: VariableRefresh.onDashboardLoad,
  hide: VariableHide.dontHide,
  includeAll: false,
  multi: false,
  // Manual import replaces this with the selected data source. A provisioned dashboard falls back to the first one.
  current: { selected: false, text: "${DS_PROMETHEUS}", value: "${DS_PROMETHEUS}" },
  options: [],
  regex: "",
  skipUrlSync: false,
};

/**
 * Variables for data source, job and instance, and the hidden address of the documentation. `single`: one server is selected at first; more
 * can be added.
 */
export function variables(targets: Targets, single: boolean): VariableModel[] {
  const mark = `__name__=~"${MARKS[targets]}"`;
  return [
    SOURCE,
    query({ name: "job", label: "Job", expr: `label_values({${mark}}, job)`, includeAll: true }),
    query({
      name: "instance",
      label: "Instance",
      expr: `label_values({${mark}, job=~"$job"}, instance)`,
      includeAll: !single,
    }),
    {
      ...query({
        name: "runbooks",
        label: "Runbooks",
        expr: "label_values(hma:links:info, runbooks)",
        includeAll: false,
      }),
      multi: false,
      hide: VariableHide.hideVariable,
    },
  ];
}

/** Variable for one of the site's labels that distinguish organisations; it comes before the job. */
export function groupVariable(label: string): VariableModel {
  return query({
    name: label,
    label: `${label.charAt(0).toUpperCase()}${label.slice(1)}`,
    expr: `label_values({__name__=~"${MARKS.everything}"}, ${label})`,
    includeAll: true,
  });
}

interface LabelQuery {
  readonly name: string;
  /** Text before the list. */
  readonly label: string;
  readonly expr: string;
  /** Whether the list offers "All", which is then selected at first. */
  readonly includeAll: boolean;
}

/** `definition` is the text of the query in Grafana's list of variables. */
type QueryVariable = VariableModel & { readonly definition: string };

function query({ name, label, expr, includeAll }: LabelQuery): QueryVariable {
  return {
    name,
    type: "query",
    label,
    datasource: DATASOURCE,
    query: { query: expr, refId: "PrometheusVariableQueryEditor-VariableQuery" },
    definition: expr,
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.naturalAsc,
    hide: VariableHide.dontHide,
    multi: true,
    includeAll,
    allValue: ".+",
    options: [],
    regex: "",
    skipUrlSync: false,
    ...(includeAll ? { current: { selected: true, text: ["All"], value: ["$__all"] } } : {}),
  };
}
