import { createRequire } from "node:module";
import type { Panel } from "@grafana/schema";
import { prepare, type GrafanaData } from "./grafana-frames.ts";

/** Grafana's data library for Node. Its ESM build does not load in Node, so the CommonJS build is used. */
export function grafanaData(): GrafanaData {
  const lib = createRequire(import.meta.url)("@grafana/data") as GrafanaData;
  prepare(lib);
  return lib;
}

/** Reducers, colour modes, transformations, matchers and units of a panel that do not exist in Grafana. */
export function unknownNames(lib: GrafanaData, panel: Panel): readonly string[] {
  const units = new Set(
    lib
      .getValueFormats()
      .flatMap((category) => category.submenu ?? [])
      .map((unit) => String(unit.value)),
  );
  const properties = (panel.fieldConfig?.overrides ?? []).flatMap((override) => override.properties);
  const option = (name: string, part: string): readonly string[] =>
    ((panel.options?.[name] as Record<string, unknown> | undefined)?.[part] ?? []) as readonly string[];
  const colours = [
    panel.fieldConfig?.defaults.color,
    ...properties.filter(({ id }) => id === "color").map(({ value }) => value),
  ] as readonly ({ mode: string } | undefined)[];
  return [
    ...[panel.fieldConfig?.defaults.unit, ...properties.filter(({ id }) => id === "unit").map(({ value }) => value)]
      .filter((unit) => unit !== undefined && !units.has(String(unit)))
      .map((unit) => `unit ${String(unit)}`),
    ...[...option("reduceOptions", "calcs"), ...option("legend", "calcs")]
      .filter((id) => !lib.fieldReducers.getIfExists(id))
      .map((id) => `reducer ${id}`),
    ...colours.flatMap((colour) =>
      colour === undefined || lib.fieldColorModeRegistry.getIfExists(colour.mode) ? [] : [`colour mode ${colour.mode}`],
    ),
    ...(panel.transformations ?? [])
      .filter(({ id }) => !lib.standardTransformersRegistry.getIfExists(id))
      .map(({ id }) => `transformation ${id}`),
    ...(panel.fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => !lib.fieldMatchers.getIfExists(matcher.id))
      .map(({ matcher }) => `matcher ${matcher.id}`),
  ];
}
