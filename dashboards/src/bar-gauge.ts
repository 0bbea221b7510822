import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BarGaugeValueMode,
  FieldColorModeId,
  LegendDisplayMode,
  VizOrientation,
} from "@grafana/schema";
import type { DataTransformerConfig, Panel, ThresholdsConfig } from "@grafana/schema";
import type { Options } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import { PLAIN, type Override } from "./field.ts";
import { panel, type PanelText } from "./panel.ts";
import { targets, type Query } from "./query.ts";

export interface BarGaugeParts extends PanelText {
  readonly queries: readonly Query[];
  readonly unit: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: ThresholdsConfig;
  readonly overrides?: readonly Override[];
  readonly transformations?: readonly DataTransformerConfig[];
  readonly noValue: string;
}

/** Horizontal bars with the current value of each series. */
export function barGauge(parts: BarGaugeParts): Panel {
  const options: Options = {
    displayMode: BarGaugeDisplayMode.Basic,
    legend: { showLegend: false, displayMode: LegendDisplayMode.Hidden, placement: "bottom", calcs: [] },
    maxVizHeight: 40,
    minVizHeight: 12,
    minVizWidth: 8,
    namePlacement: BarGaugeNamePlacement.Top,
    orientation: VizOrientation.Horizontal,
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    showUnfilled: true,
    sizing: BarGaugeSizing.Auto,
    valueMode: BarGaugeValueMode.Text,
  };
  return panel("bargauge", options, {
    ...parts,
    targets: targets("instant", parts.queries),
    defaults: {
      unit: parts.unit,
      noValue: parts.noValue,
      min: parts.min ?? 0,
      color: { mode: FieldColorModeId.Thresholds },
      thresholds: parts.thresholds ?? PLAIN,
      ...(parts.max === undefined ? {} : { max: parts.max }),
      ...(parts.decimals === undefined ? {} : { decimals: parts.decimals }),
    },
  });
}
