import { FieldColorModeId, LegendDisplayMode, SortOrder, TooltipDisplayMode, VisibilityMode } from "@grafana/schema";
import type { DataTransformerConfig, Panel, ThresholdsConfig, ValueMapping } from "@grafana/schema";
import type {
  FieldConfig,
  Options,
} from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import { PLAIN, type Override } from "./field.ts";
import { panel, type PanelText } from "./panel.ts";
import { targets, type Query } from "./query.ts";

export interface StateTimelineParts extends PanelText {
  readonly queries: readonly Query[];
  readonly unit?: string;
  readonly mappings?: readonly ValueMapping[];
  readonly thresholds?: ThresholdsConfig;
  readonly overrides?: readonly Override[];
  readonly transformations?: readonly DataTransformerConfig[];
  readonly legend?: boolean;
  readonly interval?: string;
  readonly noValue?: string;
}

/** Bands over time, one row per series. A missing value draws nothing. */
export function stateTimeline(parts: StateTimelineParts): Panel {
  const options: Options = {
    mergeValues: true,
    showValue: VisibilityMode.Never,
    alignValue: "left",
    rowHeight: 0.8,
    legend: { showLegend: parts.legend === true, displayMode: LegendDisplayMode.List, placement: "bottom", calcs: [] },
    tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
  };
  const custom: FieldConfig = { fillOpacity: 85, lineWidth: 0 };
  return panel("state-timeline", options, {
    ...parts,
    targets: targets("range", parts.queries),
    defaults: {
      unit: parts.unit ?? "none",
      color: { mode: FieldColorModeId.Thresholds },
      thresholds: parts.thresholds ?? PLAIN,
      custom: { ...custom },
      ...(parts.mappings === undefined ? {} : { mappings: [...parts.mappings] }),
      ...(parts.noValue === undefined ? {} : { noValue: parts.noValue }),
    },
  });
}
