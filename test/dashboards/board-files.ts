import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard, Panel, RowPanel, VariableModel } from "@grafana/schema";

export const PROJECT = join(import.meta.dirname, "../..");
export const DASHBOARDS_FOLDER = join(PROJECT, "dashboards");

/** The committed dashboards, by file name. */
export function readBoards(): ReadonlyMap<string, Dashboard> {
  const files = readdirSync(DASHBOARDS_FOLDER).filter((name) => name.endsWith(".json"));
  return new Map(
    files.map((name) => [name, JSON.parse(readFileSync(join(DASHBOARDS_FOLDER, name), "utf8")) as Dashboard]),
  );
}

/** A query in the format of the dashboards. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly range: boolean;
  readonly instant: boolean;
  readonly format: string;
  readonly legendFormat: string;
  readonly interval?: string;
  readonly datasource?: { readonly uid?: string; readonly type?: string };
  readonly hide?: boolean;
}

/** Panels of a dashboard without its rows, including those in collapsed rows. */
export function panelsOf(board: Dashboard): readonly Panel[] {
  return (board.panels ?? []).flatMap((panel) => (isRow(panel) ? panel.panels : [panel]));
}

export function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === "row";
}

export function targetsOf(panel: Panel): readonly Target[] {
  return (panel.targets ?? []) as unknown as readonly Target[];
}

export function variableNamed(board: Dashboard, name: string): VariableModel | undefined {
  return (board.templating?.list ?? []).find((variable) => variable.name === name);
}

/** A query variable's text. */
export function queryOf(variable: VariableModel): string {
  const { query } = variable;
  return typeof query === "string" ? query : String(query?.["query"] ?? "");
}
