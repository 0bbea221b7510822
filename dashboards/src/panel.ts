import type { DataTransformerConfig, FieldConfig, FieldConfigSource, Panel } from "@grafana/schema";
import type { Override } from "./field.ts";
import { DATASOURCE, type PrometheusQuery } from "./query.ts";

/** Texts of every panel. */
export interface PanelText {
  readonly title: string;
  /** What the panel shows, which values are good, and what to do otherwise. */
  readonly description: string;
}

export interface PanelParts extends PanelText {
  readonly targets: readonly PrometheusQuery[];
  readonly defaults: FieldConfig;
  readonly overrides?: readonly Override[];
  readonly transformations?: readonly DataTransformerConfig[];
  /** Minimum step of the panel, a Prometheus duration. */
  readonly interval?: string;
}

/** A panel of a Grafana core type. The layout sets its id and position. */
export function panel<Options extends object>(type: string, options: Options, parts: PanelParts): Panel {
  const fieldConfig: FieldConfigSource = { defaults: parts.defaults, overrides: [...(parts.overrides ?? [])] };
  return {
    type,
    title: parts.title,
    description: parts.description,
    datasource: DATASOURCE,
    targets: parts.targets.map((target) => ({ ...target })),
    fieldConfig,
    options: Object.fromEntries(Object.entries(options)),
    ...(parts.interval === undefined ? {} : { interval: parts.interval }),
    ...(parts.transformations === undefined ? {} : { transformations: [...parts.transformations] }),
  };
}

/** Shortens the names of Exchange's app pools: `Services` for `MSExchangeServicesAppPool`. */
export const SHORT_POOL_NAMES: DataTransformerConfig = {
  id: "renameByRegex",
  options: { regex: "(.*)MSExchange(.+)AppPool(.*)", renamePattern: "$1$2$3" },
};
