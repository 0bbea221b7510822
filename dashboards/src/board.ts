import { DashboardCursorSync } from "@grafana/schema";
import type { Dashboard } from "@grafana/schema";
import { annotations } from "./annotations.ts";
import { layOutGrid, type Section } from "./layout.ts";
import { BETWEEN_BOARDS, BOARDS, TAG, type BoardName } from "./link.ts";
import { variables, type Targets } from "./variables.ts";

export interface BoardParts {
  readonly name: BoardName;
  readonly description: string;
  readonly targets: Targets;
  /** One server is selected at first, instead of all. */
  readonly single?: boolean;
  /** Start of the time range: `now-6h`. */
  readonly from: string;
  readonly refresh: string;
  readonly sections: readonly Section[];
  /** Default: the time zone of the browser. */
  readonly timezone?: "utc";
  /** `few`: annotations for key changes and alerts exist but are switched off, because they would cover the data of weeks. */
  readonly marks?: "few";
}

/** Additional fields for grafana.com and manual import: the data source to ask for, and the minimum versions. */
interface Importable extends Dashboard {
  readonly __inputs: readonly object[];
  readonly __requires: readonly object[];
}

/** A complete dashboard in Grafana's classic JSON model. */
export function board(parts: BoardParts): Importable {
  const { uid, title } = BOARDS[parts.name];
  const panels = layOutGrid(parts.sections);
  return {
    __inputs: [DATASOURCE_INPUT],
    __requires: requires(panels),
    uid,
    title,
    description: parts.description,
    tags: [TAG],
    schemaVersion: 41,
    version: 1,
    id: null,
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    fiscalYearStartMonth: 0,
    liveNow: false,
    timezone: parts.timezone ?? "browser",
    time: { from: parts.from, to: "now" },
    timepicker: { refresh_intervals: ["10s", "30s", "1m", "5m", "15m", "1h"] },
    refresh: parts.refresh,
    templating: { list: variables(parts.targets, parts.single === true) },
    annotations: { list: annotations(parts.marks === "few") },
    links: [BETWEEN_BOARDS],
    panels,
  };
}

/** Manual import asks for this data source and sets the dashboard's variable to it. */
const DATASOURCE_INPUT = {
  name: "DS_PROMETHEUS",
  label: "Prometheus",
  description: "Prometheus, or what speaks its language, that scrapes the exporter",
  type: "datasource",
  pluginId: "prometheus",
  pluginName: "Prometheus",
} as const;

/** Display names of the Grafana core panels that the dashboards use. */
const PANEL_NAMES: Readonly<Record<string, string>> = {
  bargauge: "Bar gauge",
  heatmap: "Heatmap",
  stat: "Stat",
  "state-timeline": "State timeline",
  table: "Table",
  text: "Text",
  timeseries: "Time series",
};

function requires(panels: NonNullable<Dashboard["panels"]>): readonly object[] {
  const types = new Set(panels.flatMap((panel) => (panel.type === "row" ? [] : [panel.type])));
  return [
    // Minimum version for Markdown cells in tables; older versions cut the text to one line.
    { type: "grafana", id: "grafana", name: "Grafana", version: "12.1.0" },
    { type: "datasource", id: "prometheus", name: "Prometheus", version: "1.0.0" },
    ...[...types].sort().map((id) => ({ type: "panel", id, name: PANEL_NAMES[id] ?? id, version: "" })),
  ];
}
