import {
  AxisPlacement,
  FieldColorModeId,
  GraphDrawStyle,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LineInterpolation,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
} from "@grafana/schema";
import type { DataTransformerConfig, GraphFieldConfig, Panel, ThresholdsConfig } from "@grafana/schema";
import type { Options } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import { PLAIN, thresholds, type Override } from "./field.ts";
import { panel, type PanelText } from "./panel.ts";
import { targets, type Query } from "./query.ts";

export interface TimeSeriesParts extends PanelText {
  readonly queries: readonly Query[];
  readonly unit: string;
  readonly decimals?: number;
  readonly draw?: "lines" | "areas" | "bars" | "steps";
  readonly stacked?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly softMax?: number;
  readonly axisLabel?: string;
  readonly overrides?: readonly Override[];
  /** Drawn as horizontal lines. */
  readonly limits?: ThresholdsConfig;
  /** Calculated columns of the legend: `max`, `mean`, `sum`, `lastNotNull`. */
  readonly calcs?: readonly string[];
  readonly legend?: "bottom" | "right" | "none";
  readonly transformations?: readonly DataTransformerConfig[];
  readonly interval?: string;
  readonly noValue?: string;
}

const SECONDS = { minutes: 60, hours: 3_600, days: 86_400 } as const;

/** A series of `ageSeries()` in seconds. `limit`: the age that is too much, seconds. */
export interface AgeParts extends Omit<TimeSeriesParts, "unit" | "axisLabel" | "limits"> {
  readonly in: keyof typeof SECONDS;
  readonly limit?: { readonly seconds: number; readonly colour: string };
}

/**
 * Lines of ages or remaining times, which the queries give in seconds. The axis has one fixed unit: Grafana's own unit of seconds has
 * ticks of 8.33 and 16.7 minutes.
 */
export function ageSeries({ in: unit, limit, queries, ...parts }: AgeParts): Panel {
  const seconds = SECONDS[unit];
  return timeSeries({
    // Between two scrapes an age grows: at steps below the interval of the scrapes it would be a sawtooth.
    interval: "1m",
    ...parts,
    unit: "none",
    axisLabel: unit,
    queries: queries.map((query) => ({ ...query, expr: `(${query.expr}) / ${seconds}` })),
    ...(limit === undefined
      ? {}
      : { limits: thresholds([null, "transparent"], [limit.seconds / seconds, limit.colour]) }),
  });
}

/** Lines, areas or bars over time. Gaps are not connected: a missing value is not 0. */
export function timeSeries(parts: TimeSeriesParts): Panel {
  const legend = parts.legend ?? "bottom";
  const options: Options = {
    legend: {
      showLegend: legend !== "none",
      displayMode: parts.calcs === undefined ? LegendDisplayMode.List : LegendDisplayMode.Table,
      placement: legend === "right" ? "right" : "bottom",
      calcs: [...(parts.calcs ?? [])],
    },
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending, hideZeros: true },
  };
  return panel("timeseries", options, {
    ...parts,
    targets: targets("range", parts.queries),
    defaults: {
      unit: parts.unit,
      color: { mode: FieldColorModeId.PaletteClassic },
      thresholds: parts.limits ?? PLAIN,
      custom: { ...drawing(parts) },
      ...(parts.decimals === undefined ? {} : { decimals: parts.decimals }),
      ...(parts.min === undefined ? {} : { min: parts.min }),
      ...(parts.max === undefined ? {} : { max: parts.max }),
      ...(parts.noValue === undefined ? {} : { noValue: parts.noValue }),
    },
  });
}

function drawing(parts: TimeSeriesParts): GraphFieldConfig {
  const draw = parts.draw ?? "lines";
  return {
    drawStyle: draw === "bars" ? GraphDrawStyle.Bars : GraphDrawStyle.Line,
    lineInterpolation: draw === "steps" ? LineInterpolation.StepAfter : LineInterpolation.Linear,
    lineWidth: draw === "bars" ? 0 : draw === "areas" ? 1 : 2,
    // No areas below lines: those of ten lines are one coloured area.
    fillOpacity: draw === "bars" ? 90 : draw === "areas" ? 60 : 0,
    showPoints: draw === "lines" ? VisibilityMode.Auto : VisibilityMode.Never,
    pointSize: 4,
    spanNulls: false,
    axisPlacement: AxisPlacement.Auto,
    axisLabel: parts.axisLabel ?? "",
    axisSoftMin: 0,
    stacking: { mode: parts.stacked === true ? StackingMode.Normal : StackingMode.None, group: "A" },
    thresholdsStyle: {
      mode: parts.limits === undefined ? GraphThresholdsStyleMode.Off : GraphThresholdsStyleMode.Dashed,
    },
    ...(parts.softMax === undefined ? {} : { axisSoftMax: parts.softMax }),
  };
}
