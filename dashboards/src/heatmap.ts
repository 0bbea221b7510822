import {
  FieldColorModeId,
  HeatmapCellLayout,
  ScaleDistribution,
  TooltipDisplayMode,
  VisibilityMode,
  AxisPlacement,
} from "@grafana/schema";
import type { Panel } from "@grafana/schema";
import {
  HeatmapColorMode,
  HeatmapColorScale,
} from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type {
  FieldConfig,
  Options,
} from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import { panel, type PanelText } from "./panel.ts";
import { targets, type Query } from "./query.ts";

export interface HeatmapParts extends PanelText {
  /** Buckets of a histogram, summed by `le`. */
  readonly query: Query;
  /** Unit of the bucket bounds. */
  readonly unit: string;
  readonly interval?: string;
}

/** Numbers by length and time, from a histogram's buckets. Colour scale Cividis, readable with colour blindness. */
export function heatmap(parts: HeatmapParts): Panel {
  const options: Options = {
    calculate: false,
    cellGap: 1,
    cellValues: { unit: "none", decimals: 0 },
    color: {
      mode: HeatmapColorMode.Scheme,
      scheme: "Cividis",
      fill: "dark-orange",
      scale: HeatmapColorScale.Exponential,
      exponent: 0.5,
      steps: 32,
      reverse: false,
      min: 0,
    },
    exemplars: { color: "rgba(255,0,255,0.7)" },
    // Hides rounding errors of `increase()`.
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: HeatmapCellLayout.auto },
    showValue: VisibilityMode.Never,
    tooltip: { mode: TooltipDisplayMode.Single, yHistogram: false, showColorScale: true },
    yAxis: { axisPlacement: AxisPlacement.Left, unit: parts.unit, reverse: false },
  };
  const custom: FieldConfig = {
    hideFrom: { legend: false, tooltip: false, viz: false },
    scaleDistribution: { type: ScaleDistribution.Linear },
  };
  return panel("heatmap", options, {
    ...parts,
    targets: targets("heatmap", [{ legend: "{{le}}", ...parts.query }]),
    defaults: { unit: parts.unit, color: { mode: FieldColorModeId.Thresholds }, custom: { ...custom } },
  });
}
