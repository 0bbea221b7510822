import type { DataTransformerConfig, FieldConfig, FieldConfigSource, Panel } from "@grafana/schema";
import type { Override } from "./field.ts";
import { DATASOURCE, type PrometheusQuery } from "./query.ts";

/** What every panel says of itself. */
export interface PanelText {
  readonly title: string;
  /** What it shows, what is good, and what to do when it is not. */
  readonly description: string;
}

export interface PanelParts extends PanelText {
  readonly targets: readonly PrometheusQuery[];
  readonly defaults: FieldConfig;
  readonly overrides?: readonly Override[];
  readonly transformations?: readonly DataTransformerConfig[];
  /** Least step of the panel, a Prometheus duration. */
  readonly interval?: string;
}

/** A panel of one of Grafana's core types. Its id and place come from the layout. */
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

/** Exchange's pools by the part of their name that tells them apart: `Services` for `MSExchangeServicesAppPool`. */
export const SHORT_POOL_NAMES: DataTransformerConfig = {
  id: "renameByRegex",
  options: { regex: "(.*)MSExchange(.+)AppPool(.*)", renamePattern: "$1$2$3" },
};
