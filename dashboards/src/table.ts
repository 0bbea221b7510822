import {
  FieldColorModeId,
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableCellHeight,
} from "@grafana/schema";
import type {
  DataTransformerConfig,
  FieldTextAlignment,
  Panel,
  TableCellOptions,
  TableFieldOptions,
  ThresholdsConfig,
  ValueMapping,
} from "@grafana/schema";
import type { Options } from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import { byName, PLAIN, type Override } from "./field.ts";
import type { DataLink } from "./link.ts";
import { panel, type PanelText } from "./panel.ts";
import { targets, type Query } from "./query.ts";

/** A column, in the order of the table. */
export interface Column {
  /** A label, or `Value #A` for the value of a query. */
  readonly field: string;
  readonly title: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly width?: number;
  readonly mappings?: readonly ValueMapping[];
  readonly thresholds?: ThresholdsConfig;
  /** Display of the cell. */
  readonly cell?: "text" | "coloured" | "background" | "bar" | "wrapped";
  readonly links?: readonly DataLink[];
  /** Only used by links, not displayed. */
  readonly hidden?: boolean;
  readonly align?: FieldTextAlignment;
  readonly noValue?: string;
  readonly max?: number;
}

export interface TableParts extends PanelText {
  readonly queries: readonly Query[];
  readonly columns: readonly Column[];
  readonly sortBy?: { readonly title: string; readonly descending?: boolean };
  /** Text of an empty cell. */
  readonly noValue: string;
  /** Labels to omit because the reader already knows them. */
  readonly without?: readonly string[];
  /** Field of the query that always has a result: Grafana names its column `Value` if the others have none. */
  readonly lone?: string;
  /** Transformations between the join of the queries and the naming of the columns. */
  readonly steps?: readonly DataTransformerConfig[];
}

/** One row per set of labels with the current values of all queries side by side. */
export function table(parts: TableParts): Panel {
  const shown = new Set(parts.columns.map((column) => column.field));
  const lone = parts.columns.find((column) => column.field === parts.lone)?.title;
  const dropped = [
    "Time",
    "__name__",
    "job",
    ...(parts.without ?? []),
    ...(lone === undefined ? ["Value"] : []),
  ].filter((field) => !shown.has(field));
  return tableOf(parts, [
    { id: "merge", options: {} },
    ...(parts.steps ?? []),
    {
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(dropped.map((field) => [field, true])),
        indexByName: Object.fromEntries(parts.columns.map((column, index) => [column.field, index])),
        renameByName: {
          ...Object.fromEntries(parts.columns.map((column) => [column.field, column.title])),
          ...(lone === undefined ? {} : { Value: lone }),
        },
      },
    },
  ]);
}

/** Rows and columns from one query: a table of two labels. */
export interface MatrixParts extends PanelText {
  readonly query: Query;
  readonly row: string;
  readonly rowTitle: string;
  readonly rowLinks?: readonly DataLink[];
  readonly rowMappings?: readonly ValueMapping[];
  readonly rowWidth?: number;
  readonly column: string;
  readonly mappings: readonly ValueMapping[];
  readonly noValue: string;
}

/** A cell for each pair of values of two labels; a missing pair has an empty cell. */
export function matrix(parts: MatrixParts): Panel {
  const corner = `${parts.row}\\${parts.column}`;
  const base = tableOf(
    {
      title: parts.title,
      description: parts.description,
      queries: [parts.query],
      noValue: parts.noValue,
      sortBy: { title: parts.rowTitle },
      columns: [
        {
          field: corner,
          title: parts.rowTitle,
          cell: "text",
          align: "left",
          width: parts.rowWidth ?? 220,
          ...(parts.rowLinks === undefined ? {} : { links: parts.rowLinks }),
          ...(parts.rowMappings === undefined ? {} : { mappings: parts.rowMappings }),
        },
      ],
    },
    [
      {
        id: "groupingToMatrix",
        options: { rowField: parts.row, columnField: parts.column, valueField: "Value", emptyValue: "null" },
      },
      {
        id: "organize",
        options: { excludeByName: {}, indexByName: { [corner]: 0 }, renameByName: { [corner]: parts.rowTitle } },
      },
    ],
  );
  const fieldConfig = base.fieldConfig;
  if (fieldConfig === undefined) return base;
  return {
    ...base,
    fieldConfig: {
      defaults: {
        ...fieldConfig.defaults,
        mappings: [...parts.mappings],
        custom: { ...cellField("background"), align: "center", wrapHeaderText: true },
      },
      overrides: fieldConfig.overrides,
    },
  };
}

function tableOf(parts: TableParts, transformations: readonly DataTransformerConfig[]): Panel {
  const options: Options = {
    cellHeight: TableCellHeight.Sm,
    frameIndex: 0,
    showHeader: true,
    sortBy:
      parts.sortBy === undefined ? [] : [{ displayName: parts.sortBy.title, desc: parts.sortBy.descending === true }],
  };
  return panel("table", options, {
    ...parts,
    targets: targets("table", parts.queries),
    transformations,
    defaults: {
      noValue: parts.noValue,
      color: { mode: FieldColorModeId.Thresholds },
      thresholds: PLAIN,
      custom: { ...cellField("text") },
    },
    overrides: parts.columns.map(columnOverride),
  });
}

function columnOverride(column: Column): Override {
  return byName(column.title, {
    ...(column.unit === undefined ? {} : { unit: column.unit }),
    ...(column.decimals === undefined ? {} : { decimals: column.decimals }),
    ...(column.mappings === undefined ? {} : { mappings: column.mappings }),
    ...(column.thresholds === undefined ? {} : { thresholds: column.thresholds }),
    ...(column.noValue === undefined ? {} : { noValue: column.noValue }),
    ...(column.max === undefined ? {} : { max: column.max, min: 0 }),
    ...(column.links === undefined ? {} : { links: column.links }),
    ...(column.align === undefined ? {} : { "custom.align": column.align }),
    ...(column.width === undefined ? {} : { "custom.width": column.width }),
    // Old and new name of the same setting.
    ...(column.hidden === true
      ? { "custom.hidden": true, "custom.hideFrom": { legend: true, tooltip: true, viz: true } }
      : {}),
    ...(column.cell === undefined ? {} : { "custom.cellOptions": cellOptions(column.cell) }),
    ...(column.cell === "wrapped" ? { "custom.wrapText": true } : {}),
  });
}

function cellField(cell: NonNullable<Column["cell"]>): TableFieldOptions {
  return { align: "auto", cellOptions: cellOptions(cell), inspect: false, filterable: false };
}

function cellOptions(cell: NonNullable<Column["cell"]>): TableCellOptions {
  switch (cell) {
    case "coloured":
      return { type: TableCellDisplayMode.ColorText };
    case "background":
      return { type: TableCellDisplayMode.ColorBackground, mode: TableCellBackgroundDisplayMode.Basic };
    case "bar":
      return { type: TableCellDisplayMode.Gauge };
    case "text":
      return { type: TableCellDisplayMode.Auto };
    // Grafana measures the raw value of a wrapped cell, not the text of its value mapping; the height of a Markdown cell follows its text.
    case "wrapped":
      return { type: TableCellDisplayMode.Markdown, dynamicHeight: true };
  }
}
