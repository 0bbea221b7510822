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
  /** One server is chosen at the start, in place of all. */
  readonly single?: boolean;
  /** Start of the time range: `now-6h`. */
  readonly from: string;
  readonly refresh: string;
  readonly sections: readonly Section[];
  /** Default: that of the reader's browser. */
  readonly timezone?: "utc";
  /** `few`: on a board of weeks, marks of key changes and alerts are there and switched off, for they would cover the data. */
  readonly marks?: "few";
}

/** What grafana.com and the import by hand read beside the dashboard: the data source to ask for, and the least versions. */
interface Importable extends Dashboard {
  readonly __inputs: readonly object[];
  readonly __requires: readonly object[];
}

/** A whole board in Grafana's classic model. */
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

/** The import by hand asks for it, and puts it into the variable of the boards. */
const DATASOURCE_INPUT = {
  name: "DS_PROMETHEUS",
  label: "Prometheus",
  description: "Prometheus, or what speaks its language, that scrapes the exporter",
  type: "datasource",
  pluginId: "prometheus",
  pluginName: "Prometheus",
} as const;

/** Names of Grafana's core panels that the boards use. */
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
    // Markdown cells in tables; before, they are cut to one line.
    { type: "grafana", id: "grafana", name: "Grafana", version: "12.1.0" },
    { type: "datasource", id: "prometheus", name: "Prometheus", version: "1.0.0" },
    ...[...types].sort().map((id) => ({ type: "panel", id, name: PANEL_NAMES[id] ?? id, version: "" })),
  ];
}
