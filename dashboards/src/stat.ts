import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  FieldColorModeId,
  PercentChangeColorMode,
  VizOrientation,
} from "@grafana/schema";
import type { Panel, ThresholdsConfig, ValueMapping } from "@grafana/schema";
import type { Options } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import { PLAIN, type Override } from "./field.ts";
import { panel, type PanelText } from "./panel.ts";
import { targets, type Query } from "./query.ts";

export interface StatParts extends PanelText {
  readonly queries: readonly Query[];
  readonly unit: string;
  readonly decimals?: number;
  readonly thresholds?: ThresholdsConfig;
  readonly mappings?: readonly ValueMapping[];
  /** Shows several numbers with their names. */
  readonly named?: true;
  readonly overrides?: readonly Override[];
  /** Text for a missing value, so that it cannot be mistaken for 0. */
  readonly noValue: string;
}

/** A panel with one current number. */
export function stat(parts: StatParts): Panel {
  const options: Options = {
    colorMode: BigValueColorMode.BackgroundSolid,
    graphMode: BigValueGraphMode.None,
    justifyMode: BigValueJustifyMode.Auto,
    orientation: VizOrientation.Auto,
    percentChangeColorMode: PercentChangeColorMode.Standard,
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    showPercentChange: false,
    textMode: parts.named === true ? BigValueTextMode.ValueAndName : BigValueTextMode.Value,
    wideLayout: true,
  };
  return panel("stat", options, {
    ...parts,
    targets: targets("instant", parts.queries),
    defaults: {
      unit: parts.unit,
      noValue: parts.noValue,
      color: { mode: FieldColorModeId.Thresholds },
      thresholds: parts.thresholds ?? PLAIN,
      ...(parts.decimals === undefined ? {} : { decimals: parts.decimals }),
      ...(parts.mappings === undefined ? {} : { mappings: [...parts.mappings] }),
    },
  });
}
