import { DashboardCursorSync } from "@grafana/schema";
import type { Dashboard } from "@grafana/schema";
import { ANNOTATIONS } from "./annotations.ts";
import { laidOut, type Section } from "./layout.ts";
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
}

/** A whole board in Grafana's classic model. */
export function board(parts: BoardParts): Dashboard {
  const { uid, title } = BOARDS[parts.name];
  return {
    uid,
    title,
    description: parts.description,
    tags: [TAG],
    schemaVersion: 41,
    version: 1,
    id: null,
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    fiscalYearStartMonth: 0,
    liveNow: false,
    timezone: "browser",
    time: { from: parts.from, to: "now" },
    timepicker: { refresh_intervals: ["10s", "30s", "1m", "5m", "15m", "1h"] },
    refresh: parts.refresh,
    templating: { list: variables(parts.targets, parts.single === true) },
    annotations: { list: ANNOTATIONS },
    links: [BETWEEN_BOARDS],
    panels: laidOut(parts.sections),
  };
}
