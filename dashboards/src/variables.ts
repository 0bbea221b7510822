import { VariableHide, VariableRefresh, VariableSort } from "@grafana/schema";
import type { VariableModel } from "@grafana/schema";
import { DATASOURCE } from "./query.ts";

/** The targets among which `instance` chooses: servers, exporters that judge the configuration, or all. */
export type Targets = "servers" | "judges" | "everything";

/** Series that stand on the page of each of these targets. */
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
  // The import by hand puts the chosen one here; a provisioned board, where nobody does, falls back to the first.
  current: { selected: false, text: "${DS_PROMETHEUS}", value: "${DS_PROMETHEUS}" },
  options: [],
  regex: "",
  skipUrlSync: false,
};

/**
 * Data source, job and instance, and the hidden address of the documentation. `single`: one server at a time is the start, more can be
 * chosen.
 */
export function variables(targets: Targets, single: boolean): VariableModel[] {
  const mark = `__name__=~"${MARKS[targets]}"`;
  return [
    SOURCE,
    query("job", "Job", `label_values({${mark}}, job)`, true),
    query("instance", "Instance", `label_values({${mark}, job=~"$job"}, instance)`, !single),
    {
      ...query("runbooks", "Runbooks", "label_values(hma:links:info, runbooks)", false),
      multi: false,
      hide: VariableHide.hideVariable,
    },
  ];
}

/** One of the site's labels that tell organisations apart, chosen before the job. */
export function groupVariable(label: string): VariableModel {
  const name = `${label.charAt(0).toUpperCase()}${label.slice(1)}`;
  return query(label, name, `label_values({__name__=~"${MARKS.everything}"}, ${label})`, true);
}

/** `definition` is what the list of variables shows of the query. */
type QueryVariable = VariableModel & { readonly definition: string };

function query(name: string, label: string, expr: string, all: boolean): QueryVariable {
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
    includeAll: all,
    allValue: ".+",
    options: [],
    regex: "",
    skipUrlSync: false,
    ...(all ? { current: { selected: true, text: ["All"], value: ["$__all"] } } : {}),
  };
}
